//! What representatives are able to do, and when.

use serde::{Deserialize, Serialize};

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
