//! Lists: pages by keyset, in an order that an index serves, and counts.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::access::Access;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::page::{ListQuery, Page};
use crate::record::{Record, required};
use crate::store::narrow::Narrow;
use crate::store::order::{FITS, Ordered};

/// How many records a narrow list looks at in its order before the indexes are asked for those that fit.
const NEAR: u64 = 1_000;

/// How many of them it looks at first if words are asked for: comparing texts takes long, and most words are rare.
const GLANCE: u64 = 100;

/// How many of [`NEAR`] have words that are common. The search index would take long to find out that very many have them.
const COMMON: usize = 10;

/// How many records an index is asked for. What more fit is met soon enough in the order of the list.
const MOST_FOUND: u64 = 5_000;

/// How many records one request looks at in the order of the list.
const FAR: u64 = 20_000;

/// How many records a count looks at if no index leads to few.
const MOST_LOOKED_AT: u64 = 200_000;

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
    let mut few = None;
    // Words that some of the newest have, which tells little.
    let mut met = None;
    if let Some(words) = narrow.words() {
        let glance = ordered.glance(connection, &narrow, words, GLANCE).await?;
        if glance.is_enough {
            return ordered.page(access, list, glance.fitting);
        }
        if glance.is_met {
            met = Some(words);
        } else {
            few = having(connection, &narrow).await?;
        }
    }
    if few.is_none() {
        let near = ordered.stretch(connection, access, list, &narrow, NEAR).await?;
        if near.is_full(ordered.size) {
            return Ok(near.page);
        }
        let fitting = near.page.items.len();
        // Those that have the words may all be among the first of them, as what was made together is.
        if let Some(words) = met
            && ordered.has_fewer(connection, &narrow, words, NEAR, COMMON, fitting).await?
        {
            few = having(connection, &narrow).await?;
        }
        if few.is_none()
            && let Some(page) = further(connection, access, list, &ordered, &narrow, fitting).await?
        {
            return Ok(page);
        }
    }
    if few.is_none() {
        few = led(connection, &narrow).await?;
    }
    if let Some(few) = few {
        return ordered.fetch_few(connection, access, list, &narrow, few).await;
    }
    ordered.is_walked = true;
    Ok(ordered.stretch(connection, access, list, &narrow, FAR).await?.page)
}

/// A page of what fits in twice the stretch that holds one if as many fit further on as among the next few records, unless
/// that is far.
async fn further<E: Record>(
    connection: &DatabaseConnection,
    access: &Access,
    list: &ListQuery,
    ordered: &Ordered<E>,
    narrow: &Narrow<E>,
    fitting: usize,
) -> Result<Option<Page<E::Model>>> {
    let length = (2 * NEAR * ordered.size).checked_div(fitting as u64).filter(|length| *length < FAR);
    let Some(length) = length else { return Ok(None) };
    let further = ordered.stretch(connection, access, list, narrow, length).await?;
    Ok(further.is_full(ordered.size).then_some(further.page))
}

/// Few records, among which is all that fits.
pub(super) struct Few {
    pub(super) ids: Vec<Uuid>,
    /// Whether it is known that they have the words that are asked for.
    pub(super) have_words: bool,
}

/// Those that have the words, if the search index finds few.
async fn having<E: Record>(connection: &DatabaseConnection, narrow: &Narrow<E>) -> Result<Option<Few>> {
    let Some(words) = narrow.words() else { return Ok(None) };
    let table = E::default();
    let found = words.found(connection, table.unquoted(), narrow.organization(), MOST_FOUND).await?;
    Ok(found.map(|ids| Few { ids, have_words: true }))
}

/// Those that another index leads to, if one leads to few.
async fn led<E: Record>(connection: &DatabaseConnection, narrow: &Narrow<E>) -> Result<Option<Few>> {
    for alternatives in narrow.led() {
        if let Some(ids) = ids(connection, alternatives).await? {
            return Ok(Some(Few { ids, have_words: false }));
        }
    }
    Ok(None)
}

/// The ids of all that one of some queries leads to, unless they are many.
async fn ids<E: Record>(
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
    /// Whether there are more, or may be among those that were not looked at.
    pub truncated: bool,
}

/// How many records the caller reaches that fit the filter and the query; counting ends at [`MOST_COUNTED`].
pub async fn count<E: Record>(db: &Db, access: &Access, list: &ListQuery) -> Result<Count> {
    let Fitting { ids, is_part } = fitting::<E>(db, access, list, MOST_COUNTED + 1).await?;
    let mut counting = Query::select();
    counting.expr_as(Expr::cust("COUNT(*)"), "counted").from_subquery(ids, "fitting");
    let row = db.connection().query_one(&counting).await?;
    let counted: i64 = row.map(|row| row.try_get("", "counted")).transpose()?.unwrap_or_default();
    let most = i64::try_from(MOST_COUNTED).map_err(Error::internal)?;
    Ok(Count { count: std::cmp::min(counted, most), truncated: is_part || counted > most })
}

/// Records that fit a list, for counts and sums.
pub struct Fitting {
    /// What selects their ids, in no order.
    pub ids: SelectStatement,
    /// Whether there may be more among records that were not looked at.
    pub is_part: bool,
}

/// Some of the records that the caller reaches that fit the filter and the query, at most as many as are asked for.
///
/// What is few is what an index finds. Else the newest [`MOST_LOOKED_AT`] records are looked at; for words that are not few,
/// the search index is asked for what is taken.
pub async fn fitting<E: Record>(db: &Db, access: &Access, list: &ListQuery, most: u64) -> Result<Fitting> {
    let connection = db.connection();
    let narrow = Narrow::<E>::new(db, access, list, None).await?;
    let mut few = if narrow.is_sifted() { led(connection, &narrow).await? } else { None };
    if few.is_none() {
        few = having(connection, &narrow).await?;
    }
    let query = match &few {
        Some(few) => narrow.among_few(few),
        None if narrow.is_sifted() && narrow.words().is_none() => {
            return newest(connection, &narrow, most).await;
        }
        None => narrow.all(),
    };
    let ids = query.select_only().column(required::<E>("id")).limit(most).into_query();
    Ok(Fitting { ids, is_part: false })
}

/// Some of the newest records that fit.
async fn newest<E: Record>(
    connection: &DatabaseConnection,
    narrow: &Narrow<E>,
    most: u64,
) -> Result<Fitting> {
    let id = required::<E>("id");
    let newest = || narrow.along().select_only().column(id).order_by_desc(id);
    let next = newest().offset(MOST_LOOKED_AT).limit(1);
    let is_part = next.into_tuple::<Uuid>().one(connection).await?.is_some();
    let looked_at = newest().expr_as(narrow.fits(), FITS).limit(MOST_LOOKED_AT).into_query();
    let mut ids = Query::select();
    ids.column("id").from_subquery(looked_at, "looked_at").and_where(Expr::col(FITS).eq(1)).limit(most);
    Ok(Fitting { ids, is_part })
}

/// All that the caller reaches that fits the filter and the query, for what is done with all of it.
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
