//! Who gets a lead, and why.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody who was looked at for a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The user.
    pub user_id: Uuid,
    /// The name of a `CandidateOutcome`.
    pub outcome: String,
    /// How many leads the rule had given the user before.
    pub assigned_before: i64,
    /// How many open leads the user had.
    pub open_leads: i64,
    /// The user's weight under the rule.
    pub weight: i32,
}
