//! Opportunities.

use crm_kit::record::Record;
use crm_kit::search::Words;
use crm_kit::{Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{Order, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::values::{Contacts, LineItems, Tags};
use super::{follow_up, organization, stage_visit, total};
use crate::domain::contributions;

/// A deal that may come about.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "opportunities")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The user who is responsible.
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// When it was deleted.
    pub delete_time: Option<ChronoDateTimeUtc>,
    /// The name.
    pub name: String,
    /// The account.
    pub account_id: Option<Uuid>,
    /// The people.
    #[sea_orm(column_type = "Json")]
    pub contacts: Contacts,
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// The stage.
    pub stage_id: Uuid,
    /// The name of an `OpportunityStatus`.
    pub status: String,
    /// The amount.
    pub amount_minor: i64,
    /// The currency.
    pub currency: String,
    /// How likely it is won, in percent.
    pub probability: i32,
    /// False if it is that of the stage.
    pub probability_given: bool,
    /// The amount times the probability.
    pub weighted_amount_minor: i64,
    /// When it is expected to close, YYYY-MM-DD.
    pub expected_close_date: String,
    /// When it was won or lost, YYYY-MM-DD; empty while it is open.
    pub close_date: String,
    /// The name of a `Source`.
    pub source: String,
    /// The campaign that brought it.
    pub campaign_id: String,
    /// Who else wants to sell.
    pub competitor: String,
    /// What is to be done next.
    pub next_step: String,
    /// When to get in touch again; `follow_up::NEVER` if not.
    #[serde(serialize_with = "follow_up::serialize")]
    pub next_follow_up_time: ChronoDateTimeUtc,
    /// The name of a `ForecastCategory`.
    pub forecast_category: String,
    /// False if it is that of the stage.
    pub forecast_category_given: bool,
    /// What is to be sold.
    #[sea_orm(column_type = "Json")]
    pub line_items: LineItems,
    /// What is paid again and again.
    pub recurring_amount_minor: i64,
    /// The name of a `RecurringPeriod`.
    pub recurring_period: String,
    /// What is to be bought, and when.
    #[sea_orm(column_type = "Text")]
    pub purchase_intention: String,
    /// What is needed.
    #[sea_orm(column_type = "Text")]
    pub needs: String,
    /// The name of a `LostReason`.
    pub lost_reason: String,
    /// What is worth knowing about why it was lost.
    #[sea_orm(column_type = "Text")]
    pub lost_note: String,
    /// The lead that it was.
    pub lead_id: Option<Uuid>,
    /// When it came into its stage.
    pub stage_enter_time: ChronoDateTimeUtc,
    /// The open stage nearest to winning that it has been in.
    pub furthest_stage_id: Uuid,
    /// The month of its creation in the time zone of the organization, YYYY-MM.
    pub create_month: String,
    /// Its place in the stage.
    pub position: String,
    /// The tags.
    #[sea_orm(column_type = "Json")]
    pub tags: Tags,
    /// What is worth knowing.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["stage_id", "position"], &["status", "expected_close_date"], &["status"], &["account_id"]];
    const SORTED: &'static [&'static str] =
        &["name", "amount_minor", "expected_close_date", "next_follow_up_time", "position", "update_time"];
    const SEARCHED: &'static [&'static str] = &["name", "competitor", "tags"];
    const TERMS: &'static [&'static str] = &["tags", "contacts.contact_id"];

    fn words(model: &Model, words: &mut Words) {
        words.text("name", &model.name);
        words.text("competitor", &model.competitor);
        model.contacts.0.iter().for_each(|contact| words.term("contacts.contact_id", &contact.contact_id));
        for tag in &model.tags.0 {
            words.text("tags", tag);
            words.term("tags", tag);
        }
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("name", model.name.clone()), ("next_step", model.next_step.clone())]
    }
}

/// Inserts an opportunity, its first visit and what it adds to the totals.
pub async fn insert(tx: &Tx, model: Model) -> Result<Model> {
    let owners = total::hold(tx, [model.owner_id; 2]).await?;
    let inserted = tx.insert::<Entity>("created", model).await?;
    stage_visit::enter(tx, &inserted).await?;
    let contributions = contributions::of(&inserted, &[]);
    total::add(tx, inserted.organization_id, &owners, inserted.department_id, &contributions).await?;
    Ok(inserted)
}

/// Updates an opportunity, its visits and the totals.
pub async fn update(tx: &Tx, verb: &str, before: Model, after: Model, etag: &str) -> Result<Model> {
    let owners = total::hold(tx, [before.owner_id, after.owner_id]).await?;
    let updated = tx.update::<Entity>(verb, before.clone(), after, etag).await?;
    follow(tx, &owners, before, updated).await
}

/// Deletes an opportunity and takes it out of the totals.
pub async fn delete(tx: &Tx, before: Model, etag: &str) -> Result<Model> {
    let owners = total::hold(tx, [before.owner_id; 2]).await?;
    let deleted = tx.delete::<Entity>(before.clone(), etag).await?;
    follow(tx, &owners, before, deleted).await
}

/// Brings a deleted opportunity back into the totals.
pub async fn restore(tx: &Tx, before: Model) -> Result<Model> {
    let owners = total::hold(tx, [before.owner_id; 2]).await?;
    let restored = tx.restore::<Entity>(before.clone()).await?;
    follow(tx, &owners, before, restored).await
}

async fn follow(tx: &Tx, owners: &total::Owners, before: Model, after: Model) -> Result<Model> {
    // Earlier visits move only with the owner, or when the opportunity itself comes or goes.
    let moved = before.owner_id != after.owner_id || before.delete_time != after.delete_time;
    let mut ended = if moved { stage_visit::ended(tx.connection(), before.id).await? } else { Vec::new() };
    let contributed = contributions::of(&before, &ended);
    if before.stage_id != after.stage_id {
        let month =
            organization::get(tx.connection(), after.organization_id).await?.month(after.stage_enter_time);
        ended.extend(stage_visit::leave(tx, after.id, after.stage_enter_time, month).await?);
        stage_visit::enter(tx, &after).await?;
    }
    let difference = contributions::difference(&contributed, contributions::of(&after, &ended));
    total::add(tx, after.organization_id, owners, after.department_id, &difference).await?;
    Ok(after)
}

/// The place right below or above another one in the stage of an opportunity, which itself is passed over; without
/// other one the uppermost or the lowest.
pub async fn beside(
    connection: &impl ConnectionTrait,
    opportunity: &Model,
    place: Option<&str>,
    below: bool,
) -> Result<Option<String>> {
    let mut query = store::tenant::<Entity>(opportunity.organization_id)
        .filter(Column::StageId.eq(opportunity.stage_id))
        .filter(Column::Id.ne(opportunity.id));
    query = match (place, below) {
        (None, _) => query,
        (Some(place), true) => query.filter(Column::Position.gt(place)),
        (Some(place), false) => query.filter(Column::Position.lt(place)),
    };
    let order = if below { Order::Asc } else { Order::Desc };
    let query = query.order_by(Column::Position, order).select_only().column(Column::Position);
    Ok(query.into_tuple().one(connection).await?)
}
