//! Lists: pages by keyset, in an order that an index serves, and counts.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, Iterable, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::access::Access;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::filter::{self, Conditions};
use crate::page::{ListQuery, Page, Position};
use crate::record::{self, Record, column, required};
use crate::search::{self, Question};
use crate::store;

/// How many records a search looks at in the order of the list before it asks the search index for those that fit.
const WALK: u64 = 1_000;

/// How many records the search index is asked for. Words that have more are met soon enough in the order of the list.
const MOST_FOUND: u64 = 5_000;

/// How many records are counted before it is enough to know that there are more.
pub const MOST_COUNTED: u64 = 10_000;

/// A page of the records that the caller reaches.
pub async fn list<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Page<E::Model>> {
    let (query, words) = narrowed::<E>(db, access, list).await?;
    match words {
        None => page::<E>(db.connection(), access, list, query).await,
        // SQLite always asks its search index first, and finds the few or many rows by their numbers.
        Some(words) if db.backend() == DbBackend::Sqlite => {
            page::<E>(db.connection(), access, list, query.filter(words.index)).await
        }
        Some(words) => searched_page::<E>(db, access, list, query, words).await,
    }
}

/// How many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number, at most [`MOST_COUNTED`].
    pub count: i64,
    /// Whether there are more.
    pub truncated: bool,
}

/// How many records the caller reaches that fit the filter and the query; counting ends at [`MOST_COUNTED`].
pub async fn count<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Count> {
    let query = matching::<E>(db, access, list).await?.select_only().expr(Expr::value(1));
    let counted = query.limit(MOST_COUNTED + 1).count(db.connection()).await?;
    let truncated = counted > MOST_COUNTED;
    let count = if truncated { MOST_COUNTED } else { counted };
    Ok(Count { count: i64::try_from(count).map_err(Error::internal)?, truncated })
}

/// What the caller reaches that fits the filter and the query, for questions that are neither list nor count.
pub async fn matching<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Select<E>> {
    let (query, words) = narrowed::<E>(db, access, list).await?;
    Ok(words.into_iter().fold(query, |query, words| query.filter(words.index)))
}

/// What the caller reaches of what the list asks for, and what the search index is asked.
async fn narrowed<E: Record>(
    db: &Db,
    access: &Access,
    list: &ListQuery,
) -> Result<(Select<E>, Option<Question>)> {
    let query = match (list.show_deleted, column::<E>("delete_time")) {
        (true, Some(deleted)) => store::reached::<E>(access)?.filter(deleted.is_not_null()),
        _ => store::select::<E>(access)?,
    };
    let Conditions { columns, mut words } = filter::conditions::<E>(db, access, &list.filter).await?;
    words.extend(search::matches::<E>(db.backend(), access, E::SEARCHED, &list.query));
    Ok((query.filter(columns), Question::all(words)))
}

/// A page of a search on Postgres, which cannot tell rare words from common ones when it is asked for their beginnings:
/// for a rare one it would walk the whole list in its order. So a stretch of the list is walked, which is enough for
/// common words; rarer ones are few, so the index is asked for all that fit.
async fn searched_page<E: Record>(
    db: &Db,
    access: &Access,
    list: &ListQuery,
    query: Select<E>,
    words: Question,
) -> Result<Page<E::Model>> {
    let connection = db.connection();
    let ordered = Ordered::<E>::new(access, list)?;
    let walked = ordered.walk(connection, query.clone(), words.text.clone()).await?;
    if walked.len() as u64 > ordered.size {
        return ordered.page(access, list, walked);
    }
    let organization = required::<E>("organization_id").eq(access.organization());
    let found: Vec<Uuid> = store::everywhere::<E>()
        .filter(organization)
        .filter(words.index.clone())
        .select_only()
        .column(required::<E>("id"))
        .limit(MOST_FOUND + 1)
        .into_tuple()
        .all(connection)
        .await?;
    let query = match found.len() as u64 > MOST_FOUND {
        true => query.filter(words.text),
        false => query.filter(required::<E>("id").eq_any(found)),
    };
    ordered.fetch(connection, access, list, query).await
}

/// A page of a query in the order that the list asks for.
pub async fn page<E: Record>(
    connection: &impl ConnectionTrait,
    access: &Access,
    list: &ListQuery,
    query: Select<E>,
) -> Result<Page<E::Model>> {
    Ordered::<E>::new(access, list)?.fetch(connection, access, list, query).await
}

/// The order of a list and where in it a page begins.
struct Ordered<E: Record> {
    /// The column; none means the id, which grows with time.
    column: Option<E::Column>,
    direction: Order,
    after: Option<Condition>,
    size: u64,
}

impl<E: Record> Ordered<E> {
    fn new(access: &Access, list: &ListQuery) -> Result<Self> {
        let (column, direction) = order::<E>(access, &list.order_by)?;
        let id = required::<E>("id");
        let after = match list.position(access)? {
            None => None,
            Some(position) => {
                let ascending = direction == Order::Asc;
                Some(Condition::all().add(match column {
                    Some(column) => {
                        let here = Expr::tuple([qualified::<E>(column), qualified::<E>(id)]);
                        let value = Expr::value(from_json::<E>(column, &position)?);
                        let there = Expr::tuple([value, Expr::value(position.id)]);
                        if ascending { here.gt(there) } else { here.lt(there) }
                    }
                    None if ascending => id.gt(position.id),
                    None => id.lt(position.id),
                }))
            }
        };
        Ok(Self { column, direction, after, size: list.size()? })
    }

    /// The records of a query after the position, in the order; ids break ties.
    fn apply(&self, query: Select<E>) -> Select<E> {
        let query = self.after.iter().cloned().fold(query, Select::filter);
        let columns = self.column.into_iter().chain([required::<E>("id")]);
        columns.fold(query, |query, column| query.order_by(column, self.direction.clone()))
    }

    async fn fetch(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        query: Select<E>,
    ) -> Result<Page<E::Model>> {
        let items = self.apply(query).limit(self.size + 1).all(connection).await?;
        self.page(access, list, items)
    }

    /// The records with the words among the first stretch of a query.
    async fn walk(
        &self,
        connection: &impl ConnectionTrait,
        query: Select<E>,
        words: Condition,
    ) -> Result<Vec<E::Model>> {
        let table = Alias::new(E::default().unquoted());
        let mut found = Query::select();
        found
            .columns(E::Column::iter().map(|column| column.as_column_ref()))
            .from_subquery(self.apply(query).limit(WALK).into_query(), table)
            .cond_where(words)
            .limit(self.size + 1);
        for column in self.column.into_iter().chain([required::<E>("id")]) {
            found.order_by(column.as_column_ref(), self.direction.clone());
        }
        let statement = connection.get_database_backend().build(&found);
        Ok(store::everywhere::<E>().from_raw_sql(statement).all(connection).await?)
    }

    /// The page of one record more than it holds, if there are more.
    fn page(&self, access: &Access, list: &ListQuery, mut items: Vec<E::Model>) -> Result<Page<E::Model>> {
        let more = items.len() as u64 > self.size;
        items.truncate(usize::try_from(self.size).unwrap_or(usize::MAX));
        let next_page_token = match items.last().filter(|_| more) {
            Some(last) => list.token(access, position_of::<E>(last, self.column)?)?,
            None => String::new(),
        };
        Ok(Page { items, next_page_token })
    }
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
