//! A mail server that keeps what it receives.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm_kit::testing::eventually;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Receives mail over SMTP.
#[derive(Clone)]
pub(crate) struct Mailbox {
    /// How it is reached.
    pub(crate) url: String,
    /// Recipients and contents, in the order of arrival.
    letters: Arc<Mutex<Vec<(String, String)>>>,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let mailbox = Self { url, letters: Arc::default() };
        let receiver = mailbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = receiver.clone();
                // The client hangs up when it has what it came for.
                tokio::spawn(async move { receiver.receive(stream).await });
            }
        });
        mailbox
    }

    async fn receive(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut recipient = String::new();
        writer.write_all(b"220 ready\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let answer = match line.get(..4) {
                Some("EHLO") => "250-mailbox\r\n250 8BITMIME",
                Some("RCPT") => {
                    recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    "250 fine"
                }
                Some("DATA") => {
                    writer.write_all(b"354 go on\r\n").await?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    self.letters.lock().unwrap().push((recipient.clone(), readable(&text)));
                    "250 queued"
                }
                Some("QUIT") => "221 bye",
                _ => "250 fine",
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    /// All letters to an address, oldest first.
    pub(crate) fn letters(&self, to: &str) -> Vec<String> {
        let letters = self.letters.lock().unwrap();
        letters.iter().filter(|(recipient, _)| recipient == to).map(|(_, text)| text.clone()).collect()
    }

    /// The tokens of all letters to an address that hold one, oldest first.
    pub(crate) fn tokens(&self, to: &str) -> Vec<String> {
        self.letters(to).iter().filter_map(|text| token_in(text)).collect()
    }

    /// The tokens to an address once so many have arrived.
    pub(crate) async fn wait_for(&self, to: &str, count: usize) -> Vec<String> {
        eventually("the mail", async || self.tokens(to).len() >= count).await;
        self.tokens(to)
    }
}

/// The content with its encoded parts decoded.
fn readable(content: &str) -> String {
    let part = |part: &str| {
        let encoded = part.split("--").next().unwrap_or_default().replace('\n', "");
        STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let parts = content.split("\n\n").map(|text| part(text).unwrap_or_else(|| text.to_owned()));
    parts.collect::<Vec<_>>().join("\n\n").replace("=\n", "").replace("=3D", "=")
}

fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("?token=")?;
    Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
}
