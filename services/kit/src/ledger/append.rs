//! Entries that are numbered as they are written: a transaction that writes many takes the lock until it commits, and
//! spares the reader from touching each of them again.

use sea_orm::{ConnectionTrait, DbBackend};

use super::{Entry, chain, head, keep_head, seal};
use crate::crypto::SigningKey;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Holds off everybody else who numbers a log, until the transaction ends.
pub(super) async fn lock<M: Entry>(tx: &Tx) -> Result<()> {
    let connection = tx.connection();
    // SQLite has one writer.
    if connection.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock(hashtext('crm ledger {}'))", M::LOG);
        connection.execute_unprepared(&lock).await?;
    }
    Ok(())
}

/// Seals, numbers and chains entries that the transaction is about to insert; answers the last position.
pub(crate) async fn number_ahead<M: Entry>(
    tx: &Tx,
    key: &SigningKey,
    entries: Vec<M>,
    set: impl Fn(M, i64, Vec<u8>, Vec<u8>) -> M,
) -> Result<(Vec<M>, i64)> {
    lock::<M>(tx).await?;
    let (mut position, mut hash) = head(tx.connection(), key, M::LOG)
        .await?
        .map_err(|_| Error::internal("the head of a log was altered, it is not continued"))?;
    let mut numbered = Vec::with_capacity(entries.len());
    for entry in entries {
        position += 1;
        let seal = seal(key, &entry)?;
        let sealed = set(entry, position, seal.clone(), Vec::new());
        hash = chain(key, &hash, &sealed, position)?;
        numbered.push(set(sealed, position, seal, hash.clone()));
    }
    keep_head(tx.connection(), key, M::LOG.to_owned(), position, hash).await?;
    Ok((numbered, position))
}
