//! Opens the two kinds of database with the settings that they need.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnection, SqliteJournalMode, SqliteSynchronous, SqliteTransactionManager};
use sqlx::{Connection, Executor};
use sqlx_core::transaction::TransactionManager;

use crate::config::DatabaseSettings;
use crate::error::{Error, Result};

/// How many connections read a SQLite file at once.
const SQLITE_READERS: u32 = 8;
/// How many KiB of pages the writer of a SQLite file and each of its readers keep: 48 MiB for each service at most. The
/// system keeps the rest of the file in memory that is free.
const WRITER_CACHE: u32 = 16 << 10;
const READER_CACHE: u32 = 4 << 10;

/// How many changed pages of 4 KiB a SQLite file's log gathers before they are written into the file, each once. With the
/// default of 1,000, hundreds of changes a second keep the disk busy with the same pages again, and whoever waits for it.
const GATHERED: &str = "8000";

/// How much memory a statement of Postgres may take to sort or to note rows: with its default of 4 MB the search index
/// forgets which rows of a page have a common word, and reads the text of all of them.
const WORK_MEMORY: &str = "16MB";

/// How many pages of the disk Postgres asks for at once where the search index found many records. With its default of one
/// after the other the 400 people of a name take 300 to 900 ms if none is in memory, and 10 to 30 ms like this.
const PAGES_AT_ONCE: &str = "SET effective_io_concurrency = 64";

/// How statements of Postgres are planned. Every list has an index that serves it, but where Postgres thinks that many
/// records have a word it would read the whole table to find the first of them; compiling a statement takes longer than
/// any of ours.
const PLANNING: [(&str, &str); 3] = [("work_mem", WORK_MEMORY), ("enable_seqscan", "off"), ("jit", "off")];

/// Opens the readers and the single writer of a SQLite file.
pub(super) async fn sqlite(url: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
    // The writer is first: it creates the file.
    let writer = Database::connect(sqlite_options(url, 1, false)).await?;
    let reader = Database::connect(sqlite_options(url, SQLITE_READERS, true)).await?;
    Ok((reader, writer))
}

fn sqlite_options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let file = url.split_once('?').map_or(url, |(file, _)| file);
    let mut options = ConnectOptions::new(format!("{file}?mode={}", if read_only { "ro" } else { "rwc" }));
    options.max_connections(connections).min_connections(1).sqlx_logging(false);
    options.acquire_timeout(Duration::from_secs(30));
    // A connection to a file in this process does not go away while it is idle.
    options.test_before_acquire(false);
    if !read_only {
        options.map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| Box::pin(settle(connection)))
        });
    }
    let cache = if read_only { READER_CACHE } else { WRITER_CACHE };
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged write must survive a loss of power, not only of the process.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            // Negative is KiB.
            .pragma("cache_size", format!("-{cache}"))
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", GATHERED)
    });
    options
}

/// Ends what a transaction left open; answers whether the connection can be used again.
///
/// On a full disk SQLite rolls back by itself and refuses the rollback of sqlx, which would take the next transaction for a
/// part of the former one and never commit it. A rollback that succeeds makes them agree again.
async fn settle(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Waits for a rollback that is on its way.
    connection.ping().await?;
    if connection.is_in_transaction() {
        connection.execute("BEGIN").await?;
        SqliteTransactionManager::rollback(connection).await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Opens the pool of a Postgres database.
pub(super) async fn postgres(
    url: &str,
    service: &str,
    settings: &DatabaseSettings,
) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(settings.max_connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(settings.acquire_timeout_seconds))
        .idle_timeout(Duration::from_secs(300))
        .max_lifetime(Duration::from_secs(1800))
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .statement_timeout(Duration::from_secs(settings.statement_timeout_seconds))
        .set_application_name(format!("crm-{service}"))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| options.options(PLANNING))
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| Box::pin(read_ahead(connection)))
        });
    Ok(Database::connect(options).await?)
}

/// Lets a connection ask for many pages at once, unless its server runs on a system that cannot, such as macOS.
async fn read_ahead(connection: &mut PgConnection) -> sqlx::Result<()> {
    match connection.execute(PAGES_AT_ONCE).await {
        Err(sqlx::Error::Database(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the directory of the embedded databases and their keys, for this user only. One that is there stays as it is.
pub(super) fn private_directory(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
        let message = format!("database.data_directory: {} cannot be made: {error}", path.display());
        Error::precondition("CONFIGURATION_INVALID", message)
    })
}
