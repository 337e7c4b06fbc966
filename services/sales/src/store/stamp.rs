//! How often the totals of an owner have changed: what was computed from them is good as long as it stays.

use crm_kit::record::Record;
use crm_kit::{Result, Tx};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use serde::Serialize;

/// How often.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "stamps")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// The owner.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// The number.
    pub changes: i64,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
}

/// Says that the totals of some owners, each with a department, have changed.
#[expect(clippy::disallowed_methods, reason = "stamps are derived from the opportunities, which are logged")]
pub(super) async fn advance(
    tx: &Tx,
    organization: Uuid,
    owners: impl Iterator<Item = (Uuid, Option<Uuid>)>,
) -> Result<()> {
    let rows = owners.map(|(owner, department)| ActiveModel {
        organization_id: Set(organization),
        owner_id: Set(owner),
        department_id: Set(department),
        changes: Set(1),
    });
    let next = Expr::col((Entity, Column::Changes)).add(1);
    let mut conflict = OnConflict::columns([Column::OrganizationId, Column::OwnerId]);
    conflict.value(Column::Changes, next);
    Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}
