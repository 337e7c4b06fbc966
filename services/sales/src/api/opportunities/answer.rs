//! Opportunities as the API shows them.

use std::collections::HashMap;

use crm_kit::convert::{enum_number, optional_timestamp, timestamp};
use crm_kit::db::Db;
use crm_kit::record::Record;
use crm_kit::{Access, Result, store};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{
    ContactRole, ForecastCategory, LostReason, Opportunity, OpportunityContact, OpportunityLineItem,
    OpportunityStatus, RecurringPeriod,
};
use sea_orm::QueryFilter;
use uuid::Uuid;

use crate::domain::line_item::LineItem;
use crate::store::opportunity::Model;
use crate::store::{account, contact, follow_up, pipeline};

const DAY: i64 = 24 * 60 * 60;

/// The opportunity without what `shown` adds.
pub(super) fn answer(model: &Model) -> Opportunity {
    let reference = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let contact = |contact: &crate::store::values::Contact| OpportunityContact {
        contact_id: contact.contact_id.clone(),
        role: enum_number(&contact.role, ContactRole::from_str_name),
        contact_name: String::new(),
    };
    Opportunity {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(timestamp(model.create_time)),
        update_time: Some(timestamp(model.update_time)),
        delete_time: optional_timestamp(model.delete_time),
        owner_id: model.owner_id.to_string(),
        department_id: reference(model.department_id),
        name: model.name.clone(),
        account_id: reference(model.account_id),
        account_name: String::new(),
        account_deleted: false,
        contacts: model.contacts.0.iter().map(contact).collect(),
        pipeline_id: model.pipeline_id.to_string(),
        stage_id: model.stage_id.to_string(),
        status: enum_number(&model.status, OpportunityStatus::from_str_name),
        amount_minor: model.amount_minor,
        currency: model.currency.clone(),
        probability: Some(model.probability),
        weighted_amount_minor: model.weighted_amount_minor,
        expected_close_date: model.expected_close_date.clone(),
        close_date: model.close_date.clone(),
        source: enum_number(&model.source, Source::from_str_name),
        campaign_id: model.campaign_id.clone(),
        competitor: model.competitor.clone(),
        next_step: model.next_step.clone(),
        next_follow_up_time: follow_up::message(model.next_follow_up_time),
        forecast_category: enum_number(&model.forecast_category, ForecastCategory::from_str_name),
        line_items: model.line_items.0.iter().map(line_item).collect(),
        recurring_amount_minor: model.recurring_amount_minor,
        recurring_period: enum_number(&model.recurring_period, RecurringPeriod::from_str_name),
        purchase_intention: model.purchase_intention.clone(),
        needs: model.needs.clone(),
        lost_reason: enum_number(&model.lost_reason, LostReason::from_str_name),
        lost_note: model.lost_note.clone(),
        lead_id: reference(model.lead_id),
        stage_enter_time: Some(timestamp(model.stage_enter_time)),
        rotten: false,
        position: model.position.clone(),
        tags: model.tags.0.clone(),
        description: model.description.clone(),
    }
}

fn line_item(item: &LineItem) -> OpportunityLineItem {
    // Only lines that could be summed are stored.
    let totals = item.totals().unwrap_or_default();
    OpportunityLineItem {
        product_id: item.product_id.clone(),
        description: item.description.clone(),
        quantity_milli: item.quantity_milli,
        unit_price_minor: Some(item.unit_price_minor),
        discount_basis_points: item.discount_basis_points,
        tax_basis_points: Some(item.tax_basis_points),
        net_minor: totals.net_minor,
        tax_minor: totals.tax_minor,
        gross_minor: totals.gross_minor,
    }
}

pub(super) async fn shown_one(db: &Db, access: &Access, opportunity: Opportunity) -> Result<Opportunity> {
    Ok(shown(db, access, vec![opportunity]).await?.remove(0))
}

/// The opportunities with the names of those accounts and contacts that the caller may read, and with what time has
/// made of them; three queries for all.
pub(super) async fn shown(
    db: &Db,
    access: &Access,
    mut opportunities: Vec<Opportunity>,
) -> Result<Vec<Opportunity>> {
    if opportunities.is_empty() {
        return Ok(opportunities);
    }
    let ids =
        |ids: Vec<&String>| ids.into_iter().filter_map(|id| Uuid::try_parse(id).ok()).collect::<Vec<_>>();
    let accounts = ids(opportunities.iter().map(|opportunity| &opportunity.account_id).collect());
    let accounts = named::<account::Entity>(db, access, "name", accounts).await?;
    let accounts: HashMap<String, account::Model> =
        accounts.into_iter().map(|account| (account.id.to_string(), account)).collect();
    let people = opportunities.iter().flat_map(|opportunity| &opportunity.contacts);
    let people = ids(people.map(|contact| &contact.contact_id).collect());
    let people = named::<contact::Entity>(db, access, "full_name", people).await?;
    let people: HashMap<String, String> =
        people.into_iter().map(|contact| (contact.id.to_string(), contact.name)).collect();
    let pipelines = store::tenant::<pipeline::Entity>(access.organization()).all(db.connection()).await?;
    let rots: HashMap<String, i64> = pipelines
        .iter()
        .flat_map(|pipeline| &pipeline.stages.0)
        .filter(|stage| stage.rot_days > 0 && stage.is_open())
        .map(|stage| (stage.id.to_string(), i64::from(stage.rot_days) * DAY))
        .collect();
    let now = db.clock().now().timestamp();
    for opportunity in &mut opportunities {
        if let Some(account) = accounts.get(&opportunity.account_id) {
            opportunity.account_name = account.name.clone();
            opportunity.account_deleted = account.delete_time.is_some();
        }
        for contact in &mut opportunity.contacts {
            contact.contact_name = people.get(&contact.contact_id).cloned().unwrap_or_default();
        }
        let entered = opportunity.stage_enter_time.as_ref().map_or(now, |time| time.seconds);
        opportunity.rotten = rots.get(&opportunity.stage_id).is_some_and(|rot| now - entered > *rot);
    }
    Ok(opportunities)
}

/// The copies of records of customers that the caller may read, deleted ones too; none if their names are hidden.
async fn named<E: Record>(db: &Db, access: &Access, field: &str, ids: Vec<Uuid>) -> Result<Vec<E::Model>> {
    if ids.is_empty() || !access.allows(&format!("{}.read", E::RESOURCE)) || access.hides(E::RESOURCE, field)
    {
        return Ok(Vec::new());
    }
    let among = store::has_id::<E>(db.backend(), ids);
    Ok(store::reached::<E>(access)?.filter(among).all(db.connection()).await?)
}
