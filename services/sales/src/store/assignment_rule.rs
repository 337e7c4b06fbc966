//! Assignment rules.

use crm_kit::record::Record;
use crm_kit::{Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::Serialize;

use super::values::Texts;

/// Who gets the leads that fit some conditions.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "assignment_rules")]
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
    /// The place among the rules.
    pub position: i32,
    /// True if it is left out.
    pub disabled: bool,
    /// Conditions on the lead.
    #[sea_orm(column_type = "Json")]
    pub conditions: Texts,
    /// The name of an `AssignmentMethod`.
    pub method: String,
    /// The users; none means every representative.
    #[sea_orm(column_type = "Json")]
    pub user_ids: Texts,
    /// The skill that is needed.
    pub skill: String,
    /// True to pass over whoever is outside the working hours.
    pub within_working_hours: bool,
    /// The department in whose queue leads wait.
    pub queue_department_id: Option<Uuid>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.assignment_rule";
    const SORTED: &'static [&'static str] = &["position", "name"];
}

/// How many rules an organization has at most: every assignment looks at all of them.
pub const MOST: u64 = 200;

/// The rules that are in force, in their order, locked until the transaction ends: who gets a lead depends on who got
/// those before, so the decisions of an organization are made one after the other.
pub async fn locked(tx: &Tx, organization: Uuid) -> Result<Vec<Model>> {
    let rules = store::tenant::<Entity>(organization).filter(Column::Disabled.eq(false));
    // Locked by their ids, in which order no two decisions wait for each other. SQLite has one writer and ignores it.
    let rules = rules.order_by_asc(Column::Id).lock_exclusive();
    let mut rules = rules.all(tx.connection()).await?;
    rules.sort_by_key(|rule| (rule.position, rule.id));
    Ok(rules)
}
