//! Decisions about leads.

use crm_kit::record::Record;
use crm_kit::store;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::Candidates;

/// One decision about a lead.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lead_assignments")]
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
    /// The lead.
    pub lead_id: Uuid,
    /// The name of an `AssignmentReason`.
    pub reason: String,
    /// The rule that decided.
    pub rule_id: Option<Uuid>,
    /// The rule's name then.
    pub rule_name: String,
    /// The name of an `AssignmentMethod`.
    pub method: String,
    /// Who got the lead.
    pub user_id: Option<Uuid>,
    /// The department of the queue.
    pub queue_department_id: Option<Uuid>,
    /// Who was looked at.
    #[sea_orm(column_type = "Json")]
    pub candidates: Candidates,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.lead_assignment";
}

/// The decisions about a lead, for whoever reaches the lead.
pub fn of(organization: Uuid, lead: Uuid) -> Select<Entity> {
    store::tenant::<Entity>(organization).filter(Column::LeadId.eq(lead))
}
