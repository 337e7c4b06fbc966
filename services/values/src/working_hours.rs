//! When somebody works, by the clock on the wall.

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use crm_kit::error::Violations;
use serde::{Deserialize, Serialize};

/// More spans are refused.
const MOST_SPANS: usize = 50;

/// When somebody works on one day of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// The day: 1 is Monday, 7 is Sunday.
    pub weekday: i32,
    /// When it begins, HH:MM.
    pub start: String,
    /// When it ends, HH:MM; 24:00 at most.
    pub end: String,
}

/// Tells whether a moment is within somebody's working hours; without any, every moment is.
pub fn is_within(hours: &[WorkingHours], zone: Tz, moment: DateTime<Utc>) -> bool {
    let local = moment.with_timezone(&zone);
    let (weekday, now) = (local.weekday().number_from_monday(), local.hour() * 60 + local.minute());
    hours.is_empty()
        || hours.iter().any(|span| {
            let times = (minute(&span.start), minute(&span.end));
            i64::from(span.weekday) == i64::from(weekday)
                && matches!(times, (Some(start), Some(end)) if start <= now && now < end)
        })
}

/// Names what is wrong with working hours.
pub fn check(hours: &[WorkingHours], path: &str, violations: &mut Violations) {
    if hours.len() > MOST_SPANS {
        violations.add(path, "TOO_MANY", format!("give {MOST_SPANS} spans at most"));
    }
    for (index, span) in hours.iter().enumerate().take(MOST_SPANS) {
        let mut add = |field: &str, reason, message| {
            violations.add(format!("{path}[{index}].{field}"), reason, message);
        };
        if !(1..=7).contains(&span.weekday) {
            add("weekday", "OUT_OF_RANGE", "give 1 for Monday to 7 for Sunday");
        }
        let (start, end) = (minute(&span.start), minute(&span.end));
        for (field, text, read) in [("start", &span.start, start), ("end", &span.end, end)] {
            // What is missing has a violation of its own.
            if read.is_none() && !text.trim().is_empty() {
                add(field, "TIME_MALFORMED", "give hours and minutes, as in 08:30");
            }
        }
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            add("end", "OUT_OF_ORDER", "give a later time than the start; part what passes midnight in two");
        }
    }
}

/// The minute of the day that a text of the form HH:MM names.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u32>().ok(),
        false => None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Some(hours * 60 + minutes).filter(|minute| *minute <= 24 * 60)
}

#[cfg(test)]
mod tests;
