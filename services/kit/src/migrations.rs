//! Schema changes: kit's own tables first, then the service's, forward only.

mod index;
mod m0001_kit;
mod m0002_comments;
mod statistics;
mod table;

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf, SchemaManager};

pub use index::sifting_indexes;
pub use table::{RecordTable, record_table};

use crate::db::Db;
use crate::error::Result;

/// Where the names of those that are applied are kept.
const TABLE: &str = "seaql_migrations";

/// How long a process that waits for another one waits at a time.
const PAUSE: Duration = Duration::from_millis(200);

struct Migrations(fn() -> Vec<Box<dyn MigrationTrait>>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut all: Vec<Box<dyn MigrationTrait>> =
            vec![Box::new(m0001_kit::Migration), Box::new(m0002_comments::Migration)];
        all.extend((self.0)());
        all
    }
}

/// Applies what is pending, alone among processes; another one waits. Each migration is applied whole or not at all. What
/// a newer version has applied is not minded: it expands first, and contracts only in a later version.
#[expect(clippy::disallowed_methods, reason = "the lock is held by a transaction of its own")]
pub(crate) async fn run(db: &Db, migrations: fn() -> Vec<Box<dyn MigrationTrait>>) -> Result<()> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let lock = db.writer().begin_with_options(options).await?;
    if db.backend() == DbBackend::Postgres {
        while !is_alone(&lock).await? {
            tokio::time::sleep(PAUSE).await;
        }
    }
    let is_pending = !pending(db, migrations).await?.is_empty();
    let all = Migrations(migrations);
    match db.backend() {
        // Each in a transaction of its own, so that its locks end with it.
        DbBackend::Postgres if is_pending => all.up(db.writer(), None).await?,
        DbBackend::Postgres => {}
        // Nobody else writes to the file while the lock is held.
        _ => {
            if is_pending {
                all.up(&lock, None).await?;
            }
            statistics::tell(&lock, TABLE).await?;
        }
    }
    lock.commit().await?;
    Ok(())
}

/// Takes the lock of Postgres, unless another process has it. A statement that waits for it would be waited for by an index
/// that is built while others write, for ever.
async fn is_alone(lock: &DatabaseTransaction) -> Result<bool> {
    let take = "SELECT pg_try_advisory_xact_lock(hashtext('crm migrations')) AS is_alone";
    let row = lock.query_one_raw(Statement::from_string(DbBackend::Postgres, take)).await?;
    Ok(row.map(|row| row.try_get("", "is_alone")).transpose()?.unwrap_or_default())
}

/// The names of kit's and a service's migrations, in their order.
#[cfg(feature = "testing")]
pub(crate) fn names(migrations: fn() -> Vec<Box<dyn MigrationTrait>>) -> Vec<String> {
    Migrations(migrations).migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Applies the next of them.
#[cfg(feature = "testing")]
pub(crate) async fn step(
    connection: &sea_orm::DatabaseConnection,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<()> {
    Ok(Migrations(migrations).up(connection, Some(1)).await?)
}

/// The names of the migrations that are not applied.
pub(crate) async fn pending(
    db: &Db,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<Vec<String>> {
    let connection = db.connection();
    let mut applied = HashSet::new();
    if SchemaManager::new(connection).has_table(TABLE).await? {
        let select =
            Statement::from_string(connection.get_database_backend(), format!("SELECT version FROM {TABLE}"));
        for row in connection.query_all_raw(select).await? {
            applied.insert(row.try_get::<String>("", "version")?);
        }
    }
    let all = Migrations(migrations).migrations();
    let names = all.iter().map(|migration| migration.name().to_owned());
    Ok(names.filter(|name| !applied.contains(name)).collect())
}

/// Runs the statements of one database that the schema builder has no words for.
pub async fn execute(
    manager: &SchemaManager<'_>,
    statements: impl IntoIterator<Item = String>,
) -> Result<(), sea_orm::DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Runs the statements that there are for each of some tables.
pub async fn execute_for(
    manager: &SchemaManager<'_>,
    tables: &[&str],
    statements: fn(DbBackend, &str) -> Vec<String>,
) -> Result<(), sea_orm::DbErr> {
    let backend = manager.get_database_backend();
    for table in tables {
        execute(manager, statements(backend, table)).await?;
    }
    Ok(())
}
