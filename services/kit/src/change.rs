//! The change log: outbox, audit log and history in one table.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A change of one record.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its place in the log; none until it is numbered.
    pub position: Option<i64>,
    /// The tenant.
    pub organization_id: Uuid,
    /// The resource of the record.
    pub resource: String,
    /// The record.
    pub record_id: Uuid,
    /// What was done.
    pub verb: String,
    /// The changed fields before, as a JSON object in the text that is hashed.
    pub before: String,
    /// The changed fields after, likewise.
    pub after: String,
    /// Who did it; nil when the suite itself did.
    pub actor_id: Uuid,
    /// The request that did it.
    pub request_id: String,
    /// When it was done.
    pub create_time: ChronoDateTimeUtc,
    /// What proves that the service wrote it.
    pub seal: Vec<u8>,
    /// The hash that chains it to the entry before.
    pub hash: Option<Vec<u8>>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl crate::ledger::Entry for Model {
    const LOG: &'static str = "changes";
    const POSITION: Column = Column::Position;
    const ID: Column = Column::Id;
    const HASH: Column = Column::Hash;

    fn id(&self) -> Uuid {
        self.id
    }

    fn position(&self) -> Option<i64> {
        self.position
    }

    fn hash(&self) -> Option<&[u8]> {
        self.hash.as_deref()
    }

    fn seal(&self) -> &[u8] {
        &self.seal
    }

    fn put(&mut self, position: Option<i64>, seal: Vec<u8>, hash: Option<Vec<u8>>) {
        (self.position, self.seal, self.hash) = (position, seal, hash);
    }
}
