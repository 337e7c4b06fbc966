//! What an opportunity adds to the totals from which every report is made.
//!
//! Each change of an opportunity changes the totals by what it contributes afterwards less what it contributed before,
//! in the same transaction, so reports never read the opportunities themselves.

use std::collections::BTreeMap;

use crm_protos::sales::v1::OpportunityStatus;
use uuid::Uuid;

use crate::store::{opportunity, stage_visit};

/// What totals tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The forecast category of open opportunities, by the month in which they are expected to close.
    Category,
    /// The furthest open stage of all opportunities, by the month of their creation.
    Furthest,
    /// The reason of lost opportunities, by the month in which they were lost.
    LostReason,
    /// The source of closed opportunities, by the month in which they were closed.
    Source,
    /// The stage; open opportunities by the month in which they are expected to close, closed ones by that of closing.
    Stage,
    /// Visits of stages that have ended, by the month in which they did.
    Stay,
}

/// How many totals of all owners together there are of each.
const SHARES: u128 = 4;

impl Dimension {
    /// The name under which the totals of single owners are kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Furthest => "furthest",
            Self::LostReason => "lost_reason",
            Self::Source => "source",
            Self::Stage => "stage",
            Self::Stay => "stay",
        }
    }

    /// The name under which the totals of all owners together are kept. Their owners are nobody's ids, so that no scope
    /// but the whole organization reaches them.
    pub fn of_all(self) -> String {
        format!("{} of all", self.as_str())
    }
}

/// Which total.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What it tells apart.
    pub dimension: Dimension,
    /// The name of an `OpportunityStatus`; empty where it does not matter.
    pub status: String,
    /// The month, YYYY-MM.
    pub month: String,
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// The value in the dimension.
    pub value: String,
    /// The currency of the amounts; empty where there are none.
    pub currency: String,
    /// The owner.
    pub owner_id: Uuid,
}

/// How much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// How many.
    pub count: i64,
    /// The amount.
    pub amount_minor: i64,
    /// The amount times the probability.
    pub weighted_amount_minor: i64,
    /// The time that they took.
    pub seconds: i64,
}

impl Measure {
    fn plus(self, other: Self, sign: i64) -> Self {
        Self {
            count: self.count + sign * other.count,
            amount_minor: self.amount_minor + sign * other.amount_minor,
            weighted_amount_minor: self.weighted_amount_minor + sign * other.weighted_amount_minor,
            seconds: self.seconds + sign * other.seconds,
        }
    }
}

/// Totals by what they are of, in an order in which transactions lock them alike.
pub type Contributions = BTreeMap<Key, Measure>;

/// What an opportunity with some of its ended visits contributes; nothing while it is deleted.
pub fn of(opportunity: &opportunity::Model, ended: &[stage_visit::Model]) -> Contributions {
    let mut contributions = Contributions::new();
    if opportunity.delete_time.is_some() {
        return contributions;
    }
    let status = OpportunityStatus::from_str_name(&opportunity.status).unwrap_or_default();
    let is_open = status == OpportunityStatus::Open;
    let date = if is_open { &opportunity.expected_close_date } else { &opportunity.close_date };
    let key = |dimension, value: &str| Key {
        dimension,
        status: opportunity.status.clone(),
        month: month(date),
        pipeline_id: opportunity.pipeline_id,
        value: value.to_owned(),
        currency: opportunity.currency.clone(),
        owner_id: opportunity.owner_id,
    };
    let amounts = Measure {
        count: 1,
        amount_minor: opportunity.amount_minor,
        weighted_amount_minor: opportunity.weighted_amount_minor,
        seconds: 0,
    };
    let mut add = |key: Key, measure: Measure| {
        let total = contributions.entry(key).or_default();
        *total = total.plus(measure, 1);
    };
    add(key(Dimension::Stage, &opportunity.stage_id.to_string()), amounts);
    if is_open {
        add(key(Dimension::Category, &opportunity.forecast_category), amounts);
    } else {
        add(key(Dimension::Source, &opportunity.source), amounts);
    }
    if status == OpportunityStatus::Lost {
        add(key(Dimension::LostReason, &opportunity.lost_reason), amounts);
    }
    let furthest = key(Dimension::Furthest, &opportunity.furthest_stage_id.to_string());
    let created = Key { month: opportunity.create_month.clone(), currency: String::new(), ..furthest };
    add(created, Measure { count: 1, ..Measure::default() });
    for visit in ended {
        let Some(left) = visit.leave_time else { continue };
        let stay = Key {
            status: String::new(),
            month: visit.leave_month.clone(),
            pipeline_id: visit.pipeline_id,
            currency: String::new(),
            ..key(Dimension::Stay, &visit.stage_id.to_string())
        };
        let seconds = (left - visit.enter_time).num_seconds();
        add(stay, Measure { count: 1, seconds, ..Measure::default() });
    }
    contributions
}

/// What has to be added to the totals when contributions change.
pub fn difference(before: &Contributions, after: Contributions) -> Contributions {
    let mut difference = after;
    for (key, measure) in before {
        let total = difference.entry(key.clone()).or_default();
        *total = total.plus(*measure, -1);
    }
    difference.retain(|_, measure| *measure != Measure::default());
    difference
}

/// What two contribute together.
pub fn sum(one: Contributions, other: Contributions) -> Contributions {
    let mut sum = one;
    for (key, measure) in other {
        let total = sum.entry(key).or_default();
        *total = total.plus(measure, 1);
    }
    sum
}

/// What is added to the totals of all owners together when those of single owners change.
///
/// All would wait for each other if each change went through the same few totals, so there are some of each, and
/// everybody's changes go to one of them.
pub fn of_all(contributions: &Contributions) -> Contributions {
    let mut of_all = Contributions::new();
    for (key, measure) in contributions {
        let share = u128::from(key.owner_id.as_bytes()[15]) % SHARES;
        let total = of_all.entry(Key { owner_id: Uuid::from_u128(share), ..key.clone() }).or_default();
        *total = total.plus(*measure, 1);
    }
    of_all.retain(|_, measure| *measure != Measure::default());
    of_all
}

/// The month of a date.
pub fn month(date: &str) -> String {
    date.get(..7).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(owner: Uuid) -> opportunity::Model {
        opportunity::Model {
            owner_id: owner,
            status: OpportunityStatus::Open.as_str_name().to_owned(),
            expected_close_date: "2026-01-31".to_owned(),
            amount_minor: 5,
            ..opportunity::Model::default()
        }
    }

    #[test]
    fn what_passes_from_one_owner_to_another_stays_with_all() {
        let [one, same_share, other_share] = [1, 5, 2].map(Uuid::from_u128);
        let moved = |to| difference(&of(&open(one), &[]), of(&open(to), &[]));
        assert_eq!(of_all(&moved(same_share)), Contributions::new());
        let of_all = of_all(&moved(other_share));
        assert_eq!(of_all.len(), moved(other_share).len());
        let sum = of_all.values().fold(Measure::default(), |sum, measure| sum.plus(*measure, 1));
        assert_eq!(sum, Measure::default());
    }
}
