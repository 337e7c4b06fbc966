//! Conversions of leads on their way.

use crm_kit::record::{Record, Unique};
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::conversion::Plan;

/// What a lead is becoming: written before anything is made of it, so that whatever stops the conversion, it goes on.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lead_conversions")]
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
    /// The lead.
    pub lead_id: Uuid,
    /// Who converts it.
    pub user_id: Uuid,
    /// What is to be made; of no more use, and cleared, once it is finished. Personal, so it is not logged.
    #[sea_orm(column_type = "Json")]
    #[serde(skip)]
    pub plan: Plan,
    /// The account, once it is made.
    pub account_id: Option<Uuid>,
    /// The contact, once it is made.
    pub contact_id: Option<Uuid>,
    /// When it was finished.
    pub finish_time: Option<ChronoDateTimeUtc>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.lead_conversion";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["lead_conversions_lead", "lead_conversions.organization_id"],
        reason: "CONVERSION_RUNNING",
        message: "wait until the lead is converted",
    }];
}
