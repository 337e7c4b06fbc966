//! Entries that are numbered as they are written: a transaction that writes many takes the lock until it commits, and
//! spares the reader from touching each of them again.

use super::{Entry, Keys, chain, keep_head, last, seal};
use crate::db::Tx;
use crate::error::Result;

/// Holds off everybody else who numbers a log, until the transaction ends.
pub(super) async fn lock<M: Entry>(tx: &Tx) -> Result<()> {
    tx.hold(&format!("ledger {}", M::LOG)).await
}

/// Seals, numbers and chains entries that the transaction is about to insert; answers the last position. Behind a head
/// that was altered they are sealed only, and there is none.
pub(crate) async fn number_ahead<M: Entry>(
    tx: &Tx,
    keys: &Keys,
    mut entries: Vec<M>,
) -> Result<(Vec<M>, Option<i64>)> {
    lock::<M>(tx).await?;
    let mut end = last(tx.connection(), keys, M::LOG).await?;
    for entry in &mut entries {
        seal(keys, entry)?;
        if let Some((position, hash)) = &mut end {
            *position += 1;
            *hash = chain(keys, hash, entry, *position)?;
        }
    }
    let Some((position, hash)) = end else { return Ok((entries, None)) };
    keep_head(tx.connection(), keys, M::LOG.to_owned(), position, hash).await?;
    Ok((entries, Some(position)))
}
