//! The only way to query a record: tenant, deletion and scope are always in the question.

mod columns;
mod list;
mod narrow;
mod order;

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, QueryFilter, Select};
use uuid::Uuid;

use crate::access::{Access, Scope};
use crate::error::{Error, Result};
use crate::record::{self, Record, column, required};

pub use list::{Count, Fitting, MOST_COUNTED, count, fitting, list, matching, page};

/// The records that the caller reaches and that are not deleted.
pub fn select<E: Record>(access: &Access) -> Result<Select<E>> {
    Ok(reached::<E>(access)?.filter(not_deleted::<E>()))
}

/// The records that the caller reaches, deleted ones too.
pub fn reached<E: Record>(access: &Access) -> Result<Select<E>> {
    let scope = access.reach(E::RESOURCE)?;
    let within = within::<E>(access, scope).map(one_of);
    Ok(within.into_iter().fold(tenant::<E>(access.organization()), Select::filter))
}

/// The records of an organization whoever asks: for what a service itself must know, never for what a caller asks.
pub fn tenant<E: Record>(organization: Uuid) -> Select<E> {
    everywhere::<E>().filter(required::<E>("organization_id").eq(organization))
}

/// The records of every organization: for jobs, and for finding out whose token or address it is.
pub fn everywhere<E: Record>() -> Select<E> {
    columns::all::<E>()
}

/// That a record has one of some ids: for Postgres one parameter, so that it is the same statement however many they are.
pub fn has_id<E: Record>(backend: DbBackend, ids: impl IntoIterator<Item = Uuid>) -> SimpleExpr {
    let id = required::<E>("id");
    match backend {
        DbBackend::Postgres => id.eq_any(ids.into_iter().collect::<Vec<_>>()),
        _ => id.is_in(ids),
    }
}

/// That a record is not deleted.
pub fn not_deleted<E: Record>() -> Condition {
    Condition::all().add_option(column::<E>("delete_time").map(|column| column.is_null()))
}

/// The alternatives of which a record fits one if it is in a scope; `None` if all are.
fn within<E: Record>(access: &Access, scope: Scope) -> Option<Vec<SimpleExpr>> {
    let caller = access.caller();
    let mine = E::owner().map(|owner| owner.eq(access.user()));
    let department = |department: E::Column| match scope {
        Scope::Department => caller.department_id.map(|id| department.eq(id)),
        Scope::Subtree => Some(department.is_in(caller.department_ids.iter().copied())),
        _ => None,
    };
    match scope {
        Scope::All => None,
        Scope::Unspecified => Some(Vec::new()),
        // Records without owner are the organization's: reference data.
        _ if E::owner().is_none() && E::department().is_none() => None,
        _ => Some(E::department().and_then(department).into_iter().chain(mine).collect()),
    }
}

/// That a record fits one of some alternatives.
fn one_of(alternatives: Vec<SimpleExpr>) -> Condition {
    let nothing = alternatives.is_empty().then(|| Expr::cust("1 = 0"));
    alternatives.into_iter().chain(nothing).fold(Condition::any(), Condition::add)
}

/// The record of an id, if the caller reaches it.
pub async fn get<E: Record>(
    connection: &impl ConnectionTrait,
    access: &Access,
    id: &str,
) -> Result<E::Model> {
    by_id::<E>(connection, select::<E>(access)?, crate::id::parse(id)?).await
}

/// The record of an id, if the caller reaches it, even if it is deleted.
pub async fn get_deleted<E: Record>(
    connection: &impl ConnectionTrait,
    access: &Access,
    id: &str,
) -> Result<E::Model> {
    by_id::<E>(connection, reached::<E>(access)?, crate::id::parse(id)?).await
}

/// The record of an id among those of a query.
pub async fn by_id<E: Record>(
    connection: &impl ConnectionTrait,
    query: Select<E>,
    id: Uuid,
) -> Result<E::Model> {
    query.filter(required::<E>("id").eq(id)).one(connection).await?.ok_or(Error::NotFound)
}

/// The records of some ids in their order, all of which the caller must reach; one query.
pub async fn batch_get<E: Record>(
    connection: &impl ConnectionTrait,
    access: &Access,
    ids: &[String],
) -> Result<Vec<E::Model>> {
    if ids.len() as u64 > crate::page::LARGEST_SIZE {
        return Err(Error::invalid(
            "ids",
            "TOO_MANY",
            format!("give {} ids at most", crate::page::LARGEST_SIZE),
        ));
    }
    let ids = ids.iter().map(|id| crate::id::parse(id)).collect::<Result<Vec<_>>>()?;
    let among = has_id::<E>(connection.get_database_backend(), ids.iter().copied());
    let found = select::<E>(access)?.filter(among).all(connection).await?;
    let found: HashMap<Uuid, E::Model> =
        found.into_iter().map(|model| (record::id_in::<E>(&model, "id"), model)).collect();
    ids.iter().map(|id| found.get(id).cloned().ok_or(Error::NotFound)).collect()
}

/// True if the organization has the record, deleted ones aside: for references within a service.
pub async fn exists<E: Record>(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    id: Uuid,
) -> Result<bool> {
    match by_id::<E>(connection, tenant::<E>(organization).filter(not_deleted::<E>()), id).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
