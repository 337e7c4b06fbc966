//! A mail server that keeps what it receives.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::eventually;

/// Receives mail over SMTP.
#[derive(Clone)]
pub struct Mailbox {
    address: SocketAddr,
    messages: Arc<Mutex<Vec<(String, String)>>>,
}

impl Mailbox {
    /// Starts to listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let mailbox = Self { address, messages: Arc::default() };
        let receiver = mailbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let receiver = receiver.clone();
                tokio::spawn(async move { receiver.receive(stream).await });
            }
        });
        mailbox
    }

    /// How it is reached.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The text of the newest message to an address.
    pub async fn message(&self, to: &str) -> String {
        eventually(&format!("a mail to {to}"), async || {
            let messages = self.messages.lock().expect("no receiver failed");
            messages.iter().rev().find(|(recipient, _)| recipient == to).map(|(_, text)| text.clone())
        })
        .await
    }

    /// The token in the link of the newest message to an address.
    pub async fn token(&self, to: &str) -> String {
        let text = self.message(to).await;
        let (_, rest) = text.split_once("token=").unwrap_or_else(|| panic!("no link in {text}"));
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.~".contains(*c)).collect()
    }

    async fn receive(&self, stream: TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 mailbox\r\n").await.ok()?;
        let mut recipients = Vec::new();
        while let Ok(Some(line)) = lines.next_line().await {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let answer: &[u8] = match verb.as_str() {
                "RCPT" => {
                    recipients.extend(line.split(['<', '>']).nth(1).map(str::to_owned));
                    b"250 ok\r\n"
                }
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    let text = readable(&text);
                    let received = recipients.drain(..).map(|recipient| (recipient, text.clone()));
                    self.messages.lock().expect("no receiver failed").extend(received);
                    b"250 ok\r\n"
                }
                "QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            writer.write_all(answer).await.ok()?;
        }
        Some(())
    }
}

/// The message with its encoded parts decoded.
fn readable(message: &str) -> String {
    let part = |part: &str| {
        let encoded = part.split("--").next().unwrap_or_default().replace('\n', "");
        STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let parts = message.split("\n\n").map(|text| part(text).unwrap_or_else(|| text.to_owned()));
    parts.collect::<Vec<_>>().join("\n\n").replace("=\n", "").replace("=3D", "=")
}
