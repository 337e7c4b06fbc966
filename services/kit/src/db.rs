//! The database of a service and the one way to write to it.

mod connect;
mod failure;
pub(crate) mod idempotency;
mod keys;
mod overtaken;
pub(crate) mod rows;
pub(crate) mod transaction;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use prost::Message;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigrationTrait;
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tracing::Instrument;
use uuid::Uuid;

pub use keys::{FRESH, Sealer};
pub use transaction::{Inserted, Tx};

use crate::access::Access;
use crate::clock::Clock;
use crate::config::Settings;
use crate::crypto::{ClusterKeys, MasterKeys};
use crate::error::{Error, Result};
use crate::telemetry;

/// The database of one service. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    service: String,
    /// On SQLite a pool of readers; on Postgres the only pool.
    reader: DatabaseConnection,
    /// On SQLite the single writer.
    writer: DatabaseConnection,
    clock: Clock,
    cluster_keys: ClusterKeys,
    keys: keys::DataKeys,
    /// The key of the logs, once they are open.
    ledger: OnceLock<crate::ledger::Keys>,
    /// Set while the disk has no room for what is written.
    is_full: AtomicBool,
    /// Counts the commits that changed records, to wake the readers of feeds in this process.
    commits: watch::Sender<u64>,
    /// Counts the commits that added jobs.
    jobs: watch::Sender<u64>,
}

impl Db {
    /// Connects to the database of a service: Postgres if the settings name one, else a SQLite file.
    pub async fn connect(
        service: &str,
        settings: &Settings,
        clock: Clock,
        cluster_keys: ClusterKeys,
        master_keys: MasterKeys,
    ) -> Result<Self> {
        let url = settings.database.url_of(service);
        let url = url.expose_secret();
        let (reader, writer) = if url.starts_with("sqlite:") {
            connect::private_directory(&settings.database.data_directory)?;
            connect::sqlite(url).await?
        } else {
            let pool = connect::postgres(url, service, &settings.database).await?;
            (pool.clone(), pool)
        };
        telemetry::expose_database(service);
        let (commits, jobs) = (watch::Sender::new(0), watch::Sender::new(0));
        let keys = keys::DataKeys::new(master_keys);
        Ok(Self(Arc::new(Inner {
            service: service.to_owned(),
            reader,
            writer,
            clock,
            cluster_keys,
            keys,
            ledger: OnceLock::new(),
            is_full: AtomicBool::new(false),
            commits,
            jobs,
        })))
    }

    /// Makes the logs ready to be written, once the tables are there.
    pub(crate) async fn open_logs(&self) -> Result<()> {
        let keys = crate::ledger::Keys::of(self).await?;
        // A second call finds the same keys.
        let _ = self.0.ledger.set(keys);
        Ok(())
    }

    /// The service whose database it is.
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// The connection for reading; queries are built by `kit::store`.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0.reader
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DbBackend {
        self.0.reader.get_database_backend()
    }

    /// The clock of the service.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The access of the service itself to one organization, for jobs and feeds.
    pub fn system(&self, organization: Uuid) -> Access {
        Access::system(organization, &self.0.service, &self.0.cluster_keys, &self.0.clock)
    }

    /// Runs the mutation of an RPC in one transaction, once per idempotency key: called again with the same key and
    /// arguments, it answers what the first call was answered and does nothing.
    ///
    /// The key is kept with the answer at the end, so that a first call takes one statement for it. A call that comes again
    /// does its work in vain and is undone, so nothing but the answer may leave it. No RPC, no cache call and no second
    /// connection inside the work.
    pub async fn write<A>(&self, access: &Access, work: impl AsyncFnOnce(&Tx) -> Result<A>) -> Result<A>
    where
        A: Message + Default,
    {
        let write = async || {
            self.transact_as(access, async |tx| {
                let answer = work(tx).await?;
                idempotency::keep(tx, answer.encode_to_vec()).await?;
                Ok(answer)
            })
            .await
        };
        self.once(access, write).await
    }

    /// Runs work that ends with a write. If it fails, but the request was answered before under its idempotency key, it is
    /// answered so again: what prepares a write may fail because the first one succeeded.
    pub async fn once<A>(&self, access: &Access, work: impl AsyncFnOnce() -> Result<A>) -> Result<A>
    where
        A: Message + Default,
    {
        let error = match work().await {
            Err(error) if access.claim().is_some() => error,
            result => return result,
        };
        match self.answered(access).await {
            Ok(Some(answer)) => Ok(answer),
            Err(refused @ Error::Refused { .. }) => Err(refused),
            Ok(None) | Err(_) => Err(error),
        }
    }

    /// What a request was answered before under its idempotency key: for work that has effects outside of its transaction.
    pub async fn answered<A: Message + Default>(&self, access: &Access) -> Result<Option<A>> {
        let answer = idempotency::answered(self.connection(), access, self.0.ledger.get()).await?;
        Ok(answer.map(|answer| A::decode(answer.as_slice())).transpose()?)
    }

    /// Runs work of the suite itself in one transaction: jobs, feeds, first start.
    pub async fn transact<A>(&self, work: impl AsyncFnOnce(&Tx) -> Result<A>) -> Result<A> {
        self.transact_as(&self.system(Uuid::nil()), work).await
    }

    /// Runs work in one transaction in the name of a caller, without an idempotency key.
    pub async fn transact_as<A>(
        &self,
        access: &Access,
        work: impl AsyncFnOnce(&Tx) -> Result<A>,
    ) -> Result<A> {
        let started = Instant::now();
        // What the suite does all the time, such as numbering the logs, is no trace of its own.
        let span = match tracing::Span::current().is_none() {
            true => tracing::Span::none(),
            false => self.span(access),
        };
        // What a transaction keeps while it waits is large; on the heap it is no part of every future around it.
        let result = Box::pin(self.perform(access, work)).instrument(span.clone()).await;
        if result.as_ref().is_err_and(failure::is_full) {
            self.0.is_full.store(true, Ordering::Relaxed);
        }
        let outcome = if result.is_ok() { "committed" } else { "rolled_back" };
        telemetry::observe_transaction(&self.0.service, outcome, started.elapsed().as_secs_f64());
        telemetry::conclude(&span, "outcome", outcome.to_owned(), false);
        result
    }

    fn span(&self, access: &Access) -> tracing::Span {
        let name = format!("transaction {}", self.0.service);
        telemetry::span(&name, "client", &access.origin().request_id, None)
    }

    async fn perform<A>(&self, access: &Access, work: impl AsyncFnOnce(&Tx) -> Result<A>) -> Result<A> {
        let tx = self.begin(access.clone()).await?;
        let answer = work(&tx).await?;
        self.commit(tx).await?;
        Ok(answer)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where transactions begin")]
    async fn begin(&self, access: Access) -> Result<Tx> {
        // Without IMMEDIATE a SQLite transaction that reads before it writes fails at once when another one writes.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let started = Instant::now();
        let transaction: DatabaseTransaction = self.0.writer.begin_with_options(options).await?;
        telemetry::observe_wait(&self.0.service, started.elapsed().as_secs_f64());
        Ok(Tx::new(transaction, access, self.0.clock.now(), self.0.ledger.get().cloned()))
    }

    async fn commit(&self, tx: Tx) -> Result<()> {
        let (changed, jobs) = tx.commit().await?;
        self.0.is_full.store(false, Ordering::Relaxed);
        if changed {
            self.0.commits.send_modify(|count| *count += 1);
        }
        if jobs {
            self.0.jobs.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    /// Changes whenever this process has committed changes of records.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.subscribe()
    }

    /// Changes whenever this process has committed a job.
    pub(crate) fn job_commits(&self) -> watch::Receiver<u64> {
        self.0.jobs.subscribe()
    }

    /// The keys of an organization's sensitive fields. Get them before a write begins: it may have to make them.
    pub async fn sealer(&self, organization: Uuid) -> Result<Sealer> {
        self.0.keys.sealer(self, organization).await
    }

    /// Wraps every data key with the current master key again; answers how many were wrapped with another.
    pub async fn rewrap_keys(&self) -> Result<u64> {
        self.0.keys.rewrap(self).await
    }

    /// Gives an organization a new data key for what is written from now on.
    pub async fn renew_key(&self, organization: Uuid) -> Result<()> {
        self.0.keys.renew(self, organization).await
    }

    /// The organizations that have data keys, without the one of the logs.
    pub(crate) async fn sealed_organizations(&self) -> Result<Vec<Uuid>> {
        keys::organizations(self).await
    }

    /// Whether what was written last failed because the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        self.0.is_full.load(Ordering::Relaxed)
    }

    /// Answers if the database does.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.0.reader.ping().await?)
    }

    /// Applies what is pending of kit's and the service's migrations, alone among processes.
    pub async fn migrate(&self, migrations: fn() -> Vec<Box<dyn MigrationTrait>>) -> Result<()> {
        crate::migrations::run(self, migrations).await
    }

    /// The names of the migrations that are not applied.
    pub async fn pending_migrations(
        &self,
        migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    ) -> Result<Vec<String>> {
        crate::migrations::pending(self, migrations).await
    }

    /// Moves what SQLite keeps beside its file into it, so that the log does not grow without end.
    pub async fn checkpoint(&self) -> Result<()> {
        use sea_orm::ConnectionTrait;
        if self.backend() == DbBackend::Sqlite {
            self.0.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) -> Result<()> {
        self.checkpoint().await?;
        self.0.reader.clone().close().await?;
        Ok(self.0.writer.clone().close().await?)
    }
}
