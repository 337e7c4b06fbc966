//! Letters on their way through a real, if small, mail server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;

/// What the server was told and what it was given.
#[derive(Debug, Default)]
struct Delivery {
    commands: Vec<String>,
    content: String,
}

/// Listens on a free port and answers `RCPT` with `verdict`. Returns the settings of a client, and the deliveries.
async fn server(verdict: &'static str) -> (MailSettings, mpsc::UnboundedReceiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("smtp://{}", listener.local_addr().unwrap()));
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                // The client hangs up when it has what it came for.
                let _ = converse(stream, verdict, &sender).await;
            });
        }
    });
    (settings, receiver)
}

async fn converse(
    stream: TcpStream,
    verdict: &str,
    sender: &mpsc::UnboundedSender<Delivery>,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut delivery = Delivery::default();
    writer.write_all(b"220 mail.example ready\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.get(..4) {
            Some("EHLO") => "250-mail.example\r\n250 8BITMIME",
            Some("RCPT") => verdict,
            Some("DATA") => {
                writer.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    delivery.content.push_str(&line);
                    delivery.content.push('\n');
                }
                sender.send(std::mem::take(&mut delivery)).unwrap();
                "250 queued"
            }
            Some("QUIT") => "221 bye",
            _ => "250 fine",
        };
        delivery.commands.push(line);
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn settings(url: &str) -> MailSettings {
    MailSettings {
        smtp_url: url.into(),
        smtp_url_file: "".into(),
        from: "CRM 客户 <crm@huateng.example>".into(),
    }
}

fn letter(language: Language) -> Letter {
    let recipient = Recipient { address: "li.na@kunde.example".into(), name: "李娜".into(), language };
    let link = "https://crm.example/activate?token=crmi_secret";
    Letter::invitation(recipient, "华腾", link, Duration::from_secs(3600))
}

/// The content with its base64 parts decoded.
fn readable(content: &str) -> String {
    let parts = content.split("\n\n").map(|part| {
        let encoded = part.split("\n--").next().unwrap_or_default().replace('\n', "");
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.unwrap_or_else(|| part.to_owned())
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let (settings, mut deliveries) = server("250 fine").await;
    let mailer = Mailer::new(&settings, false).unwrap();
    let letter = letter(Language::SimplifiedChinese);
    mailer.send(&letter).await.unwrap();
    let Delivery { commands, content } = deliveries.recv().await.unwrap();
    assert!(commands.iter().any(|line| line.starts_with("MAIL FROM:<crm@huateng.example>")), "{commands:?}");
    assert!(commands.iter().any(|line| line.starts_with("RCPT TO:<li.na@kunde.example>")), "{commands:?}");
    let content = readable(&content);
    assert!(content.contains("multipart/alternative"), "{content}");
    for line in letter.text.lines().chain(letter.html.lines()) {
        assert!(content.contains(line), "{line} in {content}");
    }
}

#[tokio::test]
async fn the_next_letter_uses_the_same_mailer() {
    let (settings, mut deliveries) = server("250 fine").await;
    let mailer = Mailer::new(&settings, true).unwrap();
    for _ in 0..3 {
        mailer.send(&letter(Language::English)).await.unwrap();
        assert!(deliveries.recv().await.unwrap().content.contains("Subject: "));
    }
}

#[tokio::test]
async fn a_refused_address_is_told_from_a_busy_server() {
    let (settings, _deliveries) = server("550 no such user").await;
    let refused = Mailer::new(&settings, false).unwrap().send(&letter(Language::English)).await.unwrap_err();
    assert_eq!(refused.reason(), "MAIL_REFUSED");
    let (settings, _deliveries) = server("451 come back later").await;
    let busy = Mailer::new(&settings, false).unwrap().send(&letter(Language::English)).await.unwrap_err();
    assert!(matches!(busy, Error::Unavailable), "{busy:?}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_worth_another_try() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("smtp://{}", listener.local_addr().unwrap()));
    drop(listener);
    let gone = Mailer::new(&settings, false).unwrap().send(&letter(Language::English)).await.unwrap_err();
    assert!(matches!(gone, Error::Unavailable), "{gone:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("smtp://{}", listener.local_addr().unwrap()));
    let mut mailer = Mailer::new(&settings, false).unwrap();
    if let Way::Smtp { patience, .. } = &mut mailer.0 {
        *patience = Duration::from_millis(50);
    }
    let silent = mailer.send(&letter(Language::English)).await.unwrap_err();
    assert!(matches!(silent, Error::Unavailable), "{silent:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let (settings, _deliveries) = server("250 fine").await;
    let mut letter = letter(Language::English);
    letter.recipient.address = "li.na@kunde.example>\r\nRCPT TO:<a@b.example".into();
    let refused = Mailer::new(&settings, false).unwrap().send(&letter).await.unwrap_err();
    assert_eq!(refused.reason(), "MAIL_REFUSED");
}

#[tokio::test]
async fn without_a_server_links_are_logged_in_development_only() {
    Mailer::new(&settings(""), true).unwrap().send(&letter(Language::English)).await.unwrap();
    let off = Mailer::new(&settings(""), false).unwrap().send(&letter(Language::English)).await.unwrap_err();
    assert_eq!(off.reason(), "MAIL_NOT_CONFIGURED");
}

#[test]
fn wrong_settings_are_named_without_their_secrets() {
    let wrong = Mailer::new(&settings("https://user:hunter2@mail.example"), false).err().unwrap();
    assert!(wrong.to_string().contains("mail.smtp_url") && !wrong.to_string().contains("hunter2"), "{wrong}");
    let sender = MailSettings { from: "nobody".into(), ..settings("smtps://mail.example") };
    let wrong = Mailer::new(&sender, false).err().unwrap();
    assert!(wrong.to_string().contains("mail.from"), "{wrong}");
}
