//! Looks for what may be the same as a lead: other leads, and the accounts and contacts of customers.

mod customers;
mod leads;

use std::collections::HashSet;

use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result};
use crm_protos::sales::v1::{Duplicate, Lead};
use crm_values::email;
use crm_values::phone::{self, Region};
use uuid::Uuid;

use crate::domain::duplicate::{Party, likeness};
use crate::store::lead::Entity;
use crate::store::organization;

/// More are not answered.
const MOST: usize = 20;
/// So many records are compared of each question that is asked.
const COMPARED: u8 = 50;

/// What a lead is known by, so far as the caller may see it. What cannot be read is left out.
pub(crate) fn party(access: &Access, organization: &organization::Model, lead: &Lead) -> Party {
    let seen = |field: &str| !access.hides(Entity::RESOURCE, field);
    let list = |text: Option<String>, field: &str| {
        Vec::from_iter(text.filter(|text| !text.is_empty() && seen(field)))
    };
    let region = phone::region(&organization.region).unwrap_or(Region::CN);
    let name = lead.name.trim();
    Party {
        name: if seen("name") { name.to_owned() } else { String::new() },
        companies: list(Some(lead.company.trim().to_owned()), "company"),
        emails: list(email::address(&lead.email), "email"),
        phones: list(phone::e164(&lead.phone, region), "phone"),
    }
}

/// What may be the same among everything that the caller may read, the most alike first. If customers does not answer,
/// only leads are compared.
pub(crate) async fn everywhere(
    context: &Context,
    access: &Access,
    subject: &Party,
    itself: Option<Uuid>,
) -> Result<Vec<Duplicate>> {
    let mut found = leads::find(context, access, subject, itself).await?;
    match customers::find(context, access, subject, true, true).await {
        Ok(customers) => found.extend(customers),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "customers does not answer, a lead is compared with leads only");
        }
    }
    Ok(ranked(found))
}

/// The customers that may be the same as those that a conversion makes, the most alike first.
pub(crate) async fn of_conversion(
    context: &Context,
    access: &Access,
    subject: &Party,
    makes_account: bool,
    makes_contact: bool,
) -> Result<Vec<Duplicate>> {
    Ok(ranked(customers::find(context, access, subject, makes_account, makes_contact).await?))
}

/// Fails if there is any duplicate.
pub(crate) fn refuse(duplicates: &[Duplicate]) -> Result<()> {
    let Some(first) = duplicates.first() else { return Ok(()) };
    let (count, name) = (duplicates.len(), &first.name);
    let message = format!("look at what may be the same: {count} found, the most alike is {name}");
    Err(Error::Exists { reason: "DUPLICATES_FOUND", message })
}

fn ranked(mut found: Vec<Duplicate>) -> Vec<Duplicate> {
    let mut seen = HashSet::new();
    found.retain(|duplicate| seen.insert((duplicate.resource.clone(), duplicate.id.clone())));
    found.sort_by(|one, other| {
        let rank = |of: &Duplicate| (of.likeness, of.fields.len());
        rank(other).cmp(&rank(one)).then_with(|| (&one.resource, &one.id).cmp(&(&other.resource, &other.id)))
    });
    found.truncate(MOST);
    found
}

fn duplicate(subject: &Party, other: &Party, resource: &str, id: &str, name: &str) -> Option<Duplicate> {
    let likeness = likeness(subject, other)?;
    Some(Duplicate {
        resource: resource.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        fields: likeness.fields.into_iter().map(str::to_owned).collect(),
        likeness: likeness.percent,
    })
}
