//! Pipelines.

use crm_kit::error::{Error, Result};
use crm_kit::record::Record;
use crm_kit::store;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::Stages;

/// A way of selling.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "pipelines")]
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
    /// The place among the pipelines.
    pub position: i32,
    /// True if it takes no more opportunities.
    pub archived: bool,
    /// The stages in their order.
    #[sea_orm(column_type = "Json")]
    pub stages: Stages,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.pipeline";
    const SORTED: &'static [&'static str] = &["position", "name"];
}

/// The pipeline that opportunities go into unless another one is given.
pub async fn default(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Model> {
    let pipelines = store::tenant::<Entity>(organization).filter(Column::Archived.eq(false));
    let first = pipelines.order_by_asc(Column::Position).order_by_asc(Column::Id).one(connection).await?;
    first.ok_or_else(|| Error::precondition("NO_PIPELINE", "create a pipeline first"))
}
