//! Removes access records after their time. The place and the hash of the last one removed are kept, sealed: the chain of
//! those that stay begins there, so that it can still be proved that nobody else removed or altered one.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::{BATCH, Entry, Keys, head, keep_head, removed, stands};
use crate::access_log::record;
use crate::db::{Db, Tx};
use crate::error::Result;

/// How many batches one call removes, so that other housekeeping has its turn.
const MOST_BATCHES: usize = 20;

/// Removes the access records of calls that ended before a time, the oldest first. Changes are never removed.
pub async fn purge(db: &Db, before: DateTime<Utc>) -> Result<()> {
    let keys = Keys::of(db).await?;
    for _ in 0..MOST_BATCHES {
        if db.transact(async |tx| purge_batch(tx, &keys, before).await).await? < BATCH {
            break;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "log entries are not records")]
async fn purge_batch(tx: &Tx, keys: &Keys, before: DateTime<Utc>) -> Result<u64> {
    tx.hold("ledger purge").await?;
    let connection = tx.connection();
    let log = removed::<record::Model>();
    let (first, mut hash) = match head(connection, keys, &log).await? {
        Ok(head) => head,
        Err(fault) => {
            tracing::error!(position = fault.position, "the mark of removed access records was altered");
            return Ok(0);
        }
    };
    let entries = record::Entity::find()
        .filter(record::Column::Position.gt(first))
        .order_by_asc(record::Column::Position)
        .limit(BATCH)
        .all(connection)
        .await?;
    let mut last = first;
    for entry in entries.into_iter().take_while(|entry| entry.create_time < before) {
        let stored = entry.hash().unwrap_or_default();
        let stands = entry.position == Some(last + 1) && self::stands(keys, Some(&hash), &entry, last + 1)?;
        if !stands {
            // What proves that somebody altered the log has to stay.
            tracing::error!(
                position = last + 1,
                "access records do not stand and are kept, run crm audit verify"
            );
            break;
        }
        (last, hash) = (last + 1, stored.to_vec());
    }
    if last > first {
        let removed = record::Column::Position.between(first + 1, last);
        record::Entity::delete_many().filter(removed).exec(connection).await?;
        keep_head(connection, keys, log, last, hash).await?;
    }
    Ok(u64::try_from(last - first).unwrap_or_default())
}
