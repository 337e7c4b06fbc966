//! What a prediction looks at.

use chrono::TimeDelta;
use crm_protos::sales::v1::ContactRole;
use crm_values::currency;
use uuid::Uuid;

use super::past::Known;

/// The features, each with the fields of the opportunity that it tells something of.
pub const FEATURES: [(&str, &[&str]); 7] = [
    ("stage", &["stage_id"]),
    ("source", &["source"]),
    ("amount", &["amount_minor", "currency"]),
    ("contacts", &["contacts"]),
    ("decision_maker", &["contacts"]),
    ("next_step", &["next_step"]),
    ("age", &["create_time", "stage_enter_time"]),
];

/// An opportunity as it is, or was, in a stage.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The stage.
    pub stage_id: Uuid,
    /// What is known of it.
    pub known: Known,
    /// How old it was when it came into the stage. How long it has been there since does not count: of closed ones that
    /// is known only from their end.
    pub age: TimeDelta,
}

impl Snapshot {
    /// The value of each feature, in their order.
    pub fn values(&self) -> [(&'static str, String); FEATURES.len()] {
        let Known { source, amount_minor, currency, contacts, next_step } = &self.known;
        let decision_maker = ContactRole::DecisionMaker.as_str_name();
        let values = [
            self.stage_id.to_string(),
            source.clone(),
            amount(*amount_minor, currency),
            number(contacts.0.len()).to_owned(),
            yes(contacts.0.iter().any(|contact| contact.role == decision_maker)).to_owned(),
            yes(!next_step.is_empty()).to_owned(),
            days(self.age.num_days()).to_owned(),
        ];
        let mut names = FEATURES.iter();
        values.map(|value| (names.next().map_or("", |(name, _)| *name), value))
    }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn number(count: usize) -> &'static str {
    match count {
        0 => "none",
        1 => "one",
        _ => "several",
    }
}

fn days(age: i64) -> &'static str {
    match age {
        ..=6 => "0-6",
        7..=29 => "7-29",
        30..=89 => "30-89",
        90..=179 => "90-179",
        180.. => "180+",
    }
}

/// The range of an amount in whole units of its currency, in steps of 1, 2 and 5. The steps are the same everywhere, so
/// that a reason tells nobody what the organization's other opportunities amount to.
fn amount(amount_minor: i64, currency: &str) -> String {
    let Some(minor) = u64::try_from(amount_minor).ok().filter(|minor| *minor > 0) else {
        return "none".to_owned();
    };
    let whole = minor / 10_u64.pow(currency::digits(currency));
    let power = whole.checked_ilog10().map_or(0, |digits| 10_u64.pow(digits));
    let (least, most) = match whole.checked_div(power) {
        None => (0, 1),
        Some(1) => (power, 2 * power),
        Some(2..=4) => (2 * power, 5 * power),
        Some(_) => (5 * power, 10 * power),
    };
    format!("{currency} {least}-{most}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::values::{Contact, Contacts};

    #[test]
    fn amounts_are_in_the_range_of_their_size_and_currency() {
        for (minor, currency, expected) in [
            (0, "CNY", "none"),
            (-1, "CNY", "none"),
            (99, "CNY", "CNY 0-1"),
            (100, "CNY", "CNY 1-2"),
            (999_999, "CNY", "CNY 5000-10000"),
            (1_000_000, "CNY", "CNY 10000-20000"),
            (4_999_999, "USD", "USD 20000-50000"),
            (5_000_000, "JPY", "JPY 5000000-10000000"),
            (5_000_000, "KWD", "KWD 5000-10000"),
            (i64::MAX, "JPY", "JPY 5000000000000000000-10000000000000000000"),
        ] {
            assert_eq!(amount(minor, currency), expected, "{minor} {currency}");
        }
    }

    #[test]
    fn every_feature_has_a_value() {
        let contact = |role: ContactRole| Contact {
            contact_id: Uuid::nil().to_string(),
            role: role.as_str_name().to_owned(),
        };
        let contacts = Contacts(vec![contact(ContactRole::Other), contact(ContactRole::DecisionMaker)]);
        let known = Known {
            source: "SOURCE_EVENT".to_owned(),
            amount_minor: 700,
            currency: "USD".to_owned(),
            contacts,
            next_step: "call".to_owned(),
        };
        let snapshot = Snapshot { stage_id: Uuid::nil(), known, age: TimeDelta::days(30) };
        let found = snapshot.values();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = [
            ("stage", "00000000-0000-0000-0000-000000000000"),
            ("source", "SOURCE_EVENT"),
            ("amount", "USD 5-10"),
            ("contacts", "several"),
            ("decision_maker", "yes"),
            ("next_step", "yes"),
            ("age", "30-89"),
        ];
        assert_eq!(found, expected);
        let found = Snapshot::default().values().map(|(_, value)| value);
        assert_eq!(found[1..], ["", "none", "none", "no", "no", "0-6"]);
    }
}
