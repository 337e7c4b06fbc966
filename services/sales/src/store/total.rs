//! What opportunities of one owner, and of all owners, amount to, kept in step with every change.

use std::collections::{BTreeSet, HashMap};

use crm_kit::directory::user;
use crm_kit::record::Record;
use crm_kit::{Result, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect, Set};
use serde::Serialize;

use super::stamp;
use crate::domain::contributions::{self, Contributions};

/// How many totals one statement adds to: SQLite takes 32,766 parameters in one.
const MOST_ROWS: usize = 2_000;

/// How many opportunities have something in common, and what they amount to.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "totals")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// What the totals tell apart, as a `Dimension` names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: String,
    /// The name of an `OpportunityStatus`, if it matters.
    #[sea_orm(primary_key, auto_increment = false)]
    pub status: String,
    /// The month that counts, YYYY-MM.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    /// The pipeline.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pipeline_id: Uuid,
    /// The value in the dimension.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    /// The currency of the amounts, if there are any.
    #[sea_orm(primary_key, auto_increment = false)]
    pub currency: String,
    /// The owner; nobody's id in totals of all owners together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// How many.
    pub count: i64,
    /// The amount.
    pub amount_minor: i64,
    /// The amount times the probability.
    pub weighted_amount_minor: i64,
    /// The time that they took.
    pub seconds: i64,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.opportunity";
}

/// The departments of owners, held until the transaction ends, so that a move of an owner to another department comes
/// before or after the change as a whole. Hold them before anything else is locked: the move locks in the same order.
pub struct Owners(HashMap<Uuid, Option<Uuid>>);

/// Holds the departments of the owners of an opportunity.
#[expect(clippy::disallowed_methods, reason = "the directory is a copy, not a record")]
pub async fn hold(tx: &Tx, owners: impl IntoIterator<Item = Uuid>) -> Result<Owners> {
    let users = user::Entity::find().filter(user::Column::Id.is_in(owners)).order_by_asc(user::Column::Id);
    // SQLite has one writer and ignores the lock.
    let users = users.lock_shared().all(tx.connection()).await?;
    Ok(Owners(users.into_iter().map(|user| (user.id, user.department_id)).collect()))
}

/// Adds to the totals of an organization; what is not in the directory yet has the department of its owner's record.
#[expect(clippy::disallowed_methods, reason = "totals are derived from the opportunities, which are logged")]
pub async fn add(
    tx: &Tx,
    organization: Uuid,
    owners: &Owners,
    recorded: Option<Uuid>,
    contributions: &Contributions,
) -> Result<()> {
    if contributions.is_empty() {
        return Ok(());
    }
    let department = |owner: Uuid| owners.0.get(&owner).copied().unwrap_or(recorded);
    let of_all = contributions::of_all(contributions);
    let single = contributions.iter();
    let single = single
        .map(|(key, measure)| (key.dimension.as_str().to_owned(), department(key.owner_id), key, measure));
    let together = of_all.iter().map(|(key, measure)| (key.dimension.of_all(), None, key, measure));
    // Those of all come last in every transaction, so that none waits for another one that waits for it.
    let rows = single.chain(together).map(|(dimension, department_id, key, measure)| ActiveModel {
        organization_id: Set(organization),
        dimension: Set(dimension),
        status: Set(key.status.clone()),
        month: Set(key.month.clone()),
        pipeline_id: Set(key.pipeline_id),
        value: Set(key.value.clone()),
        currency: Set(key.currency.clone()),
        owner_id: Set(key.owner_id),
        department_id: Set(department_id),
        count: Set(measure.count),
        amount_minor: Set(measure.amount_minor),
        weighted_amount_minor: Set(measure.weighted_amount_minor),
        seconds: Set(measure.seconds),
    });
    let sum = |column: Column| {
        let added = Expr::col((Alias::new("excluded"), column));
        (column, Expr::col((Entity, column)).add(added))
    };
    let sums = [Column::Count, Column::AmountMinor, Column::WeightedAmountMinor, Column::Seconds].map(sum);
    let key = [
        Column::OrganizationId,
        Column::Dimension,
        Column::Status,
        Column::Month,
        Column::PipelineId,
        Column::Value,
        Column::Currency,
        Column::OwnerId,
    ];
    let conflict = OnConflict::columns(key).values(sums).to_owned();
    for rows in rows.collect::<Vec<_>>().chunks(MOST_ROWS) {
        let insert = Entity::insert_many(rows.iter().cloned()).on_conflict(conflict.clone());
        insert.exec_without_returning(tx.connection()).await?;
    }
    let changed: BTreeSet<Uuid> = contributions.keys().map(|key| key.owner_id).collect();
    stamp::advance(tx, organization, changed.into_iter().map(|owner| (owner, department(owner)))).await
}

/// The sum of a column, as an integer: Postgres sums them as decimals.
pub fn sum(column: Column) -> SimpleExpr {
    Expr::col((Entity, column)).sum().cast_as(Alias::new("bigint"))
}
