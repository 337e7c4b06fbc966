//! Schema changes: kit's own tables first, then the service's, forward only.

mod m0001_kit;
mod table;

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf, SchemaManager};

pub use table::{RecordTable, record_table};

use crate::db::Db;
use crate::error::Result;

struct Migrations(fn() -> Vec<Box<dyn MigrationTrait>>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut all: Vec<Box<dyn MigrationTrait>> = vec![Box::new(m0001_kit::Migration)];
        all.extend((self.0)());
        all
    }
}

/// Applies what is pending, alone among processes.
#[expect(clippy::disallowed_methods, reason = "the lock is held by a transaction of its own")]
pub(crate) async fn run(db: &Db, migrations: fn() -> Vec<Box<dyn MigrationTrait>>) -> Result<()> {
    let connection = db.writer();
    if db.backend() == DbBackend::Postgres {
        let lock = connection.begin().await?;
        lock.execute_unprepared("SELECT pg_advisory_xact_lock(hashtext('crm migrations'))").await?;
        Migrations(migrations).up(connection, None).await?;
        lock.commit().await?;
    } else {
        Migrations(migrations).up(connection, None).await?;
    }
    Ok(())
}

/// The names of the migrations that are not applied.
pub(crate) async fn pending(
    db: &Db,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<Vec<String>> {
    let pending = Migrations(migrations).get_pending_migrations_read_only(db.connection()).await?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
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
