//! Numbers the entries of the two logs and chains them by hashes, so that readers lose none and nobody alters one unseen.
//!
//! Entries are written without position: a serial number is no order, because a transaction that took a lower number
//! can commit later. Positions are given under a lock to what is committed, so they have no gaps and never change.

mod append;
mod keys;
mod purge;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, IntoIden, IntoValueTuple, OnConflict, Query, TableRef};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, IntoActiveModel, Order, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;

use crate::access_log::record;
use crate::change;
use crate::db::{Db, Tx, rows};
use crate::error::{Error, Result};

pub(crate) use append::number_ahead;
pub(crate) use keys::Keys;
pub use purge::purge;

/// How many entries one transaction numbers.
const BATCH: u64 = 1_000;
/// How many entries one call verifies.
const STRETCH: u64 = 5_000;

/// An entry of a log.
pub(crate) trait Entry: ModelTrait + Serialize + Clone {
    /// The table.
    const LOG: &'static str;
    const POSITION: <Self::Entity as EntityTrait>::Column;
    const ID: <Self::Entity as EntityTrait>::Column;
    const HASH: <Self::Entity as EntityTrait>::Column;

    fn id(&self) -> Uuid;
    fn position(&self) -> Option<i64>;
    fn hash(&self) -> Option<&[u8]>;
    fn seal(&self) -> &[u8];
    /// Gives the entry what it gets when it is sealed and numbered.
    fn put(&mut self, position: Option<i64>, seal: Vec<u8>, hash: Option<Vec<u8>>);
}

/// The entity of the table `log_heads`.
pub(crate) mod head {
    use super::*;

    /// The last entry of a log, or the last of it that was removed after its time.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_heads")]
    pub struct Model {
        /// The log.
        #[sea_orm(primary_key, auto_increment = false)]
        pub log: String,
        /// The position of its last entry.
        pub position: i64,
        /// The hash of its last entry.
        pub hash: Vec<u8>,
        /// What proves that the service wrote it.
        pub seal: Vec<u8>,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What does not stand as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The position of the entry.
    pub position: i64,
    /// The entry, unless it is missing.
    pub id: Option<Uuid>,
    /// `ALTERED` or `MISSING`.
    pub reason: &'static str,
}

/// The result of verifying a stretch of a log.
#[derive(Debug, Default)]
pub struct Stretch {
    /// How many entries were checked.
    pub checked: i64,
    /// What does not stand.
    pub faults: Vec<Fault>,
    /// The hash of the last checked entry.
    pub head: Vec<u8>,
    /// Its position.
    pub position: i64,
    /// Up to which position entries were removed after their time.
    pub removed: i64,
    /// True when nothing is left to check.
    pub complete: bool,
}

/// Seals an entry: what is in the database without seal was not written by the service. What is sealed is the entry
/// without place in the log.
pub(crate) fn seal<M: Entry>(keys: &Keys, entry: &mut M) -> Result<()> {
    entry.put(None, Vec::new(), None);
    let seal = keys.entry.sign(&serde_json::to_vec(entry).map_err(Error::internal)?);
    entry.put(None, seal, None);
    Ok(())
}

/// Gives a sealed entry its place in the log, behind one with a hash. What is hashed is the entry without hash.
fn chain<M: Entry>(keys: &Keys, previous: &[u8], entry: &mut M, position: i64) -> Result<Vec<u8>> {
    entry.put(Some(position), entry.seal().to_vec(), None);
    let mut bytes = previous.to_vec();
    serde_json::to_writer(&mut bytes, entry).map_err(Error::internal)?;
    let hash = keys.chain.sign(&bytes);
    entry.put(Some(position), entry.seal().to_vec(), Some(hash.clone()));
    Ok(hash)
}

/// Whether an entry is as it was written, and where, if the hash before it is known.
fn stands<M: Entry>(keys: &Keys, previous: Option<&[u8]>, entry: &M, position: i64) -> Result<bool> {
    let mut again = entry.clone();
    seal(keys, &mut again)?;
    if again.seal() != entry.seal() {
        return Ok(false);
    }
    Ok(match previous {
        Some(previous) => Some(chain(keys, previous, &mut again, position)?.as_slice()) == entry.hash(),
        None => true,
    })
}

fn head_seal(keys: &Keys, log: &str, position: i64, hash: &[u8]) -> Vec<u8> {
    keys.head.sign(&[log.as_bytes(), &position.to_be_bytes(), hash].concat())
}

/// The name under which the head of what was removed of a log is kept.
fn removed<M: Entry>() -> String {
    format!("{} removed", M::LOG)
}

/// The last entry of a log as the service left it; without one the log begins.
#[expect(clippy::disallowed_methods, reason = "heads are not records")]
async fn head(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    log: &str,
) -> Result<Result<(i64, Vec<u8>), Fault>> {
    let head = head::Entity::find_by_id(log).one(connection).await?;
    Ok(match head {
        None => Ok((0, Vec::new())),
        Some(head) if head_seal(keys, log, head.position, &head.hash) == head.seal => {
            Ok((head.position, head.hash))
        }
        Some(head) => Err(Fault { position: head.position, id: None, reason: "ALTERED" }),
    })
}

/// Where a log is continued: nowhere once its head was altered.
async fn last(connection: &impl ConnectionTrait, keys: &Keys, log: &str) -> Result<Option<(i64, Vec<u8>)>> {
    let head = head(connection, keys, log).await?;
    if let Err(Fault { position, .. }) = &head {
        tracing::error!(log, position, "the head of a log was altered, it is not continued");
    }
    Ok(head.ok())
}

#[expect(clippy::disallowed_methods, reason = "heads are not records")]
async fn keep_head(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    log: String,
    position: i64,
    hash: Vec<u8>,
) -> Result<()> {
    let seal = head_seal(keys, &log, position, &hash);
    let head = head::Model { log, position, hash, seal }.into_active_model().reset_all();
    let columns = [head::Column::Position, head::Column::Hash, head::Column::Seal];
    let conflict = OnConflict::column(head::Column::Log).update_columns(columns).to_owned();
    head::Entity::insert(head).on_conflict(conflict).exec_without_returning(connection).await?;
    Ok(())
}

/// Numbers what is committed and not numbered yet in both logs.
pub async fn number(db: &Db) -> Result<()> {
    number_log::<change::Model>(db).await?;
    number_log::<record::Model>(db).await
}

/// Numbers the change log.
pub(crate) async fn number_changes(db: &Db) -> Result<()> {
    number_log::<change::Model>(db).await
}

async fn number_log<M: Entry>(db: &Db) -> Result<()>
where
    <M::Entity as EntityTrait>::Model: Into<M>,
{
    let waiting = |connection: &sea_orm::DatabaseConnection| exists_unnumbered::<M>(connection.clone());
    if !waiting(db.connection()).await? {
        return Ok(());
    }
    let keys = Keys::of(db).await?;
    while db.transact(async |tx| number_batch::<M>(tx, &keys).await).await? == BATCH {}
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "log entries are not records")]
async fn exists_unnumbered<M: Entry>(connection: sea_orm::DatabaseConnection) -> Result<bool> {
    let found = M::Entity::find().filter(M::POSITION.is_null()).limit(1).one(&connection).await?;
    Ok(found.is_some())
}

#[expect(clippy::disallowed_methods, reason = "log entries are not records")]
async fn number_batch<M: Entry>(tx: &Tx, keys: &Keys) -> Result<u64>
where
    <M::Entity as EntityTrait>::Model: Into<M>,
{
    append::lock::<M>(tx).await?;
    let connection = tx.connection();
    // The order in which the entries of one record were written, whatever the clocks of the processes say: each was
    // written while its record was locked.
    let order = if connection.get_database_backend() == DbBackend::Postgres { "sequence" } else { "rowid" };
    let entries = M::Entity::find()
        .filter(M::POSITION.is_null())
        .order_by(Expr::cust(order), Order::Asc)
        .limit(BATCH)
        .all(connection)
        .await?;
    let Some((mut position, mut hash)) = last(connection, keys, M::LOG).await? else { return Ok(0) };
    let numbered = entries.len() as u64;
    let mut places = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut entry: M = entry.into();
        position += 1;
        hash = chain(keys, &hash, &mut entry, position)?;
        places.push((entry.id(), position, hash.clone()));
    }
    give_places::<M>(connection, places).await?;
    if numbered > 0 {
        keep_head(connection, keys, M::LOG.to_owned(), position, hash).await?;
    }
    Ok(numbered)
}

/// Writes the position and the hash of entries that were numbered.
async fn give_places<M: Entry>(
    connection: &impl ConnectionTrait,
    places: Vec<(Uuid, i64, Vec<u8>)>,
) -> Result<()> {
    // At the top it would hide `max` of numbers.
    use sea_orm::sea_query::ExprTrait;
    let given = |column: &'static str| Expr::col((Alias::new("given"), Alias::new(column)));
    for part in rows::parts(places, 3) {
        let part = part.into_iter().map(IntoValueTuple::into_value_tuple).collect();
        let mut update = Query::update();
        update
            .table(M::Entity::default())
            .value(M::POSITION, given("column2"))
            .value(M::HASH, given("column3"))
            .from(TableRef::ValuesList(part, Alias::new("given").into_iden()))
            .and_where(Expr::col((M::Entity::default(), M::ID)).eq(given("column1")));
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Verifies a stretch of a log, `changes` or `access_records`, after a position that is already verified.
pub async fn verify(db: &Db, log: &str, after: i64) -> Result<Stretch> {
    number(db).await?;
    match log {
        "changes" => verify_log::<change::Model>(db, after).await,
        "access_records" => verify_log::<record::Model>(db, after).await,
        _ => Err(Error::invalid("log", "LOG_UNKNOWN", "give changes or access_records")),
    }
}

#[expect(clippy::disallowed_methods, reason = "log entries are not records")]
async fn verify_log<M: Entry>(db: &Db, after: i64) -> Result<Stretch>
where
    <M::Entity as EntityTrait>::Model: Into<M>,
{
    let (connection, keys) = (db.connection(), Keys::of(db).await?);
    let last = head(connection, &keys, M::LOG).await?;
    let (mark, before, entries) = loop {
        let mark = head(connection, &keys, &removed::<M>()).await?;
        let before = M::Entity::find().filter(M::POSITION.eq(after)).one(connection).await?;
        let entries = M::Entity::find()
            .filter(M::POSITION.gt(after))
            .order_by_asc(M::POSITION)
            .limit(STRETCH)
            .all(connection)
            .await?;
        // What is removed meanwhile is not missing.
        if head(connection, &keys, &removed::<M>()).await? == mark {
            break (mark, before, entries);
        }
    };
    let complete = (entries.len() as u64) < STRETCH;
    let mut stretch = Stretch { position: after, complete, ..Stretch::default() };
    let mut begin = Vec::new();
    match mark {
        Ok((position, hash)) => (stretch.removed, begin) = (position, hash),
        Err(fault) => stretch.faults.push(fault),
    }
    stretch.position = after.max(stretch.removed);
    // Without the entry before, the chain cannot be continued; it was reported missing with the stretch before.
    let mut previous = match before {
        _ if after <= stretch.removed => Some(begin),
        before => before.map(Into::into).and_then(|entry: M| entry.hash().map(<[u8]>::to_vec)),
    };
    for entry in entries {
        let entry: M = entry.into();
        let position = entry.position().unwrap_or_default();
        if position <= stretch.removed {
            // Nobody but an intruder puts back what was removed.
            stretch.faults.push(Fault { position, id: Some(entry.id()), reason: "ALTERED" });
            continue;
        }
        report_missing(&mut stretch.faults, stretch.position + 1..position);
        if position != stretch.position + 1 {
            previous = None;
        }
        let stored = entry.hash().unwrap_or_default();
        if !stands(&keys, previous.as_deref(), &entry, position)? {
            stretch.faults.push(Fault { position, id: Some(entry.id()), reason: "ALTERED" });
        }
        // Going on from the stored hash, one altered entry is named and not all that follow it.
        previous = Some(stored.to_vec());
        stretch.checked += 1;
        stretch.position = position;
    }
    stretch.head = previous.unwrap_or_default();
    if complete {
        match last {
            Ok((last, _)) => report_missing(&mut stretch.faults, stretch.position + 1..last + 1),
            Err(fault) => stretch.faults.push(fault),
        }
    }
    Ok(stretch)
}

fn report_missing(faults: &mut Vec<Fault>, positions: std::ops::Range<i64>) {
    faults.extend(positions.take(100).map(|position| Fault { position, id: None, reason: "MISSING" }));
}
