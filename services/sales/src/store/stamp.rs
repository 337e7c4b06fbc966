//! How often the totals of an owner have changed: what was computed from them is good as long as it stays.

use crm_kit::record::Record;
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// How often.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "stamps")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// The owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// The number.
    pub changes: i64,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
}
