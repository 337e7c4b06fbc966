//! Mail: how letters leave.

pub mod letter;

use std::sync::Once;
use std::time::Duration;

use crm_kit::config::MailSettings;
use crm_kit::error::{Error, Result};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

pub use letter::{Language, Letter, Recipient};

/// How long a mail server may take for a letter. The transport itself limits only how long connecting takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Way);

#[derive(Clone)]
enum Way {
    Smtp { transport: AsyncSmtpTransport<Tokio1Executor>, from: Mailbox, patience: Duration },
    Log,
    Off,
}

impl Mailer {
    /// Sends by SMTP if a server is configured; else, in development only, writes the link of every letter to the log.
    pub fn new(settings: &MailSettings, development: bool) -> Result<Self> {
        let url = settings.smtp_url.expose_secret();
        if url.is_empty() {
            return Ok(Self(if development { Way::Log } else { Way::Off }));
        }
        let from = settings
            .from
            .parse()
            .map_err(|_| invalid("mail.from: give an address, as in CRM <crm@example.com>"))?;
        // The error would show the URL and with it the password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| invalid("mail.smtp_url: give a URL, as in smtps://user:password@host"))?;
        Ok(Self(Way::Smtp { transport: builder.build(), from, patience: PATIENCE }))
    }

    /// Whether letters leave by SMTP.
    pub fn is_configured(&self) -> bool {
        matches!(self.0, Way::Smtp { .. })
    }

    /// Sends a letter. One that the server refuses for good is a precondition, reason MAIL_REFUSED; one that it does
    /// not take now is worth another try.
    pub async fn send(&self, letter: &Letter) -> Result<()> {
        match &self.0 {
            Way::Smtp { transport, from, patience } => {
                let message = message(letter, from)?;
                match tokio::time::timeout(*patience, transport.send(message)).await {
                    Ok(sent) => sent.map(drop).map_err(failure),
                    Err(_) => {
                        tracing::error!("mail server does not answer");
                        Err(Error::Unavailable)
                    }
                }
            }
            Way::Log => {
                tracing::info!(
                    subject = letter.subject,
                    link = letter.link,
                    "mail is not configured, this is the link"
                );
                Ok(())
            }
            Way::Off => {
                static ONCE: Once = Once::new();
                ONCE.call_once(|| tracing::error!("mail cannot be sent, set mail.smtp_url"));
                let advice = "mail is not configured, ask the operator to set it up";
                Err(Error::precondition("MAIL_NOT_CONFIGURED", advice))
            }
        }
    }
}

fn message(letter: &Letter, from: &Mailbox) -> Result<Message> {
    let Recipient { name, address, .. } = &letter.recipient;
    let address = address.parse::<Address>().map_err(|error| refused(&error))?;
    let name = Some(letter::line(name)).filter(|name| !name.is_empty());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .subject(&letter.subject)
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(Error::internal)
}

fn failure(error: lettre::transport::smtp::Error) -> Error {
    if error.is_permanent() {
        return refused(&error);
    }
    tracing::error!(error = &error as &dyn std::error::Error, "mail server does not take mail");
    Error::Unavailable
}

fn refused(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::warn!(error, "mail is refused");
    Error::precondition("MAIL_REFUSED", "the mail server refuses the address, correct it")
}

fn invalid(message: &str) -> Error {
    Error::precondition("CONFIGURATION_INVALID", message)
}

#[cfg(test)]
mod tests;
