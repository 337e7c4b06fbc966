//! Access records: who called what, from where, about which records, appended in batches off the hot path.

use std::time::Duration;

use sea_orm::entity::prelude::*;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tonic::Code;

use crate::access::Access;
use crate::db::{Db, Tx};
use crate::error::Result;

/// How many record ids one access record keeps.
const MOST_IDS: usize = 200;
const BATCH: usize = 2_000;
const INTERVAL: Duration = Duration::from_millis(200);

/// The entity of the table `access_records`.
pub mod record {
    use super::*;

    /// One call.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
    #[sea_orm(table_name = "access_records")]
    pub struct Model {
        /// The id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Its place in the log; none until it is numbered.
        pub position: Option<i64>,
        /// The tenant; nil when nobody was signed in.
        pub organization_id: Uuid,
        /// The user; nil when nobody was signed in.
        pub actor_id: Uuid,
        /// The session or API key.
        pub session_id: Uuid,
        /// The address of the client.
        pub address: String,
        /// The method.
        pub method: String,
        /// The records that were named or answered, as a JSON list.
        pub record_ids: String,
        /// How many records were named or answered.
        pub count: i32,
        /// The name of the gRPC code.
        pub code: String,
        /// The request.
        pub request_id: String,
        /// When it ended.
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
}

impl crate::ledger::Entry for record::Model {
    const LOG: &'static str = "access_records";
    const POSITION: record::Column = record::Column::Position;
    const ID: record::Column = record::Column::Id;
    const HASH: record::Column = record::Column::Hash;

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

enum Entry {
    Record(Box<record::Model>),
    Flush(oneshot::Sender<()>),
}

/// Appends access records of one service.
#[derive(Clone)]
pub struct AccessLog(mpsc::Sender<Entry>);

impl AccessLog {
    /// A log that writes to the service's database until the last clone of it is gone.
    pub fn start(db: Db) -> Self {
        // Full means that the database is slower than the calls; they then wait rather than lose records.
        let (sender, receiver) = mpsc::channel(10_000);
        tokio::spawn(write_batches(db, receiver));
        Self(sender)
    }

    /// Appends the record of a call. Calls that the suite makes for itself are not recorded.
    pub async fn append(&self, access: &Access, code: Code, ids: Vec<String>) {
        if access.caller().service.is_some() {
            return;
        }
        let mut ids = ids;
        ids.dedup();
        let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
        ids.truncate(MOST_IDS);
        let origin = access.origin();
        let record = record::Model {
            id: crate::id::new(),
            position: None,
            organization_id: access.organization(),
            actor_id: access.user(),
            session_id: access.caller().session_id,
            address: origin.address.clone(),
            method: access.method().map(|method| method.path.clone()).unwrap_or_default(),
            record_ids: serde_json::json!(ids).to_string(),
            count,
            code: code_name(code).to_owned(),
            request_id: origin.request_id.clone(),
            create_time: access.clock().now(),
            seal: Vec::new(),
            hash: None,
        };
        if self.0.send(Entry::Record(Box::new(record))).await.is_err() {
            tracing::error!("an access record was not kept because the log has stopped");
        }
    }

    /// Waits until everything that was appended is in the database.
    pub async fn flush(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.0.send(Entry::Flush(sender)).await.is_ok() {
            let _ = receiver.await;
        }
    }
}

async fn write_batches(db: Db, mut receiver: mpsc::Receiver<Entry>) {
    let mut entries = Vec::new();
    while receiver.recv_many(&mut entries, BATCH).await > 0 {
        let mut records = Vec::new();
        let mut waiting = Vec::new();
        for entry in entries.drain(..) {
            match entry {
                Entry::Record(record) => records.push(*record),
                Entry::Flush(sender) => waiting.push(sender),
            }
        }
        let gathers = waiting.is_empty() && records.len() < BATCH;
        write(&db, records).await;
        for sender in waiting {
            let _ = sender.send(());
        }
        if gathers {
            // Gather a batch instead of writing every record on its own.
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

async fn write(db: &Db, records: Vec<record::Model>) {
    if records.is_empty() {
        return;
    }
    let mut is_repeated = false;
    let append = async |tx: &Tx, is_repeated| match is_repeated && is_written(tx, &records[0]).await? {
        true => Ok(()),
        false => tx.append_many(records.clone()).await.map(|_| ()),
    };
    while let Err(error) = db.transact(async |tx| append(tx, is_repeated).await).await {
        tracing::error!(error = &error as &dyn std::error::Error, "access records wait for the database");
        tokio::time::sleep(Duration::from_secs(1)).await;
        is_repeated = true;
    }
}

/// Whether the transaction that seemed to fail has committed a record, and all that came with it.
#[expect(clippy::disallowed_methods, reason = "the log is not a record")]
async fn is_written(tx: &Tx, record: &record::Model) -> Result<bool> {
    Ok(record::Entity::find_by_id(record.id).one(tx.connection()).await?.is_some())
}

/// The canonical name of a gRPC code.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
