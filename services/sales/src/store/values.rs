//! Lists and nested values, each kept in one JSON column.

use crm_values::WorkingHours;
use crm_values::address::Address;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::assignment::Candidate;
use crate::domain::availability::{Absence, Skill};
use crate::domain::line_item::LineItem;
use crate::domain::pipeline::Stage;

/// Where a visitor came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Origin {
    /// The site or the search engine.
    pub source: String,
    /// The kind of link.
    pub medium: String,
    /// The campaign.
    pub campaign: String,
    /// The words that were searched.
    pub term: String,
    /// Which of several links.
    pub content: String,
}

/// A contact of an opportunity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The contact's id.
    pub contact_id: String,
    /// The name of a `ContactRole`.
    pub role: String,
}

/// A price in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The amount.
    pub amount_minor: i64,
    /// The currency.
    pub currency: String,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Place(pub Address);

/// Tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<String>);

/// Texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Texts(pub Vec<String>);

/// What a representative is able to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Skills(pub Vec<Skill>);

/// When somebody works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct WorkingWeek(pub Vec<WorkingHours>);

/// When a representative is away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Absences(pub Vec<Absence>);

/// Who was looked at for a lead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Candidates(pub Vec<Candidate>);

/// The stages of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Stages(pub Vec<Stage>);

/// Prices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Prices(pub Vec<Price>);

/// The contacts of an opportunity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Contacts(pub Vec<Contact>);

impl Contacts {
    /// These with one contact in the place of another, once each.
    pub fn merged(&self, gone: &str, survivor: &str) -> Self {
        let mut contacts: Vec<Contact> = Vec::with_capacity(self.0.len());
        for contact in &self.0 {
            let id = if contact.contact_id == gone { survivor } else { contact.contact_id.as_str() };
            if !contacts.iter().any(|known| known.contact_id == id) {
                contacts.push(Contact { contact_id: id.to_owned(), ..contact.clone() });
            }
        }
        Self(contacts)
    }
}

/// What is to be sold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct LineItems(pub Vec<LineItem>);
