//! A believable year of sales for trying the suite out: what is sold, who sells it, and what became of every lead and
//! opportunity.
//!
//! The same seed, index and year always make the same story. Stories are told as the requests that would have been sent
//! at the time; the ids in them are for the sender to fill in.

pub mod bulk;
pub mod catalogue;
pub mod deals;
mod draw;
pub mod leads;
mod offer;
mod path;
pub mod rates;
pub mod targets;
pub mod team;
mod words;
pub mod year;

use chrono::{DateTime, Utc};
use crm_protos::customers::v1::AccountGrade;
use crm_protos::sales::v1::{
    CaptureLeadRequest, ContactRole, ConvertLeadRequest, CreateLeadRequest, Lead, LoseOpportunityRequest,
    Opportunity,
};

/// What has to be known of a company that buys, or may.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// The name.
    pub name: String,
    /// The country, ISO 3166.
    pub country: String,
    /// How important it is.
    pub grade: AccountGrade,
    /// The parts that its people can play.
    pub people: Vec<ContactRole>,
    /// The number of who sells to it.
    pub seller: usize,
}

impl Buyer {
    fn is_chinese(&self) -> bool {
        self.country == "CN"
    }

    /// The currency that it pays in.
    fn currency(&self) -> &'static str {
        match self.country.as_str() {
            "CN" => "CNY",
            "DE" | "FR" | "GB" => "EUR",
            "HK" => "HKD",
            _ => "USD",
        }
    }
}

/// What became of one lead or one opportunity, or of both if the one became the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The number of who sells.
    pub seller: usize,
    /// What happened, in the order of time and within the year.
    pub events: Vec<Event>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub time: DateTime<Utc>,
    /// What.
    pub action: Action,
}

/// What is sent. Stages are numbers among the open ones of the pipeline; a contact's id is the number of the person, a
/// product's its code.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A visitor fills in the form.
    Capture(Box<CaptureLeadRequest>),
    /// Somebody enters a lead.
    CreateLead(Box<CreateLeadRequest>),
    /// Fields of the lead change.
    UpdateLead(Box<Lead>, &'static [&'static str]),
    /// Somebody begins to work on the lead.
    Work,
    /// The lead is worth selling to.
    Qualify,
    /// The lead is given up for a reason.
    Disqualify(String),
    /// The lead becomes a customer.
    Convert(ConvertLeadRequest),
    /// Somebody enters an opportunity in a stage.
    Create(Box<Opportunity>, usize),
    /// Fields of the opportunity change.
    Update(Box<Opportunity>, &'static [&'static str]),
    /// The opportunity comes into another stage.
    Move(usize),
    /// The opportunity is won.
    Win,
    /// The opportunity is lost.
    Lose(LoseOpportunityRequest),
}

impl Story {
    /// When to get in touch again, as was noted last; none if not.
    pub fn follow_up(&self) -> Option<DateTime<Utc>> {
        let noted = self.events.last().and_then(|event| match &event.action {
            Action::Update(opportunity, _) => opportunity.next_follow_up_time,
            Action::UpdateLead(lead, _) => lead.next_follow_up_time,
            _ => None,
        });
        noted.and_then(|time| crm_kit::convert::time(&time))
    }

    /// When it was won and what it was worth in CNY; none if it was not.
    pub fn won(&self) -> Option<(DateTime<Utc>, f64)> {
        let time = self.events.iter().find(|event| event.action == Action::Win)?.time;
        let value = self.events.iter().fold(0.0, |value, event| match &event.action {
            Action::Create(opportunity, _) => rates::in_yuan(opportunity.amount_minor, &opportunity.currency),
            Action::Convert(convert) => {
                rates::in_yuan(convert.amount_minor.unwrap_or_default(), &convert.currency)
            }
            Action::Update(opportunity, _) if !opportunity.line_items.is_empty() => rates::in_yuan(
                offer::net(&opportunity.line_items, &opportunity.currency),
                &opportunity.currency,
            ),
            _ => value,
        });
        Some((time, value))
    }
}

#[cfg(test)]
mod tests;
