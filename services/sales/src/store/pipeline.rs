//! Pipelines.

use crm_kit::error::{Error, Result};
use crm_kit::record::Record;
use crm_kit::{Access, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::Serialize;

use super::values::Stages;
use super::{opportunity, organization, stage_visit};
use crate::domain::pipeline::stage;

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

/// A pipeline of the caller's organization whose stages stay as they are until the transaction ends: for whoever puts an
/// opportunity into one of them.
pub async fn hold(tx: &Tx, id: Uuid) -> Result<Model> {
    // SQLite has one writer and ignores the lock.
    let query = store::tenant::<Entity>(tx.access().organization()).lock_shared();
    store::by_id::<Entity>(tx.connection(), query, id).await
}

/// Holds the pipeline of an opportunity that comes into one of its stages; fails unless the stage takes it.
pub async fn hold_stage(tx: &Tx, opportunity: &opportunity::Model) -> Result<()> {
    let pipeline = hold(tx, opportunity.pipeline_id).await?;
    match stage(&pipeline.stages.0, opportunity.stage_id) {
        Some(stage) if stage.is_open() && !stage.archived && !pipeline.archived => Ok(()),
        _ => {
            Err(Error::invalid("opportunity.stage_id", "STAGE_UNKNOWN", "give an open stage of the pipeline"))
        }
    }
}

/// A pipeline to be changed: no opportunity comes into one of its stages, and no other pipeline of the organization
/// changes, before the transaction ends.
pub async fn seize(tx: &Tx, access: &Access, id: &str) -> Result<Model> {
    organization::seize(tx, access.organization()).await?;
    let query = store::select::<Entity>(access)?.lock_exclusive();
    store::by_id::<Entity>(tx.connection(), query, crm_kit::id::parse(id)?).await
}

/// True if another pipeline than this one takes opportunities.
pub async fn has_other(connection: &impl ConnectionTrait, pipeline: &Model) -> Result<bool> {
    let others = store::tenant::<Entity>(pipeline.organization_id).filter(Column::Id.ne(pipeline.id));
    Ok(others.filter(Column::Archived.eq(false)).one(connection).await?.is_some())
}

/// True if an opportunity is or was in one of some stages of a pipeline; deleted ones count, they may come back.
#[expect(clippy::disallowed_methods, reason = "visits are no records")]
pub async fn are_used(connection: &impl ConnectionTrait, pipeline: &Model, stages: &[Uuid]) -> Result<bool> {
    if stages.is_empty() {
        return Ok(false);
    }
    let opportunities = store::tenant::<opportunity::Entity>(pipeline.organization_id);
    let inside = opportunities.filter(opportunity::Column::StageId.is_in(stages.iter().copied()));
    let visits = stage_visit::Entity::find()
        .filter(stage_visit::Column::OrganizationId.eq(pipeline.organization_id))
        .filter(stage_visit::Column::StageId.is_in(stages.iter().copied()));
    Ok(any(connection, inside).await? || any(connection, visits).await?)
}

async fn any<E: EntityTrait>(connection: &impl ConnectionTrait, query: Select<E>) -> Result<bool> {
    let found = query.select_only().expr(Expr::value(1)).limit(1).into_tuple::<i32>().one(connection).await?;
    Ok(found.is_some())
}

/// A pipeline in which nothing else moves until the transaction ends.
pub async fn hold_alone(tx: &Tx, id: Uuid) -> Result<Model> {
    let query = store::tenant::<Entity>(tx.access().organization()).lock_exclusive();
    store::by_id::<Entity>(tx.connection(), query, id).await
}

/// The pipeline that has a stage; an organization has few pipelines.
pub async fn of_stage(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    stage: Uuid,
) -> Result<Option<Model>> {
    let pipelines = store::tenant::<Entity>(organization).all(connection).await?;
    Ok(pipelines.into_iter().find(|pipeline| pipeline.stages.0.iter().any(|one| one.id == stage)))
}
