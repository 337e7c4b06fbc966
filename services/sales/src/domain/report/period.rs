//! The months of a report.

use chrono::NaiveDate;
use crm_kit::Violations;

use crate::domain::target::Month;

/// So many months at most are between the first and the last.
const MOST_MONTHS: i32 = 60;

/// Some months, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub start: Month,
    /// The last.
    pub end: Month,
}

impl Period {
    /// Reads the first and the last month of a report.
    pub fn parse(start: &str, end: &str, violations: &mut Violations) -> Option<Self> {
        let mut month = |text: &str, field: &str| {
            let month = Month::parse(text);
            if month.is_none() {
                violations.add(field, "MONTH_INVALID", "give a month as YYYY-MM");
            }
            month
        };
        let (start, end) = (month(start, "start_month"), month(end, "end_month"));
        let (start, end) = (start?, end?);
        if end < start || end > start.after(MOST_MONTHS) {
            let advice = format!("give the first month or one at most {MOST_MONTHS} months later");
            violations.add("end_month", "PERIOD_INVALID", advice);
            return None;
        }
        Some(Self { start, end })
    }

    /// The months in their order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        (0..).map(move |index| self.start.after(index)).take_while(move |month| *month <= self.end)
    }
}

/// The last day of a month that is written as YYYY-MM.
pub fn last_day(month: &str) -> Option<NaiveDate> {
    format!("{}-01", Month::parse(month)?.after(1)).parse::<NaiveDate>().ok()?.pred_opt()
}

#[cfg(test)]
mod tests {
    use crm_kit::Error;

    use super::*;

    fn faults(start: &str, end: &str) -> Vec<(String, &'static str)> {
        let mut violations = Violations::default();
        let period = Period::parse(start, end, &mut violations);
        match violations.finish() {
            Err(Error::Invalid(violations)) => {
                assert_eq!(period, None);
                violations.into_iter().map(|violation| (violation.field, violation.reason)).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_period_has_up_to_five_years() {
        let period = Period::parse("2025-11", "2026-02", &mut Violations::default()).unwrap();
        let months: Vec<_> = period.months().map(|month| month.to_string()).collect();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-02"]);
        assert!(faults("2026-01", "2026-01").is_empty());
        assert!(faults("2021-01", "2026-01").is_empty());
        let invalid = |field: &str| vec![(field.to_owned(), "PERIOD_INVALID")];
        assert_eq!(faults("2020-12", "2026-01"), invalid("end_month"));
        assert_eq!(faults("2026-02", "2026-01"), invalid("end_month"));
    }

    #[test]
    fn both_months_are_checked() {
        let expected = ["start_month", "end_month"].map(|field| (field.to_owned(), "MONTH_INVALID"));
        assert_eq!(faults("2026-13", "June"), expected);
    }

    #[test]
    fn months_have_a_last_day() {
        for (month, expected) in [
            ("2026-01", "2026-01-31"),
            ("2024-02", "2024-02-29"),
            ("2026-02", "2026-02-28"),
            ("2025-12", "2025-12-31"),
        ] {
            assert_eq!(last_day(month), expected.parse().ok(), "{month}");
        }
        assert_eq!(last_day(""), None);
    }
}
