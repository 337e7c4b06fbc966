//! Opportunities as they were.
//!
//! A closed opportunity says how it ended: people correct the amount of what they win, name the contacts of what
//! lives, and clear the next step of what is over. To learn from that would be to learn the outcome from itself, and
//! would predict every young opportunity as lost. So what was known is what was known then, by the change log.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::store::values::Contacts;

/// What is known of an opportunity and may change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The name of a `Source`.
    pub source: String,
    /// The amount.
    pub amount_minor: i64,
    /// The currency.
    pub currency: String,
    /// The people.
    pub contacts: Contacts,
    /// What is to be done next.
    pub next_step: String,
}

/// The names of its fields.
pub const KNOWN: [&str; 5] = ["source", "amount_minor", "currency", "contacts", "next_step"];

/// What a change replaced: of the fields that changed the values before.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Replaced {
    source: Option<String>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    contacts: Option<Contacts>,
    next_step: Option<String>,
}

/// A change of an opportunity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// When it was made.
    pub time: DateTime<Utc>,
    /// What it replaced.
    pub replaced: Replaced,
}

impl Known {
    /// What was known at a time, by the changes since, the oldest of which is the first.
    pub fn at(&self, time: DateTime<Utc>, changes: &[Change]) -> Self {
        let mut known = self.clone();
        for Change { replaced, .. } in changes.iter().rev().take_while(|change| change.time > time) {
            let Replaced { source, amount_minor, currency, contacts, next_step } = replaced.clone();
            known = Self {
                source: source.unwrap_or(known.source),
                amount_minor: amount_minor.unwrap_or(known.amount_minor),
                currency: currency.unwrap_or(known.currency),
                contacts: contacts.unwrap_or(known.contacts),
                next_step: next_step.unwrap_or(known.next_step),
            };
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seconds: i64, before: &str) -> Change {
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        Change { time, replaced: serde_json::from_str(before).unwrap() }
    }

    #[test]
    fn what_was_known_is_what_no_later_change_brought() {
        let now = Known { amount_minor: 300, next_step: String::new(), ..Known::default() };
        let changes = [
            change(10, r#"{"amount_minor":100,"position":"a","contacts":[]}"#),
            change(20, r#"{"amount_minor":200,"next_step":"call","lead_id":null}"#),
            change(30, r#"{"next_step":"sign","status":"OPPORTUNITY_STATUS_OPEN"}"#),
        ];
        let known = |seconds: i64| {
            let known = now.at(DateTime::from_timestamp(seconds, 0).unwrap(), &changes);
            (known.amount_minor, known.next_step)
        };
        assert_eq!(known(5), (100, "call".to_owned()));
        assert_eq!(known(10), (200, "call".to_owned()));
        assert_eq!(known(20), (300, "sign".to_owned()));
        assert_eq!(known(40), (300, String::new()));
    }
}
