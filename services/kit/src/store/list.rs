//! Lists: pages by keyset, in an order that an index serves, and counts.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, IdenStatic, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::access::Access;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::page::{ListQuery, Page, Position};
use crate::record::{self, Record, column, required};
use crate::search::Question;
use crate::store;
use crate::store::narrow::Narrow;

/// How many records a narrow list looks at in its order before the indexes are asked for those that fit.
const NEAR: u64 = 1_000;

/// How many of them it looks at first if words are asked for: comparing texts takes long, and most words are rare.
const GLANCE: u64 = 100;

/// How many of those have words that are common. The search index would take long to find out that very many have them.
const COMMON: u64 = 2;

/// How many records an index is asked for. What more fit is met soon enough in the order of the list.
const MOST_FOUND: u64 = 5_000;

/// How many records one request looks at in the order of the list.
const FAR: u64 = 20_000;

/// How many records are counted before it is enough to know that there are more.
pub const MOST_COUNTED: u64 = 10_000;

/// A page of the records that the caller reaches. No request looks at more than some records: if few of those fit, the
/// page holds fewer than were asked for, perhaps none, and its token leads on.
///
/// A stretch of the list is walked in its order, which is enough for what is common. What is rare is few: the indexes are
/// asked for all of it. In between a longer stretch is walked.
pub async fn list<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Page<E::Model>> {
    let connection = db.connection();
    let mut ordered = Ordered::<E>::new(access, list)?;
    let narrow = Narrow::<E>::new(db, access, list, ordered.field()).await?;
    if !narrow.is_sifted() {
        return ordered.fetch(connection, access, list, narrow.sift(narrow.along())).await;
    }
    if ordered.is_walked {
        return Ok(ordered.stretch(connection, access, list, &narrow, FAR).await?.page);
    }
    let mut rare = None;
    if let Some(words) = narrow.words() {
        let glance = ordered.stretch(connection, access, list, &narrow, GLANCE).await?;
        if glance.is_full(ordered.size) {
            return Ok(glance.page);
        }
        let have = match narrow.asks_only_words() {
            true => glance.page.items.len() as u64,
            false => ordered.how_many_have(connection, &narrow, words).await?,
        };
        let is_rare = have < COMMON;
        rare = Some(words).filter(|_| is_rare);
    }
    if rare.is_none()
        && let Some(page) = ordered.near(connection, access, list, &narrow).await?
    {
        return Ok(page);
    }
    let mut fitting = match rare {
        Some(words) => having(connection, &narrow, words).await?,
        None => None,
    };
    if fitting.is_none() {
        fitting = few(connection, &narrow).await?;
    }
    if let Some(fitting) = fitting {
        return ordered.fetch(connection, access, list, fitting).await;
    }
    ordered.is_walked = true;
    Ok(ordered.stretch(connection, access, list, &narrow, FAR).await?.page)
}

/// All that fits, among the few that have the words, if the search index finds few.
async fn having<E: Record>(
    connection: &DatabaseConnection,
    narrow: &Narrow<E>,
    words: &Question,
) -> Result<Option<Select<E>>> {
    let table = E::default();
    let found = words.found(connection, table.unquoted(), narrow.organization(), MOST_FOUND).await?;
    Ok(found.map(|found| narrow.sift_found(narrow.among(found))))
}

/// All that fits, among the few that another index leads to, if one does.
async fn few<E: Record>(connection: &DatabaseConnection, narrow: &Narrow<E>) -> Result<Option<Select<E>>> {
    for alternatives in narrow.led() {
        if let Some(found) = found(connection, alternatives).await? {
            let found = store::has_id::<E>(connection.get_database_backend(), found);
            return Ok(Some(narrow.sift(narrow.among(Condition::all().add(found)))));
        }
    }
    Ok(None)
}

/// The ids of all that one of some queries leads to, unless they are many.
async fn found<E: Record>(
    connection: &impl ConnectionTrait,
    alternatives: Vec<Select<E>>,
) -> Result<Option<Vec<Uuid>>> {
    let mut all = Vec::new();
    for query in alternatives {
        let ids = query.select_only().column(required::<E>("id")).limit(MOST_FOUND + 1);
        all.extend(ids.into_tuple::<Uuid>().all(connection).await?);
        if all.len() as u64 > MOST_FOUND {
            return Ok(None);
        }
    }
    Ok(Some(all))
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
    let narrow = Narrow::<E>::new(db, access, list, None).await?;
    let mut fitting = if narrow.is_sifted() { few(db.connection(), &narrow).await? } else { None };
    if let (None, Some(words)) = (&fitting, narrow.words()) {
        fitting = having(db.connection(), &narrow, words).await?;
    }
    let query = fitting.unwrap_or_else(|| narrow.all()).select_only().expr(Expr::value(1));
    let counted = query.limit(MOST_COUNTED + 1).count(db.connection()).await?;
    let truncated = counted > MOST_COUNTED;
    let count = if truncated { MOST_COUNTED } else { counted };
    Ok(Count { count: i64::try_from(count).map_err(Error::internal)?, truncated })
}

/// What the caller reaches that fits the filter and the query, for questions that are neither list nor count.
pub async fn matching<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Select<E>> {
    Ok(Narrow::<E>::new(db, access, list, None).await?.all())
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
    /// Whether it is known that no index leads to few records.
    is_walked: bool,
}

impl<E: Record> Ordered<E> {
    fn new(access: &Access, list: &ListQuery) -> Result<Self> {
        let (column, direction) = order::<E>(access, &list.order_by)?;
        let mut ordered = Self { column, direction, after: None, size: list.size()?, is_walked: false };
        if let Some(position) = list.position(access)? {
            ordered.after = Some(Condition::all().add(ordered.compared(&position, false)?));
            ordered.is_walked = position.is_walked;
        }
        Ok(ordered)
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

    /// The field, if it is not the id.
    fn field(&self) -> Option<&'static str> {
        self.column.map(|column| column.as_str())
    }

    /// A page of what fits among the next few records in the order, if they are enough.
    async fn near(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        narrow: &Narrow<E>,
    ) -> Result<Option<Page<E::Model>>> {
        let near = self.stretch(connection, access, list, narrow, NEAR).await?;
        if near.is_full(self.size) {
            return Ok(Some(near.page));
        }
        // If as many fit further on, twice the stretch that a page takes holds one.
        let fitting = near.page.items.len() as u64;
        let Some(length) = (2 * NEAR * self.size).checked_div(fitting).filter(|length| *length < FAR) else {
            return Ok(None);
        };
        let further = self.stretch(connection, access, list, narrow, length).await?;
        Ok(further.is_full(self.size).then_some(further.page))
    }

    /// What fits among the next records in the order.
    async fn stretch(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        narrow: &Narrow<E>,
        length: u64,
    ) -> Result<Stretch<E::Model>> {
        let fitting = narrow.sift(narrow.along());
        // Only the index is read on the way.
        let id = required::<E>("id");
        let last = self.apply(narrow.along()).select_only().column(id).offset(length - 1).limit(1);
        let last = store::everywhere::<E>().filter(id.in_subquery(last.into_query()));
        let Some(last) = last.one(connection).await? else {
            return Ok(Stretch { page: self.fetch(connection, access, list, fitting).await?, ends: true });
        };
        let last = self.position_of(&last)?;
        let fitting = fitting.filter(self.compared(&last, true)?);
        let mut page = self.fetch(connection, access, list, fitting).await?;
        if page.next_page_token.is_empty() {
            page.next_page_token = list.token(access, last)?;
        }
        Ok(Stretch { page, ends: false })
    }

    /// How many of the next few records in the order have words, whatever else is asked of them.
    async fn how_many_have(
        &self,
        connection: &impl ConnectionTrait,
        narrow: &Narrow<E>,
        words: &Question,
    ) -> Result<u64> {
        let id = required::<E>("id");
        let next = self.apply(narrow.along()).select_only().column(id).limit(GLANCE);
        let next = store::everywhere::<E>().filter(id.in_subquery(next.into_query()));
        let next = next.filter(words.text.clone()).select_only().expr(Expr::value(1));
        Ok(next.count(connection).await?)
    }

    /// The condition that a record is before a position and the position itself, or after it.
    fn compared(&self, position: &Position, is_before: bool) -> Result<SimpleExpr> {
        let id = qualified::<E>(required::<E>("id"));
        let (here, there) = match self.column {
            None => (id, Expr::value(position.id)),
            Some(column) => {
                let value = Expr::value(from_json::<E>(column, position)?);
                (Expr::tuple([qualified::<E>(column), id]), Expr::tuple([value, Expr::value(position.id)]))
            }
        };
        Ok(match (is_before, self.direction == Order::Asc) {
            (true, true) => here.lte(there),
            (true, false) => here.gte(there),
            (false, true) => here.gt(there),
            (false, false) => here.lt(there),
        })
    }

    /// Where a record stands.
    fn position_of(&self, model: &E::Model) -> Result<Position> {
        use sea_orm::ModelTrait;
        use sea_orm::Value;
        let value = match self.column.map(|column| model.get(column)) {
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
        Ok(Position { value, id: record::id_in::<E>(model, "id"), is_walked: self.is_walked })
    }

    /// The page of one record more than it holds, if there are more.
    fn page(&self, access: &Access, list: &ListQuery, mut items: Vec<E::Model>) -> Result<Page<E::Model>> {
        let more = items.len() as u64 > self.size;
        items.truncate(usize::try_from(self.size).unwrap_or(usize::MAX));
        let next_page_token = match items.last().filter(|_| more) {
            Some(last) => list.token(access, self.position_of(last)?)?,
            None => String::new(),
        };
        Ok(Page { items, next_page_token })
    }
}

/// What fits in a stretch of a list.
struct Stretch<M> {
    page: Page<M>,
    /// Whether the list ends with it.
    ends: bool,
}

impl<M> Stretch<M> {
    /// Whether no more need be looked at for a page of a size.
    fn is_full(&self, size: u64) -> bool {
        self.ends || self.page.items.len() as u64 >= size
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
