//! Visits of stages.

use sea_orm::entity::prelude::*;

/// Time that an opportunity has spent in a stage.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
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
