//! When to get in touch again. The column is never null, so that lists can be ordered by it.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use serde::Serializer;

/// Later than any time that somebody gives: nobody is to be reminded.
pub const NEVER: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(time) => time,
    None => DateTime::<Utc>::MAX_UTC,
};

/// The time as the API shows it.
pub fn message(time: DateTime<Utc>) -> Option<Timestamp> {
    (time < NEVER).then(|| crm_kit::convert::timestamp(time))
}

/// The time as the column keeps it; `None` if it is no time.
pub fn column(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    match time {
        None => Some(NEVER),
        Some(time) => crm_kit::convert::time(time).filter(|time| *time < NEVER),
    }
}

/// Leaves the time out of the change log if there is none.
pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    if *time < NEVER { serializer.serialize_some(time) } else { serializer.serialize_none() }
}
