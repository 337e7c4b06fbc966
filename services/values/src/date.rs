//! Dates, kept as YYYY-MM-DD.

use chrono::NaiveDate;

/// The date that a text names, if it has the form that is kept: chrono alone would also read 2001-1-2 and +12001-01-02,
/// which sort elsewhere.
pub fn parse(text: &str) -> Option<NaiveDate> {
    let date = text.parse::<NaiveDate>().ok()?;
    (text.len() == 10 && date.to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_that_is_kept_is_read() {
        assert_eq!(parse("2026-02-28"), NaiveDate::from_ymd_opt(2026, 2, 28));
        for text in [
            "",
            "2026-02-29",
            "2026-2-28",
            "+2026-1-01",
            "2026- 1- 1",
            " 2026-1-1",
            "+12001-01-02",
            "20260228",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
