//! What sales knows of contacts: a copy, fed by customers.

use crm_kit::record::Record;
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A contact.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "contacts")]
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
    /// When it was deleted.
    pub delete_time: Option<ChronoDateTimeUtc>,
    /// The name.
    pub name: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "customers.contact";
}
