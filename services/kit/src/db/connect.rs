//! Opens the two kinds of database with the settings that they need.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::config::DatabaseSettings;
use crate::error::{Error, Result};

/// How many connections read a SQLite file at once.
const SQLITE_READERS: u32 = 8;

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
    options.map_sqlx_sqlite_opts(|options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged write must survive a loss of power, not only of the process.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
    });
    options
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
        .sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// Makes the directory of the embedded databases and their keys, for this user only. One that is there stays as it is.
pub(super) fn private_directory(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
        let message = format!("database.data_directory: {} cannot be made: {error}", path.display());
        Error::precondition("CONFIGURATION_INVALID", message)
    })
}
