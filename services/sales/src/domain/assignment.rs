//! Who gets a lead, and why.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm_protos::sales::v1::{AssignmentMethod, CandidateOutcome};
use crm_values::working_hours;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::availability;
use super::turn::{self, Turns};
use crate::store::assignment_rule::Model as Rule;
use crate::store::lead::Model as Lead;
use crate::store::representative::Model as Representative;
use crate::store::values::Place;

/// More candidates of one decision are not recorded.
pub const MOST_RECORDED: usize = 100;

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

/// A representative at the moment of a decision.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// What is known of the representative.
    pub representative: Representative,
    /// False if the user is shut out.
    pub active: bool,
    /// How many open leads the user has.
    pub open_leads: i64,
    /// The time zone of the working hours and absences.
    pub zone: Tz,
}

/// Tells whether anybody can take a lead under a rule.
pub fn finds_somebody(rule: &Rule, colleagues: &[Colleague], lead: &Lead, moment: DateTime<Utc>) -> bool {
    members(rule, colleagues).any(|colleague| hindrance(rule, colleague, lead, moment).is_none())
}

/// Chooses who gets a lead under a rule, and says of everybody who was looked at why or why not: first who got it, then
/// who could have.
pub fn choose(
    rule: &Rule,
    colleagues: &[Colleague],
    turns: &mut Turns,
    lead: &Lead,
    moment: DateTime<Utc>,
) -> (Option<Uuid>, Vec<Candidate>) {
    let judged = members(rule, colleagues);
    let judged = judged.map(|colleague| (colleague, hindrance(rule, colleague, lead, moment)));
    let judged: Vec<(&Colleague, Option<CandidateOutcome>)> = judged.collect();
    let mut able: Vec<&Colleague> =
        judged.iter().filter(|(_, hindrance)| hindrance.is_none()).map(|(colleague, _)| *colleague).collect();
    if method(rule) == AssignmentMethod::LeastBusy {
        able = least_busy(able);
    }
    let before = turns.clone();
    let among = able.iter().map(|colleague| (colleague.user(), weight(rule, colleague).into()));
    let chosen = turn::take(turns, &among.collect::<Vec<_>>());
    let candidate = |(colleague, hindrance): (&Colleague, Option<CandidateOutcome>)| {
        let outcome = match hindrance {
            Some(hindrance) => hindrance,
            None if chosen == Some(colleague.user()) => CandidateOutcome::Chosen,
            None => CandidateOutcome::NotInTurn,
        };
        let candidate = Candidate {
            user_id: colleague.user(),
            outcome: outcome.as_str_name().to_owned(),
            assigned_before: before.get(&colleague.user()).map_or(0, |turn| turn.assigned),
            open_leads: colleague.open_leads,
            weight: weight(rule, colleague),
        };
        (outcome, candidate)
    };
    let mut candidates: Vec<_> = judged.into_iter().map(candidate).collect();
    candidates.sort_by_key(|(outcome, candidate)| (*outcome, candidate.user_id));
    (chosen, candidates.into_iter().map(|(_, candidate)| candidate).take(MOST_RECORDED).collect())
}

impl Colleague {
    fn user(&self) -> Uuid {
        self.representative.user_id
    }

    fn skill(&self, name: &str) -> Option<i32> {
        let skills = self.representative.skills.0.iter();
        skills.filter(|skill| same(&skill.name, name)).map(|skill| skill.level).max()
    }

    fn covers(&self, Place(address): &Place) -> bool {
        let places = [&address.country, &address.state, &address.city];
        let territories = &self.representative.territories.0;
        territories.iter().any(|territory| places.iter().any(|place| same(place, territory)))
    }
}

/// Those among whom a rule chooses.
fn members<'a>(rule: &Rule, colleagues: &'a [Colleague]) -> impl Iterator<Item = &'a Colleague> {
    let wanted: Vec<Uuid> = rule.user_ids.0.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
    let all = rule.user_ids.0.is_empty();
    colleagues.iter().filter(move |colleague| all || wanted.contains(&colleague.user()))
}

/// Why somebody cannot take a lead under a rule; none if nothing speaks against it.
fn hindrance(
    rule: &Rule,
    colleague: &Colleague,
    lead: &Lead,
    moment: DateTime<Utc>,
) -> Option<CandidateOutcome> {
    let representative = &colleague.representative;
    let hours = &representative.working_hours.0;
    let full = representative.capacity > 0 && colleague.open_leads >= representative.capacity.into();
    if representative.disabled || !colleague.active {
        Some(CandidateOutcome::Disabled)
    } else if method(rule) == AssignmentMethod::Territory && !colleague.covers(&lead.address) {
        Some(CandidateOutcome::OtherTerritory)
    } else if method(rule) == AssignmentMethod::Skill && colleague.skill(&rule.skill).is_none() {
        Some(CandidateOutcome::SkillMissing)
    } else if availability::is_absent(&representative.absences.0, colleague.zone, moment) {
        Some(CandidateOutcome::Absent)
    } else if rule.within_working_hours && !working_hours::is_within(hours, colleague.zone, moment) {
        Some(CandidateOutcome::OutsideWorkingHours)
    } else if full {
        Some(CandidateOutcome::AtCapacity)
    } else {
        None
    }
}

/// Those with the fewest open leads for their weight.
fn least_busy(able: Vec<&Colleague>) -> Vec<&Colleague> {
    let busier = |one: &Colleague, other: &Colleague| {
        let load = |one: &Colleague, other: &Colleague| {
            i128::from(one.open_leads) * i128::from(other.representative.weight)
        };
        load(one, other).cmp(&load(other, one))
    };
    let Some(least) = able.iter().copied().min_by(|one, other| busier(one, other)) else { return able };
    able.into_iter().filter(|colleague| busier(colleague, least).is_eq()).collect()
}

/// The weight under a rule, at least 1.
fn weight(rule: &Rule, colleague: &Colleague) -> i32 {
    let level = match method(rule) {
        AssignmentMethod::Skill => colleague.skill(&rule.skill).unwrap_or(1),
        _ => 1,
    };
    colleague.representative.weight.max(1).saturating_mul(level.max(1))
}

fn method(rule: &Rule) -> AssignmentMethod {
    AssignmentMethod::from_str_name(&rule.method).unwrap_or_default()
}

/// True if two texts are the same whatever their case; nothing is the same as an empty one.
fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests;
