//! Targets: of which months they are, and which of them count.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use crm_protos::sales::v1::TargetPeriod;
use crm_values::money::Overflow;

use crate::store::target::Model;

/// A month, counted from the beginning of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// Reads a month as it is written, `2026-01`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_number =
            |digits: &str, long| digits.len() == long && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(year, 4) || !is_number(month, 2) {
            return None;
        }
        let month = month.parse::<i32>().ok().filter(|month| (1..=12).contains(month))?;
        Some(Self(year.parse::<i32>().ok()? * 12 + month - 1))
    }

    /// The month so many months later.
    pub fn after(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// How many months a period has.
pub fn months(period: TargetPeriod) -> i32 {
    match period {
        TargetPeriod::Unspecified => 0,
        TargetPeriod::Month => 1,
        TargetPeriod::Quarter => 3,
        TargetPeriod::Year => 12,
    }
}

/// What one subject's targets amount to from one month to another, both included, by currency.
///
/// Targets count whose period lies inside. Where several are for the same month the longest counts, of equally long ones
/// the first, and every other is left out as a whole: no month counts twice.
pub fn amount_in(targets: &[Model], from: Month, to: Month) -> Result<BTreeMap<String, i64>, Overflow> {
    let mut amounts = BTreeMap::<String, i64>::new();
    for target in counting(targets, from, to) {
        let amount = amounts.entry(target.currency.clone()).or_default();
        *amount = amount.checked_add(target.amount_minor).ok_or(Overflow)?;
    }
    Ok(amounts)
}

fn counting(targets: &[Model], from: Month, to: Month) -> Vec<&Model> {
    let mut inside: Vec<(i32, Month, &Model)> = targets
        .iter()
        .filter_map(|target| {
            let long = months(TargetPeriod::from_str_name(&target.period)?);
            let start = Month::parse(&target.start_month)?;
            (start >= from && start.after(long - 1) <= to && long > 0).then_some((long, start, target))
        })
        .collect();
    inside.sort_by_key(|(long, start, target)| (-long, *start, target.id));
    let mut counted = HashSet::new();
    inside.retain(|(long, start, _)| {
        let months = || (0..*long).map(|month| start.after(month));
        let is_free = months().all(|month| !counted.contains(&month));
        if is_free {
            counted.extend(months());
        }
        is_free
    });
    inside.into_iter().map(|(.., target)| target).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(period: TargetPeriod, start_month: &str, amount_minor: i64) -> Model {
        Model {
            id: crm_kit::id::new(),
            period: period.as_str_name().to_owned(),
            start_month: start_month.to_owned(),
            amount_minor,
            currency: "CNY".to_owned(),
            ..Model::default()
        }
    }

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn amount(targets: &[Model], from: &str, to: &str) -> i64 {
        let amounts = amount_in(targets, month(from), month(to)).unwrap();
        amounts.get("CNY").copied().unwrap_or_default()
    }

    #[test]
    fn months_are_read_and_written() {
        for text in ["2026-01", "2026-12", "0000-01", "9999-12"] {
            assert_eq!(month(text).to_string(), text);
        }
        assert_eq!(month("2026-11").after(3).to_string(), "2027-02");
        assert_eq!(month("2026-01").after(-1).to_string(), "2025-12");
        for text in
            ["", "2026", "2026-00", "2026-13", "2026-1", "26-01", "+026-01", "2026-01-01", "２０２６-01"]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_longer_period_stands_for_the_shorter_ones_that_it_covers() {
        use TargetPeriod::{Month, Quarter, Year};
        let targets = [
            target(Month, "2026-01", 1),
            target(Month, "2026-02", 2),
            target(Quarter, "2026-01", 10),
            target(Quarter, "2026-04", 20),
            target(Year, "2026-01", 100),
            target(Month, "2027-01", 1000),
        ];
        assert_eq!(amount(&targets, "2026-01", "2026-12"), 100);
        assert_eq!(amount(&targets, "2026-01", "2027-01"), 1100);
        assert_eq!(amount(&targets, "2026-01", "2026-11"), 30);
        assert_eq!(amount(&targets, "2026-01", "2026-02"), 3);
        assert_eq!(amount(&targets, "2026-02", "2026-06"), 22);
        assert_eq!(amount(&targets, "2026-03", "2026-03"), 0);
        assert_eq!(amount(&targets, "2026-12", "2026-01"), 0);
    }

    #[test]
    fn currencies_are_kept_apart_and_what_does_not_fit_is_an_error() {
        let mut targets = vec![
            target(TargetPeriod::Month, "2026-01", i64::MAX),
            Model { currency: "USD".to_owned(), ..target(TargetPeriod::Month, "2026-02", 5) },
        ];
        let (from, to) = (month("2026-01"), month("2026-12"));
        let expected = BTreeMap::from([("CNY".to_owned(), i64::MAX), ("USD".to_owned(), 5)]);
        assert_eq!(amount_in(&targets, from, to), Ok(expected));
        targets.push(target(TargetPeriod::Month, "2026-03", 1));
        assert_eq!(amount_in(&targets, from, to), Err(Overflow));
    }

    fn any_target() -> impl Strategy<Value = Model> {
        let period =
            prop_oneof![Just(TargetPeriod::Month), Just(TargetPeriod::Quarter), Just(TargetPeriod::Year)];
        (period, 0..40_i32, 1..1_000_i64).prop_map(|(period, start, amount)| {
            target(period, &month("2025-01").after(start).to_string(), amount)
        })
    }

    proptest! {
        #[test]
        fn no_month_counts_twice_and_none_outside(
            targets in prop::collection::vec(any_target(), 0..30), from in 0..40_i32, long in 0..40_i32,
        ) {
            let from = month("2025-01").after(from);
            let to = from.after(long);
            let mut seen = HashSet::new();
            let counted = counting(&targets, from, to);
            for target in &counted {
                for index in 0..months(TargetPeriod::from_str_name(&target.period).unwrap()) {
                    let month = Month::parse(&target.start_month).unwrap().after(index);
                    prop_assert!(month >= from && month <= to);
                    prop_assert!(seen.insert(month), "{} counts twice", month);
                }
            }
            // Whatever is left out would count a month again.
            let is_inside = |target: &&Model| counting(std::slice::from_ref(*target), from, to).len() == 1;
            for target in targets.iter().filter(is_inside) {
                let long = months(TargetPeriod::from_str_name(&target.period).unwrap());
                let start = Month::parse(&target.start_month).unwrap();
                let is_counted = counted.iter().any(|other| other.id == target.id);
                prop_assert!(is_counted || (0..long).any(|index| seen.contains(&start.after(index))));
            }
        }

        #[test]
        fn the_order_of_the_targets_does_not_matter(targets in prop::collection::vec(any_target(), 0..20)) {
            let (from, to) = (month("2025-01"), month("2029-12"));
            let mut other = targets.clone();
            other.reverse();
            prop_assert_eq!(amount_in(&targets, from, to), amount_in(&other, from, to));
        }
    }
}
