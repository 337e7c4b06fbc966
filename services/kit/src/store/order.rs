//! The order of a list, and what is met along it.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult, IdenStatic, Order, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::access::Access;
use crate::error::{Error, Result};
use crate::page::{ListQuery, Page, Position};
use crate::record::{self, Record, column, required};
use crate::search::Question;
use crate::store;
use crate::store::list::Few;
use crate::store::narrow::{Narrow, one_if};

/// The order of a list and where in it a page begins.
pub(super) struct Ordered<E: Record> {
    /// The column; none means the id, which grows with time.
    column: Option<E::Column>,
    direction: Order,
    after: Option<Condition>,
    /// The id that it begins after.
    last: Option<Uuid>,
    pub(super) size: u64,
    /// Whether it is known that no index leads to few records.
    pub(super) is_walked: bool,
}

impl<E: Record> Ordered<E> {
    pub(super) fn new(access: &Access, list: &ListQuery) -> Result<Self> {
        let (column, direction) = order::<E>(access, &list.order_by)?;
        let size = list.size()?;
        let mut ordered = Self { column, direction, after: None, last: None, size, is_walked: false };
        if let Some(position) = list.position(access)? {
            ordered.after = Some(Condition::all().add(ordered.compared(&position, false)?));
            (ordered.last, ordered.is_walked) = (Some(position.id), position.is_walked);
        }
        Ok(ordered)
    }

    /// The records of a query after the position, in the order; ids break ties.
    fn apply(&self, query: Select<E>) -> Select<E> {
        self.in_order(self.after.iter().cloned().fold(query, Select::filter))
    }

    fn in_order(&self, query: Select<E>) -> Select<E> {
        let columns = self.column.into_iter().chain([required::<E>("id")]);
        columns.fold(query, |query, column| query.order_by(column, self.direction.clone()))
    }

    pub(super) async fn fetch(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        query: Select<E>,
    ) -> Result<Page<E::Model>> {
        self.page(access, list, self.first(query).all(connection).await?)
    }

    /// What a page takes of a query, and one more.
    fn first(&self, query: Select<E>) -> Select<E> {
        self.apply(query).limit(self.size + 1)
    }

    /// The field, if it is not the id.
    pub(super) fn field(&self) -> Option<&'static str> {
        self.column.map(|column| column.as_str())
    }

    /// What fits among the next records in the order.
    pub(super) async fn stretch(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        narrow: &Narrow<E>,
        length: u64,
    ) -> Result<Stretch<E::Model>> {
        // Only the index is read on the way.
        let last = those_of(self.apply(narrow.along()).offset(length - 1).limit(1)).one(connection).await?;
        let last = last.map(|last| self.position_of(&last)).transpose()?;
        let stretch = match &last {
            Some(last) => narrow.along().filter(self.compared(last, true)?),
            None => narrow.along(),
        };
        let first = self.first(narrow.sift(stretch));
        let first = if narrow.is_sifted_by_index() { self.in_order(those_of(first)) } else { first };
        let mut page = self.page(access, list, first.all(connection).await?)?;
        let ends = last.is_none();
        if let Some(last) = last.filter(|_| page.next_page_token.is_empty()) {
            page.next_page_token = list.token(access, last)?;
        }
        Ok(Stretch { page, ends })
    }

    /// What of the next records in the order has words.
    pub(super) async fn glance(
        &self,
        connection: &impl ConnectionTrait,
        narrow: &Narrow<E>,
        words: &Question,
        length: u64,
    ) -> Result<Glance<E::Model>> {
        let next = those_of(self.apply(narrow.along()).limit(length));
        let further = self.apply(narrow.along()).select_only().column(required::<E>("id"));
        let further = further.offset(length).limit(1);
        let goes_on = Expr::exists(further.clone().into_query());
        let having = self.in_order(next.filter(words.text.clone()));
        let having =
            having.expr_as(narrow.fits(), FITS).expr_as(one_if(Condition::all().add(goes_on)), GOES_ON);
        let having = having.into_model::<Sifted<E::Model>>().all(connection).await?;
        let is_met = !having.is_empty();
        let ends = match having.first() {
            Some(sifted) => !sifted.goes_on,
            // Somebody who has little may ask for a word that very many records have.
            None => further.into_tuple::<Uuid>().one(connection).await?.is_none(),
        };
        let fitting = having.into_iter().filter(|sifted| sifted.fits).map(|sifted| sifted.model);
        let fitting: Vec<_> = fitting.collect();
        let is_enough = ends || fitting.len() as u64 > self.size;
        Ok(Glance { fitting, is_met, is_enough })
    }

    /// Whether fewer than some of the next records in the order have words, of which it is known how many fit.
    pub(super) async fn has_fewer(
        &self,
        connection: &impl ConnectionTrait,
        narrow: &Narrow<E>,
        words: &Question,
        length: u64,
        than: usize,
        fitting: usize,
    ) -> Result<bool> {
        if fitting >= than || narrow.asks_only_words() {
            return Ok(fitting < than);
        }
        let next = those_of(self.apply(narrow.along()).limit(length));
        let having = next.filter(words.text.clone()).select_only().column(required::<E>("id"));
        let having = having.limit(than as u64).into_tuple::<Uuid>().all(connection).await?;
        Ok(having.len() < than)
    }

    /// A page of what fits among few records.
    pub(super) async fn fetch_few(
        &self,
        connection: &impl ConnectionTrait,
        access: &Access,
        list: &ListQuery,
        narrow: &Narrow<E>,
        few: Few,
    ) -> Result<Page<E::Model>> {
        if few.ids.is_empty() {
            return self.page(access, list, Vec::new());
        }
        // Most of them fit. In the order of their ids the others need not be read.
        if few.have_words && narrow.asks_only_words() && self.column.is_none() {
            let length = usize::try_from(self.size + self.size / 4 + 1).unwrap_or(usize::MAX);
            let few = Few { ids: self.foremost(&few.ids, length), have_words: true };
            let page = self.fetch(connection, access, list, narrow.among_few(&few)).await?;
            if few.ids.len() < length || !page.next_page_token.is_empty() {
                return Ok(page);
            }
        }
        self.fetch(connection, access, list, narrow.among_few(&few)).await
    }

    /// Those of some ids that come next in their order.
    fn foremost(&self, ids: &[Uuid], length: usize) -> Vec<Uuid> {
        let is_ascending = self.direction == Order::Asc;
        let comes =
            |id: &Uuid| self.last.is_none_or(|last| if is_ascending { *id > last } else { *id < last });
        let mut ids: Vec<_> = ids.iter().copied().filter(comes).collect();
        ids.sort_unstable();
        if !is_ascending {
            ids.reverse();
        }
        ids.truncate(length);
        ids
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
    pub(super) fn page(
        &self,
        access: &Access,
        list: &ListQuery,
        mut items: Vec<E::Model>,
    ) -> Result<Page<E::Model>> {
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
pub(super) struct Stretch<M> {
    pub(super) page: Page<M>,
    /// Whether the list ends with it.
    ends: bool,
}

impl<M> Stretch<M> {
    /// Whether no more need be looked at for a page of a size.
    pub(super) fn is_full(&self, size: u64) -> bool {
        self.ends || self.page.items.len() as u64 >= size
    }
}

/// What of a stretch of a list has the words that are asked for.
pub(super) struct Glance<M> {
    /// Those that fit.
    pub(super) fitting: Vec<M>,
    /// Whether there are any, whatever else is asked of them.
    pub(super) is_met: bool,
    /// Whether no more need be looked at for a page.
    pub(super) is_enough: bool,
}

/// The name under which a query tells whether a record fits.
pub(super) const FITS: &str = "fits";

/// The name under which a query tells whether the list goes on.
const GOES_ON: &str = "goes_on";

/// A record, whether it fits, and whether the list goes on after those that were looked at.
struct Sifted<M> {
    model: M,
    fits: bool,
    goes_on: bool,
}

impl<M: FromQueryResult> FromQueryResult for Sifted<M> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> std::result::Result<Self, DbErr> {
        let is_so = |name| row.try_get::<i32>(prefix, name).map(|flag| flag == 1);
        let (fits, goes_on) = (is_so(FITS)?, is_so(GOES_ON)?);
        Ok(Self { model: M::from_query_result(row, prefix)?, fits, goes_on })
    }
}

/// The records of a query, which itself asks for nothing but their ids: if an index has all that it asks, no other records are
/// read.
fn those_of<E: Record>(query: Select<E>) -> Select<E> {
    let id = required::<E>("id");
    store::everywhere::<E>().filter(id.in_subquery(query.select_only().column(id).into_query()))
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
