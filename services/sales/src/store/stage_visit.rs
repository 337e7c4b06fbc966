//! Visits of stages.

use chrono::{DateTime, Utc};
use crm_kit::record::Record;
use crm_kit::{Result, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryFilter, QueryOrder, Set};
use serde::Serialize;

use super::opportunity;

/// Time that an opportunity has spent in a stage.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "stage_visits")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The opportunity.
    pub opportunity_id: Uuid,
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// The stage.
    pub stage_id: Uuid,
    /// Who brought it there.
    pub user_id: Uuid,
    /// When it came.
    pub enter_time: ChronoDateTimeUtc,
    /// When it left.
    pub leave_time: Option<ChronoDateTimeUtc>,
    /// The month in which it left, YYYY-MM; empty while it is there.
    pub leave_month: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
}

/// Notes that an opportunity has come into its stage.
pub async fn enter(tx: &Tx, opportunity: &opportunity::Model) -> Result<()> {
    enter_all(tx, std::slice::from_ref(opportunity)).await
}

/// Notes that opportunities have come into their stages.
#[expect(clippy::disallowed_methods, reason = "visits are derived from the opportunity, which is logged")]
pub async fn enter_all(tx: &Tx, opportunities: &[opportunity::Model]) -> Result<()> {
    let visits = opportunities.iter().map(|opportunity| ActiveModel {
        id: Set(crm_kit::id::new()),
        organization_id: Set(opportunity.organization_id),
        opportunity_id: Set(opportunity.id),
        pipeline_id: Set(opportunity.pipeline_id),
        stage_id: Set(opportunity.stage_id),
        user_id: Set(tx.access().user()),
        enter_time: Set(opportunity.stage_enter_time),
        leave_time: Set(None),
        leave_month: Set(String::new()),
    });
    Entity::insert_many(visits).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Ends the visit in which an opportunity is; `None` if it is in none.
#[expect(clippy::disallowed_methods, reason = "visits are derived from the opportunity, which is logged")]
pub async fn leave(tx: &Tx, opportunity: Uuid, time: DateTime<Utc>, month: String) -> Result<Option<Model>> {
    let current = of(opportunity).filter(Column::LeaveTime.is_null());
    let Some(visit) = current.one(tx.connection()).await? else { return Ok(None) };
    let visit = Model { leave_time: Some(time.max(visit.enter_time)), leave_month: month, ..visit };
    let update = Entity::update_many()
        .col_expr(Column::LeaveTime, Expr::value(visit.leave_time))
        .col_expr(Column::LeaveMonth, Expr::value(visit.leave_month.clone()));
    update.filter(Column::Id.eq(visit.id)).exec(tx.connection()).await?;
    Ok(Some(visit))
}

/// The visits of an opportunity that have ended.
pub async fn ended(connection: &impl ConnectionTrait, opportunity: Uuid) -> Result<Vec<Model>> {
    Ok(of(opportunity).filter(Column::LeaveTime.is_not_null()).all(connection).await?)
}

/// The visits of an opportunity.
#[expect(clippy::disallowed_methods, reason = "visits are reached through their opportunity")]
pub fn of(opportunity: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::OpportunityId.eq(opportunity))
}

/// The stage that an opportunity was in before the present one.
pub async fn last_but(
    connection: &impl ConnectionTrait,
    current: &opportunity::Model,
) -> Result<Option<Uuid>> {
    let earlier = of(current.id).filter(Column::StageId.ne(current.stage_id));
    let last = earlier.order_by_desc(Column::EnterTime).order_by_desc(Column::Id).one(connection).await?;
    Ok(last.map(|visit| visit.stage_id))
}
