//! What representatives are able to do, and when.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use crm_kit::error::Violations;
use serde::{Deserialize, Serialize};

/// More spans of working hours are refused.
const MOST_SPANS: usize = 50;
/// More absences are refused.
const MOST_ABSENCES: usize = 100;

/// What somebody is able to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// The skill.
    pub name: String,
    /// How well, 1 to 5.
    pub level: i32,
}

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

/// Days on which somebody is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The first day, YYYY-MM-DD.
    pub start_date: String,
    /// The last day, YYYY-MM-DD.
    pub end_date: String,
    /// Why.
    pub note: String,
}

/// Tells whether somebody is away on the day that a moment is part of where he or she lives.
pub fn is_absent(absences: &[Absence], zone: Tz, moment: DateTime<Utc>) -> bool {
    let today = moment.with_timezone(&zone).date_naive();
    absences.iter().any(|absence| {
        let days = (day(&absence.start_date), day(&absence.end_date));
        matches!(days, (Some(first), Some(last)) if first <= today && today <= last)
    })
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
pub fn check_hours(hours: &[WorkingHours], path: &str, violations: &mut Violations) {
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

/// Names what is wrong with absences.
pub fn check_absences(absences: &[Absence], path: &str, violations: &mut Violations) {
    if absences.len() > MOST_ABSENCES {
        violations.add(path, "TOO_MANY", format!("give {MOST_ABSENCES} absences at most"));
    }
    for (index, absence) in absences.iter().enumerate().take(MOST_ABSENCES) {
        let mut add = |field: &str, reason, message| {
            violations.add(format!("{path}[{index}].{field}"), reason, message);
        };
        let (start, end) = (day(&absence.start_date), day(&absence.end_date));
        for (field, text, read) in
            [("start_date", &absence.start_date, start), ("end_date", &absence.end_date, end)]
        {
            if read.is_none() && !text.trim().is_empty() {
                add(field, "DATE_INVALID", "give a date such as 2026-01-31");
            }
        }
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            add("end_date", "OUT_OF_ORDER", "give a day that is not before the first");
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

/// The day that a text of the form YYYY-MM-DD names.
fn day(text: &str) -> Option<NaiveDate> {
    let day: NaiveDate = text.parse().ok()?;
    // Other forms are read too, but nothing else would be sorted like them.
    (day.to_string() == text).then_some(day)
}

#[cfg(test)]
mod tests;
