//! Whose turn it is under each assignment rule: follows from the decisions, and goes with its rule.

use std::collections::BTreeMap;

use crm_kit::{Result, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromJsonQueryResult, Set};
use serde::{Deserialize, Serialize};

use crate::domain::turn::{Turn, Turns};

/// How the users under a rule have fared so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Fares(pub BTreeMap<Uuid, Turn>);

/// Whose turn it is under a rule.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rotations")]
pub struct Model {
    /// The rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rule_id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The users.
    #[sea_orm(column_type = "Json")]
    pub turns: Fares,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How the users under a rule have fared so far. The rule must be locked until they are kept.
#[expect(clippy::disallowed_methods, reason = "turns are derived from the decisions, which are logged")]
pub async fn turns(tx: &Tx, rule: Uuid) -> Result<Turns> {
    let row = Entity::find_by_id(rule).one(tx.connection()).await?;
    Ok(row.map(|row| row.turns.0).unwrap_or_default())
}

/// Keeps how the users under a rule have fared.
#[expect(clippy::disallowed_methods, reason = "turns are derived from the decisions, which are logged")]
pub async fn keep(tx: &Tx, organization: Uuid, rule: Uuid, turns: Turns) -> Result<()> {
    let row =
        ActiveModel { rule_id: Set(rule), organization_id: Set(organization), turns: Set(Fares(turns)) };
    let conflict = OnConflict::column(Column::RuleId).update_column(Column::Turns).to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}
