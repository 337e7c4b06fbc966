//! Win models.

use crm_kit::record::{Record, Unique};
use crm_kit::{Result, store};
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::win_model::Weights;

/// What was learned from an organization's closed opportunities.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "win_models")]
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
    /// How many closed opportunities it was learned from.
    pub examples: i32,
    /// How many of them were won.
    pub won: i32,
    /// How well it orders opportunities that it has not seen.
    pub auc: f64,
    /// How well the stages' probabilities order them.
    pub stage_auc: f64,
    /// What was learned; empty if there were not enough examples. It is derived anew each day, so the log does without.
    #[sea_orm(column_type = "Json")]
    #[serde(skip_serializing)]
    pub weights: Weights,
    /// When it was trained.
    pub train_time: Option<ChronoDateTimeUtc>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.win_model";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["win_models_organization", "win_models.organization_id"],
        reason: "WIN_MODEL_EXISTS",
        message: "read the model again",
    }];
}

/// The model of an organization, if it was ever trained.
pub async fn get(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Option<Model>> {
    Ok(store::tenant::<Entity>(organization).one(connection).await?)
}
