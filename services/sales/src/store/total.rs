//! What opportunities of one owner amount to, kept in step with every change.

use crm_kit::record::Record;
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// How many opportunities have something in common, and what they amount to.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "totals")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// What the totals tell apart.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: String,
    /// The name of an `OpportunityStatus`, if it matters.
    #[sea_orm(primary_key, auto_increment = false)]
    pub status: String,
    /// The month that counts, YYYY-MM.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    /// The pipeline.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pipeline_id: Uuid,
    /// The value in the dimension.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// The currency of the amounts, if there are any.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// The owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// How many.
    pub count: i64,
    /// The amount.
    pub amount_minor: i64,
    /// The amount times the probability.
    pub weighted_amount_minor: i64,
    /// The time that they took.
    pub seconds: i64,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
}
