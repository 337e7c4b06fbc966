//! Telephone numbers: whatever people type, stored in E.164.

use std::sync::{LazyLock, PoisonError};

use crm_kit::error::Violations;
pub use phonenumber::country::Id as Region;
use phonenumber::metadata::Database;
use phonenumber::{Mode, PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::points;

/// How many patterns of numbers are kept compiled. A number is compared with some ten of its country, and with those of
/// two dozen countries where they share a code; compiling one takes longer than all comparisons.
const PATTERNS: usize = 600;

static DATABASE: LazyLock<&Database> = LazyLock::new(|| {
    let database: &Database = &phonenumber::metadata::DATABASE;
    let cache = database.cache();
    cache.lock().unwrap_or_else(PoisonError::into_inner).set_capacity(PATTERNS);
    database
});

/// A telephone number as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phone {
    /// The number in E.164.
    pub number: String,
    /// The proto's name of what it is for.
    pub r#type: String,
    /// True for the one to call first.
    pub primary: bool,
    /// True if the customer does not want calls there.
    pub opted_out: bool,
    /// True if it is known not to work.
    pub invalid: bool,
}

/// Reads the region of national numbers from its ISO 3166-1 alpha-2 code.
pub fn region(code: &str) -> Option<Region> {
    code.parse().ok()
}

/// Brings a list of numbers into its stored form; national numbers are read in the given region.
pub fn normalize(
    mut phones: Vec<Phone>,
    region: Region,
    path: &str,
    violations: &mut Violations,
) -> Vec<Phone> {
    for (index, phone) in phones.iter_mut().enumerate() {
        phone.number = e164(&phone.number, region).unwrap_or_else(|| {
            let advice = "give a number that can be dialled, best with its country code as in +86 10 6552 9988, \
                          and without an extension";
            violations.add(format!("{path}[{index}].number"), "PHONE_INVALID", advice);
            String::new()
        });
    }
    points::refuse_repeats(phones.iter().map(|phone| phone.number.as_str()), path, "number", violations);
    points::choose_primary(phones.iter_mut().map(|phone| &mut phone.primary), path, violations);
    phones
}

/// Reads a number as people write it; none if it cannot be dialled.
pub fn e164(text: &str, region: Region) -> Option<String> {
    LazyLock::force(&DATABASE);
    let digits = digits(text)?;
    if digits.starts_with('+') {
        return international(&digits);
    }
    with_country_code(&digits, region)
        .and_then(|digits| international(&digits))
        .or_else(|| valid(phonenumber::parse(Some(region), &digits).ok()?))
}

/// Replaces the digits that a region dials before a country code by a plus; none if it does not begin with them. Read
/// with its region, the number would lose what is a national prefix there and not where it belongs.
fn with_country_code(digits: &str, region: Region) -> Option<String> {
    let prefix = DATABASE.by_id(region.as_ref())?.international_prefix()?;
    let dialled = prefix.find(digits).filter(|found| found.start() == 0)?;
    Some(format!("+{}", &digits[dialled.end()..]))
}

fn international(digits: &str) -> Option<String> {
    let number = phonenumber::parse(None, digits).ok()?;
    let code = number.code().value();
    valid(number).or_else(|| {
        // The parser takes a national prefix off, up to twice, even where it belongs to the number as the 8 of +7 843
        // does. Given more of them, it leaves that one.
        let prefix = DATABASE.by_code(&code)?.first()?.national_prefix()?;
        let national = digits.strip_prefix('+')?.strip_prefix(&code.to_string())?;
        (1..=2).find_map(|times| {
            let number =
                phonenumber::parse(None, format!("+{code}{}{national}", prefix.repeat(times))).ok()?;
            valid(number).filter(|number| number == digits)
        })
    })
}

fn valid(number: PhoneNumber) -> Option<String> {
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

/// Leaves only a leading plus and the digits. The parser would take the first of two numbers and drop the rest; here
/// letters and signs that do not separate digits make the text no number.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::with_capacity(16);
    for character in text.trim().chars() {
        match character {
            '0'..='9' => digits.push(character),
            // Chinese and Japanese input methods type full-width forms.
            '０'..='９' => digits.push(char::from_digit(character as u32 - '０' as u32, 10)?),
            '+' | '＋' if digits.is_empty() => digits.push('+'),
            ' ' | '\u{a0}' | '\u{3000}' | '-' | '‐' | '‑' | '–' | '—' | '－' | '.' | '/' | '(' | ')'
            | '（' | '）' => {}
            _ => return None,
        }
    }
    // More is no number in any country, and would only cost time.
    (digits.len() <= 24).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{found, reasons};

    fn phone(number: &str) -> Phone {
        Phone { number: number.into(), r#type: "POINT_TYPE_WORK".into(), ..Phone::default() }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, region, expected) in [
            ("138 0013 8000", Region::CN, "+8613800138000"),
            ("+86 138-0013-8000", Region::US, "+8613800138000"),
            ("０１０－６５５２９９８８", Region::CN, "+861065529988"),
            ("(010) 6552 9988", Region::CN, "+861065529988"),
            ("（0512）6552 9988", Region::CN, "+8651265529988"),
            ("0086 10 6552 9988", Region::CN, "+861065529988"),
            ("0039 06 6982 1234", Region::CN, "+390669821234"),
            ("011 86 138 0013 8000", Region::US, "+8613800138000"),
            ("+7 843 292 1234", Region::CN, "+78432921234"),
            ("007 800 200 0122", Region::CN, "+78002000122"),
            ("020 7946 0958", Region::GB, "+442079460958"),
            ("+44 (0)20 7946 0958", Region::CN, "+442079460958"),
            ("(212) 555-0123", Region::US, "+12125550123"),
            ("02-2345-6789", Region::TW, "+886223456789"),
            ("2345 6789", Region::HK, "+85223456789"),
            ("06 6982 1234", Region::IT, "+390669821234"),
            ("+49 30 23125 123", Region::CN, "+493023125123"),
            ("03-3210-7000", Region::JP, "+81332107000"),
        ] {
            assert_eq!(e164(text, region).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for text in [
            "",
            "+",
            "12",
            "call me",
            "138001380001",
            "13800138000 / 13900139000",
            "010-65529988 ext. 801",
            "010-65529988转801",
            "010-65529988-801",
            "138+00138000",
            "+999 1234567",
            "99999999999999999999999999999999999999",
            "１３８x",
        ] {
            assert_eq!(e164(text, Region::CN), None, "{text}");
        }
    }

    #[test]
    fn a_list_is_stored_with_one_primary() {
        let mut violations = Violations::default();
        let stored =
            normalize(vec![phone("13800138000"), phone("010 6552 9988")], Region::CN, "p", &mut violations);
        violations.finish().unwrap();
        assert_eq!(stored[0], Phone { primary: true, ..phone("+8613800138000") });
        assert_eq!(stored[1], phone("+861065529988"));
    }

    #[test]
    fn every_fault_of_a_list_is_named_with_its_path() {
        let mut violations = Violations::default();
        let list = vec![phone("13800138000"), phone("nobody"), phone("+86 138 0013 8000")];
        normalize(list, Region::CN, "account.phones", &mut violations);
        assert_eq!(
            found(violations),
            [
                ("account.phones[1].number".to_owned(), "PHONE_INVALID"),
                ("account.phones[2].number".to_owned(), "DUPLICATE")
            ]
        );
        let two = vec![
            Phone { primary: true, ..phone("13800138000") },
            Phone { primary: true, ..phone("010 6552 9988") },
        ];
        assert_eq!(reasons(|v| drop(normalize(two, Region::CN, "p", v))), ["PRIMARY_AMBIGUOUS"]);
    }

    #[test]
    fn regions_are_known_by_their_code() {
        assert_eq!(region("CN"), Some(Region::CN));
        assert_eq!(region("XX"), None);
    }

    #[test]
    fn a_number_stored_earlier_with_fewer_fields_is_still_read() {
        let stored: Phone =
            serde_json::from_str(r#"{"number":"+8613800138000","type":"POINT_TYPE_WORK"}"#).unwrap();
        assert_eq!(stored, phone("+8613800138000"));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String) {
            e164(&text, Region::CN);
        }

        #[test]
        fn digits_and_signs_in_any_order_are_answered(text in "[+0-9 ()-]{0,30}") {
            if let Some(number) = e164(&text, Region::CN) {
                prop_assert!(number.starts_with('+'), "{number}");
                prop_assert_eq!(e164(&number, Region::CN), Some(number.clone()));
                prop_assert_eq!(e164(&number, Region::US), Some(number));
            }
        }

        #[test]
        fn numbers_of_any_country_are_answered(digits in "[+][1-9][0-9]{6,14}") {
            if let Some(number) = e164(&digits, Region::CN) {
                prop_assert_eq!(e164(&number, Region::US), Some(number));
            }
        }

        #[test]
        fn separators_do_not_matter(rest in "[0-9]{8}", separator in "[ .-]") {
            let plain = e164(&format!("139{rest}"), Region::CN);
            let spaced = format!("139{separator}{}{separator}{}", &rest[..4], &rest[4..]);
            prop_assert_eq!(plain, e164(&spaced, Region::CN));
        }
    }
}
