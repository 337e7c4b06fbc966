//! Representatives.

use crm_kit::record::{Record, Unique};
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::{Absences, Skills, Texts, WorkingWeek};

/// A user who takes leads.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "representatives")]
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
    /// The user.
    pub user_id: Uuid,
    /// True if the user gets no leads.
    pub disabled: bool,
    /// What the user is able to do.
    #[sea_orm(column_type = "Json")]
    pub skills: Skills,
    /// Countries, states and cities.
    #[sea_orm(column_type = "Json")]
    pub territories: Texts,
    /// How many leads the user gets compared with others.
    pub weight: i32,
    /// How many open leads at most; 0 for any number.
    pub capacity: i32,
    /// When the user works; empty means always.
    #[sea_orm(column_type = "Json")]
    pub working_hours: WorkingWeek,
    /// The time zone; empty means the organization's.
    pub time_zone: String,
    /// When the user is away.
    #[sea_orm(column_type = "Json")]
    pub absences: Absences,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.representative";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["representatives_user", "representatives.organization_id"],
        reason: "REPRESENTATIVE_EXISTS",
        message: "change the representative that the user is already",
    }];
}
