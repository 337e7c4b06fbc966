//! Lead forms.

use crm_kit::record::Record;
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A form on a web site.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lead_forms")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The name.
    pub name: String,
    /// What the form sends along.
    pub key: String,
    /// True if it takes no leads.
    pub disabled: bool,
    /// The name of a `Source`.
    pub source: String,
    /// The channel of its leads.
    pub channel: String,
    /// The campaign of its leads.
    pub campaign_id: String,
    /// How many leads it takes a minute.
    pub leads_per_minute: i32,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.lead_form";
    const SORTED: &'static [&'static str] = &["name"];
}
