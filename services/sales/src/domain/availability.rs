//! What representatives are able to do, and when they are away.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm_kit::error::Violations;
use crm_values::date;
use serde::{Deserialize, Serialize};

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
        let days = (date::parse(&absence.start_date), date::parse(&absence.end_date));
        matches!(days, (Some(first), Some(last)) if first <= today && today <= last)
    })
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
        let (start, end) = (date::parse(&absence.start_date), date::parse(&absence.end_date));
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

#[cfg(test)]
mod tests;
