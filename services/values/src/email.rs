//! E-mail addresses: the forms in use, stored in lower case.

use crm_kit::error::Violations;
use serde::{Deserialize, Serialize};

use crate::{host, points};

/// An e-mail address as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Email {
    /// The address in lower case.
    pub address: String,
    /// The proto's name of what it is for.
    pub r#type: String,
    /// True for the one to write to first.
    pub primary: bool,
    /// True if the customer does not want mail there.
    pub opted_out: bool,
    /// True if it is known not to work.
    pub invalid: bool,
}

/// Brings a list of addresses into its stored form.
pub fn normalize(mut emails: Vec<Email>, path: &str, violations: &mut Violations) -> Vec<Email> {
    for (index, email) in emails.iter_mut().enumerate() {
        email.address = address(&email.address).unwrap_or_else(|| {
            let advice = "give one address, as in li.na@example.com";
            violations.add(format!("{path}[{index}].address"), "EMAIL_INVALID", advice);
            String::new()
        });
    }
    points::refuse_repeats(emails.iter().map(|email| email.address.as_str()), path, "address", violations);
    points::choose_primary(emails.iter_mut().map(|email| &mut email.primary), path, violations);
    emails
}

/// Reads an address: a dotted local part without quotes, and the name of a host in any script; none if it is neither.
pub fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@')?;
    let fits =
        address.len() <= 254 && local.len() <= 64 && local.split('.').all(is_atom) && host::is_name(domain);
    fits.then_some(address)
}

fn is_atom(atom: &str) -> bool {
    let fits =
        |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    !atom.is_empty() && atom.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{found, reasons};

    fn email(address: &str) -> Email {
        Email { address: address.into(), ..Email::default() }
    }

    #[test]
    fn addresses_in_use_are_read_and_stored_in_lower_case() {
        for (text, expected) in [
            ("Li.Na@Example.COM", "li.na@example.com"),
            ("  sales+china@huateng.example ", "sales+china@huateng.example"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("info@例子.中国", "info@例子.中国"),
            ("info@BÜCHER.example", "info@bücher.example"),
            ("12345678@qq.example", "12345678@qq.example"),
        ] {
            assert_eq!(address(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "li.na",
            "@example.com",
            "li.na@",
            "li.na@localhost",
            "li..na@example.com",
            ".li@example.com",
            "li.@example.com",
            "li na@example.com",
            "a@b@example.com",
            "\"li na\"@example.com",
            "Li Na <li.na@example.com>",
            "a@example.com, b@example.com",
            "a@example.com;b@example.com",
            "li.na@10.0.0.1",
            "li＠example.com",
            "a\r\nBcc: b@example.com",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
        assert_eq!(address(&format!("{}@example.com", "a".repeat(65))), None);
    }

    #[test]
    fn a_list_names_its_faults() {
        let mut violations = Violations::default();
        let list = vec![email("a@example.com"), email("A@EXAMPLE.com"), email("b")];
        normalize(list, "contact.emails", &mut violations);
        assert_eq!(
            found(violations),
            [
                ("contact.emails[2].address".to_owned(), "EMAIL_INVALID"),
                ("contact.emails[1].address".to_owned(), "DUPLICATE")
            ]
        );
        let two = vec![
            Email { primary: true, ..email("a@example.com") },
            Email { primary: true, ..email("b@example.com") },
        ];
        assert_eq!(reasons(|v| drop(normalize(two, "e", v))), ["PRIMARY_AMBIGUOUS"]);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String) {
            address(&text);
        }

        #[test]
        fn a_stored_address_is_its_own_stored_form(text in "[A-Za-z.+]{1,8}@[A-Za-zÄßİ例.-]{1,12}\\.[a-z]{2}") {
            if let Some(stored) = address(&text) {
                prop_assert_eq!(address(&stored), Some(stored));
            }
        }
    }
}
