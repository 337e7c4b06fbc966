//! Values that several resources share: their stored forms, and their forms in messages.

use chrono::{DateTime, Utc};
use crm_kit::error::Violations;
use crm_kit::{Result, convert, id};
use prost_types::Timestamp;
use uuid::Uuid;

/// An e-mail address as it is stored and looked for.
pub(crate) fn email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Checks an e-mail address in its stored form: mail can be sent to it.
pub(crate) fn check_email(email: &str, path: &str, violations: &mut Violations) {
    let plain = !email.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
    if email.len() > 254 || !plain || email.parse::<lettre::Address>().is_err() {
        violations.add(path, "EMAIL_INVALID", "give one address, as in li.na@example.com");
    }
}

/// The tag of a language, such as `zh-CN`; empty when none is given.
pub(super) fn language(text: &str, path: &str, violations: &mut Violations) -> String {
    let tag = text.trim();
    let well_formed = tag.split('-').enumerate().all(|(index, part)| {
        let letters = if index == 0 { 2..=3 } else { 1..=8 };
        letters.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    });
    if !tag.is_empty() && !well_formed {
        violations.add(path, "LANGUAGE_INVALID", "give the tag of a language, as in zh-CN");
    }
    tag.to_owned()
}

/// An optional reference, whose form is checked; whether there is such a record is for the caller to find out.
pub(super) fn reference(text: &str, path: &str, violations: &mut Violations) -> Result<Option<Uuid>> {
    Ok(violations.check(id::reference(path, text))?.flatten())
}

/// An id in a message; empty without one.
pub(super) fn text(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A time in a message.
pub(super) fn time(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(convert::timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(check: impl FnOnce(&mut Violations)) -> Option<&'static str> {
        let mut violations = Violations::default();
        check(&mut violations);
        match violations.finish() {
            Err(crm_kit::Error::Invalid(found)) => Some(found[0].reason),
            _ => None,
        }
    }

    #[test]
    fn addresses_that_mail_reaches_are_good() {
        for text in [" Li.Na@Example.COM ", "admin@localhost", "info@例子.中国", "o'brien+crm@example.ie"]
        {
            assert_eq!(fault(|v| check_email(&email(text), "email", v)), None, "{text}");
        }
        for text in ["", "li.na", "a b@example.com", "\"a b\"@example.com", "a@b@c", "a@b\r\nc", "a@"] {
            assert_eq!(fault(|v| check_email(&email(text), "email", v)), Some("EMAIL_INVALID"), "{text}");
        }
    }

    #[test]
    fn languages_are_named_by_their_tags() {
        for text in ["", "en", "zh-CN", "zh-Hant-TW", "de-1996"] {
            assert_eq!(fault(|v| drop(language(text, "language", v))), None, "{text}");
        }
        for text in ["Deutsch", "z", "zh_CN", "zh--CN", "中文"] {
            assert_eq!(fault(|v| drop(language(text, "language", v))), Some("LANGUAGE_INVALID"), "{text}");
        }
    }
}
