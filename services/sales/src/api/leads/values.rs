//! Leads as the API shows them and as they are stored.

use crm_kit::directory::Owner;
use crm_kit::{Result, Violations, convert};
use crm_protos::customers::v1::{Address as AddressMessage, Source};
use crm_protos::sales::v1::{Lead, LeadRating, LeadStatus, Utm};
use crm_values::phone::{self, Region};
use crm_values::{Address, address, currency, email, tags, text, website};
use uuid::Uuid;

use crate::domain::amount;
use crate::domain::lead::display_name;
use crate::store::follow_up;
use crate::store::lead::Model;
use crate::store::organization;
use crate::store::values::{Origin, Place, Tags};

/// The lead with the values of the message in the form that is stored. Every violation is named at once, its
/// field with the prefix.
pub(crate) fn model(
    base: Model,
    lead: &Lead,
    prefix: &str,
    owner: Option<Owner>,
    organization: &organization::Model,
    violations: Violations,
) -> Result<Model> {
    let mut violations = violations;
    let check = &mut violations;
    let at = |field: &str| format!("{prefix}{field}");
    let owner = owner.unwrap_or(Owner { id: base.owner_id, department: base.department_id });
    let (name, company) = (
        text::line(&lead.name, 200, &at("name"), check),
        text::line(&lead.company, 200, &at("company"), check),
    );
    if name.is_empty() && company.is_empty() {
        check.add(at("name"), "REQUIRED", "give the name of the person or the company");
    }
    if !(0..=100).contains(&lead.score) {
        check.add(at("score"), "OUT_OF_RANGE", "give a number from 0 to 100");
    }
    let currency = currency::normalize(&lead.currency, &at("currency"), check);
    let next_follow_up_time = follow_up::column(lead.next_follow_up_time.as_ref()).unwrap_or_else(|| {
        check.add(at("next_follow_up_time"), "TIME_INVALID", "give a time before the year 9999");
        follow_up::NEVER
    });
    let model = Model {
        owner_id: owner.id,
        department_id: owner.department,
        display_name: display_name(&name, &company),
        name,
        company,
        title: text::line(&lead.title, 100, &at("title"), check),
        email: email_address(&lead.email, &at("email"), check),
        phone: phone_number(&lead.phone, organization, &at("phone"), check),
        website: website::normalize(&lead.website, &at("website"), check),
        source: convert::enum_name(lead.source, Source::as_str_name, &at("source"), check),
        channel: text::line(&lead.channel, 100, &at("channel"), check),
        rating: convert::enum_name(lead.rating, LeadRating::as_str_name, &at("rating"), check),
        score: lead.score,
        campaign_id: text::line(&lead.campaign_id, 100, &at("campaign_id"), check),
        utm: origin(lead.utm.as_ref(), &at("utm"), check),
        needs: text::paragraph(&lead.needs, 10_000, &at("needs"), check),
        purchase_intention: text::paragraph(
            &lead.purchase_intention,
            10_000,
            &at("purchase_intention"),
            check,
        ),
        industry: text::line(&lead.industry, 100, &at("industry"), check),
        address: Place(place(lead.address.as_ref(), &at("address"), check)),
        amount_minor: amount::check(lead.amount_minor, &at("amount_minor"), check),
        currency: if currency.is_empty() { organization.currency.clone() } else { currency },
        next_follow_up_time,
        tags: Tags(tags::normalize(lead.tags.clone(), &at("tags"), check)),
        description: text::paragraph(&lead.description, 10_000, &at("description"), check),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

fn email_address(text: &str, path: &str, violations: &mut Violations) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    email::address(text).unwrap_or_else(|| {
        violations.add(path, "EMAIL_INVALID", "give one address, as in li.na@example.com");
        String::new()
    })
}

fn phone_number(
    text: &str,
    organization: &organization::Model,
    path: &str,
    violations: &mut Violations,
) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    // A number with its country code is the same in every region.
    let region = phone::region(&organization.region).unwrap_or(Region::CN);
    phone::e164(text, region).unwrap_or_else(|| {
        let advice = "give a number that can be dialled, best with its country code as in +86 10 6552 9988";
        violations.add(path, "PHONE_INVALID", advice);
        String::new()
    })
}

fn place(message: Option<&AddressMessage>, path: &str, violations: &mut Violations) -> Address {
    let AddressMessage { street, city, state, country, postal_code } = message.cloned().unwrap_or_default();
    address::normalize(Address { street, city, state, country, postal_code }, path, violations)
}

fn origin(message: Option<&Utm>, path: &str, violations: &mut Violations) -> Origin {
    let Utm { source, medium, campaign, term, content } = message.cloned().unwrap_or_default();
    let mut line = |text: &str, field: &str| text::line(text, 200, &format!("{path}.{field}"), violations);
    Origin {
        source: line(&source, "source"),
        medium: line(&medium, "medium"),
        campaign: line(&campaign, "campaign"),
        term: line(&term, "term"),
        content: line(&content, "content"),
    }
}

/// The lead as the API shows it, without its duplicates.
pub(crate) fn answer(model: &Model) -> Lead {
    let reference = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    Lead {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        delete_time: convert::optional_timestamp(model.delete_time),
        owner_id: reference(Some(model.owner_id).filter(|owner| !owner.is_nil())),
        department_id: reference(model.department_id),
        status: convert::enum_number(&model.status, LeadStatus::from_str_name),
        name: model.name.clone(),
        company: model.company.clone(),
        title: model.title.clone(),
        email: model.email.clone(),
        phone: model.phone.clone(),
        website: model.website.clone(),
        source: convert::enum_number(&model.source, Source::from_str_name),
        channel: model.channel.clone(),
        rating: convert::enum_number(&model.rating, LeadRating::from_str_name),
        score: model.score,
        campaign_id: model.campaign_id.clone(),
        utm: utm(&model.utm),
        needs: model.needs.clone(),
        purchase_intention: model.purchase_intention.clone(),
        industry: model.industry.clone(),
        address: address_message(&model.address.0),
        amount_minor: model.amount_minor,
        currency: model.currency.clone(),
        next_follow_up_time: follow_up::message(model.next_follow_up_time),
        tags: model.tags.0.clone(),
        description: model.description.clone(),
        unqualified_reason: model.unqualified_reason.clone(),
        lead_form_id: reference(model.lead_form_id),
        convert_time: convert::optional_timestamp(model.convert_time),
        account_id: reference(model.account_id),
        contact_id: reference(model.contact_id),
        opportunity_id: reference(model.opportunity_id),
        duplicates: Vec::new(),
        display_name: model.display_name.clone(),
    }
}

/// An origin that holds nothing is not shown.
fn utm(origin: &Origin) -> Option<Utm> {
    let Origin { source, medium, campaign, term, content } = origin.clone();
    (*origin != Origin::default()).then_some(Utm { source, medium, campaign, term, content })
}

/// An address that holds nothing is not shown.
pub(crate) fn address_message(address: &Address) -> Option<AddressMessage> {
    let Address { street, city, state, country, postal_code } = address.clone();
    (*address != Address::default()).then_some(AddressMessage { street, city, state, country, postal_code })
}
