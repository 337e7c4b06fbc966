//! The keys of the logs.

use uuid::Uuid;

use crate::crypto::SigningKey;
use crate::db::Db;
use crate::error::Result;

/// What the logs are sealed and chained with: an intruder in the database cannot make entries or hashes. They stay as long
/// as the database.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(super) chain: SigningKey,
    pub(super) entry: SigningKey,
    pub(super) head: SigningKey,
    /// For what is kept of the requests that came with an idempotency key.
    pub(crate) idempotency: SigningKey,
}

impl Keys {
    /// The keys of a database.
    pub(crate) async fn of(db: &Db) -> Result<Self> {
        let sealer = db.sealer(Uuid::nil()).await?;
        let chain = SigningKey::from_bytes(sealer.oldest()?.bytes())?.derive("ledger");
        let [entry, head, idempotency] =
            ["entry", "head", "idempotency"].map(|purpose| chain.derive(purpose));
        Ok(Self { chain, entry, head, idempotency })
    }
}
