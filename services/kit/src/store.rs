//! The only way to query a record: tenant, deletion and scope are always in the question.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use crate::access::{Access, Scope};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::filter;
use crate::page::{ListQuery, Page, Position};
use crate::record::{self, Record, column, required};
use crate::search;

/// The records that the caller reaches and that are not deleted.
pub fn select<E: Record>(access: &Access) -> Result<Select<E>> {
    Ok(reached::<E>(access)?.filter(not_deleted::<E>()))
}

/// The records that the caller reaches, deleted ones too.
pub fn reached<E: Record>(access: &Access) -> Result<Select<E>> {
    let scope = access.reach(E::RESOURCE)?;
    Ok(tenant::<E>(access.organization()).filter(in_scope::<E>(access, scope)))
}

/// The records of an organization whoever asks: for what a service itself must know, never for what a caller asks.
pub fn tenant<E: Record>(organization: Uuid) -> Select<E> {
    everywhere::<E>().filter(required::<E>("organization_id").eq(organization))
}

/// The records of every organization: for jobs, and for finding out whose token or address it is.
#[expect(clippy::disallowed_methods, reason = "the one place where queries begin")]
pub fn everywhere<E: Record>() -> Select<E> {
    E::find()
}

/// That a record is not deleted.
pub fn not_deleted<E: Record>() -> Condition {
    Condition::all().add_option(column::<E>("delete_time").map(|column| column.is_null()))
}

fn in_scope<E: Record>(access: &Access, scope: Scope) -> Condition {
    let caller = access.caller();
    let mine = || E::owner().map(|owner| owner.eq(access.user()));
    let condition = match (scope, E::department()) {
        (Scope::All, _) => return Condition::all(),
        (Scope::Department, Some(department)) => {
            let own = caller.department_id.map(|id| department.eq(id));
            Condition::any().add_option(own).add_option(mine())
        }
        (Scope::Subtree, Some(department)) => {
            let subtree = department.is_in(caller.department_ids.iter().copied());
            Condition::any().add(subtree).add_option(mine())
        }
        (Scope::Unspecified, _) => return Condition::all().add(Expr::cust("1 = 0")),
        // Records without owner are the organization's: reference data.
        _ => Condition::any().add_option(mine()),
    };
    if E::owner().is_none() && E::department().is_none() { Condition::all() } else { condition }
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
    let found =
        select::<E>(access)?.filter(required::<E>("id").is_in(ids.iter().copied())).all(connection).await?;
    let found: HashMap<Uuid, E::Model> =
        found.into_iter().map(|model| (record::id_in::<E>(&model, "id"), model)).collect();
    ids.iter().map(|id| found.get(id).cloned().ok_or(Error::NotFound)).collect()
}

/// A page of the records that the caller reaches.
pub async fn list<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Page<E::Model>> {
    page::<E>(db.connection(), access, list, narrowed::<E>(db, access, list).await?).await
}

/// How many records the caller reaches that fit the filter and the query.
pub async fn count<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<i64> {
    let count = narrowed::<E>(db, access, list).await?.count(db.connection()).await?;
    i64::try_from(count).map_err(Error::internal)
}

async fn narrowed<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Select<E>> {
    let query = match (list.show_deleted, column::<E>("delete_time")) {
        (true, Some(deleted)) => reached::<E>(access)?.filter(deleted.is_not_null()),
        _ => select::<E>(access)?,
    };
    let query = query.filter(filter::condition::<E>(db, access, &list.filter).await?);
    Ok(match search::matches::<E>(db.backend(), access, E::SEARCHED, &list.query) {
        Some(found) => query.filter(found),
        None => query,
    })
}

/// A page of a query in the order that the list asks for.
pub async fn page<E: Record>(
    connection: &impl ConnectionTrait,
    access: &Access,
    list: &ListQuery,
    query: Select<E>,
) -> Result<Page<E::Model>> {
    let (size, order) = (list.size()?, order::<E>(access, &list.order_by)?);
    let id = required::<E>("id");
    // Ids grow with time, so newest first is the order of the ids.
    let (sorted, direction) = order;
    let mut query = match sorted {
        Some(sorted) => query.order_by(sorted, direction.clone()).order_by(id, direction.clone()),
        None => query.order_by(id, direction.clone()),
    };
    if let Some(position) = list.position(access)? {
        let after = match sorted {
            Some(sorted) => {
                let here = Expr::tuple([qualified::<E>(sorted), qualified::<E>(id)]);
                let there =
                    Expr::tuple([Expr::value(from_json::<E>(sorted, &position)?), Expr::value(position.id)]);
                if direction == Order::Asc { here.gt(there) } else { here.lt(there) }
            }
            None if direction == Order::Asc => id.gt(position.id),
            None => id.lt(position.id),
        };
        query = query.filter(after);
    }
    let mut items = query.limit(size + 1).all(connection).await?;
    let more = items.len() as u64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next_page_token = match items.last().filter(|_| more) {
        Some(last) => list.token(access, position_of::<E>(last, sorted)?)?,
        None => String::new(),
    };
    Ok(Page { items, next_page_token })
}

fn qualified<E: Record>(column: E::Column) -> Expr {
    Expr::col(column.as_column_ref())
}

/// The column and direction of an order; no column means by id.
fn order<E: Record>(access: &Access, order_by: &str) -> Result<(Option<E::Column>, Order)> {
    if order_by.trim().is_empty() {
        return Ok((None, Order::Desc));
    }
    let (field, direction) = match order_by.trim().split_once(' ') {
        None => (order_by.trim(), Order::Asc),
        Some((field, direction)) if direction.trim().eq_ignore_ascii_case("desc") => (field, Order::Desc),
        Some((field, direction)) if direction.trim().eq_ignore_ascii_case("asc") => (field, Order::Asc),
        Some(_) => {
            return Err(Error::invalid(
                "order_by",
                "ORDER_MALFORMED",
                "give one field, with desc for descending",
            ));
        }
    };
    if field == "create_time" {
        return Ok((None, direction));
    }
    let known = E::SORTED.contains(&field) && !access.hides(E::RESOURCE, field);
    match column::<E>(field).filter(|_| known) {
        Some(column) => Ok((Some(column), direction)),
        None => {
            let fields: Vec<_> = std::iter::once("create_time").chain(E::SORTED.iter().copied()).collect();
            Err(Error::invalid("order_by", "FIELD_UNKNOWN", format!("order by one of {}", fields.join(", "))))
        }
    }
}

fn position_of<E: Record>(model: &E::Model, sorted: Option<E::Column>) -> Result<Position> {
    use sea_orm::ModelTrait;
    use sea_orm::Value;
    let value = match sorted.map(|column| model.get(column)) {
        None => serde_json::Value::Null,
        Some(Value::ChronoDateTimeUtc(Some(time))) => time.to_rfc3339().into(),
        Some(Value::String(Some(text))) => text.into(),
        Some(Value::BigInt(Some(number))) => number.into(),
        Some(Value::Int(Some(number))) => number.into(),
        Some(Value::Bool(Some(flag))) => flag.into(),
        Some(other) => {
            return Err(Error::internal(format!("{} cannot be ordered by {other:?}", E::RESOURCE)));
        }
    };
    Ok(Position { value, id: record::id_in::<E>(model, "id") })
}

/// A value of a position as its column keeps it.
fn from_json<E: Record>(column: E::Column, position: &Position) -> Result<sea_orm::Value> {
    use sea_orm::{ColumnType, Value};
    let malformed = || Error::invalid("page_token", "PAGE_TOKEN_INVALID", "begin again without page token");
    let json = &position.value;
    Ok(match column.def().get_column_type() {
        ColumnType::BigInteger => Value::from(json.as_i64().ok_or_else(malformed)?),
        ColumnType::Integer => {
            Value::from(json.as_i64().and_then(|number| i32::try_from(number).ok()).ok_or_else(malformed)?)
        }
        ColumnType::Boolean => Value::from(json.as_bool().ok_or_else(malformed)?),
        ColumnType::Timestamp | ColumnType::TimestampWithTimeZone | ColumnType::DateTime => {
            let time = json.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok());
            Value::from(time.ok_or_else(malformed)?)
        }
        _ => Value::from(json.as_str().ok_or_else(malformed)?),
    })
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
