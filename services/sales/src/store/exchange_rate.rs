//! Exchange rates.

use crm_kit::record::{Record, Unique};
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// What a currency is worth from a day on.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "exchange_rates")]
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
    /// The currency.
    pub currency: String,
    /// The first day, YYYY-MM-DD.
    pub date: String,
    /// What one unit is worth in the organization's currency, in billionths.
    pub rate: i64,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.exchange_rate";
    const SORTED: &'static [&'static str] = &["date"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["exchange_rates_date", "exchange_rates.organization_id"],
        reason: "RATE_EXISTS",
        message: "change the rate that the currency already has on that day",
    }];
}
