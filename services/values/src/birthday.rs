//! Birthdays.

use chrono::NaiveDate;
use crm_kit::error::Violations;

use crate::date;

/// Checks a birthday: empty, or a date up to today, written YYYY-MM-DD.
pub fn check(text: &str, today: NaiveDate, path: &str, violations: &mut Violations) {
    if text.is_empty() {
        return;
    }
    match date::parse(text) {
        None => violations.add(path, "DATE_INVALID", "give a date of the calendar as YYYY-MM-DD"),
        Some(date) if date > today => violations.add(path, "DATE_IN_FUTURE", "give a date that has been"),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::reasons;

    fn faults(text: &str) -> Vec<&'static str> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        reasons(|v| check(text, today, "contact.birthday", v))
    }

    #[test]
    fn a_birthday_is_a_date_that_has_been() {
        for text in ["", "1984-02-29", "2026-11-22"] {
            assert!(faults(text).is_empty(), "{text}");
        }
        for text in ["1985-02-29", "1984-2-9", "29.2.1984", "1984-02-29 ", "19840229", "1984"] {
            assert_eq!(faults(text), ["DATE_INVALID"], "{text}");
        }
        assert_eq!(faults("2026-11-23"), ["DATE_IN_FUTURE"]);
    }
}
