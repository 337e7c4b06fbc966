//! Which opportunities are won, learned from those that are closed.

use std::collections::BTreeMap;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// What was learned: the change of the log odds that each value of each feature makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Weights {
    /// The log odds of the average opportunity.
    pub intercept: f64,
    /// By `feature=value`.
    pub effects: BTreeMap<String, f64>,
}
