//! Targets.

use crm_kit::record::{Record, Unique};
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// What a user or a department is to win in a period.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "targets")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The user; nil for a department's target.
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// Whose it is, as `of_user` and `of_department` write it.
    pub subject: String,
    /// The name of a `TargetPeriod`.
    pub period: String,
    /// The first month, YYYY-MM.
    pub start_month: String,
    /// The amount.
    pub amount_minor: i64,
    /// The currency.
    pub currency: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.target";
    const SORTED: &'static [&'static str] = &["start_month"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["targets_subject", "targets.organization_id"],
        reason: "TARGET_EXISTS",
        message: "change the target that there already is for the period",
    }];
}

/// The subject of a user's targets.
pub fn of_user(id: Uuid) -> String {
    format!("user {id}")
}

/// The subject of a department's targets.
pub fn of_department(id: Uuid) -> String {
    format!("department {id}")
}
