//! Schema changes beside a version that serves.

use crm_customers::Customers;
use crm_kit::clock::Clock;
use crm_kit::crypto::{ClusterKeys, MasterKeys};
use crm_kit::db::Db;
use crm_kit::migrations::sifting_indexes;
use crm_kit::service::Service;
use crm_kit::testing::Harness;
use crm_protos::customers::v1::ListAccountsRequest;
use sea_orm_migration::prelude::*;

use crate::{create, get, named, names, run};

/// A later version, which adds a table.
struct Adds;

impl MigrationName for Adds {
    fn name(&self) -> &str {
        "m9001_adds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Adds {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table("added")).await
    }
}

/// A later version, which makes an index again.
struct Indexes;

impl MigrationName for Indexes {
    fn name(&self) -> &str {
        "m9003_indexes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Indexes {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sifting_indexes(manager, "accounts", &[("name", &["name"])]).await
    }
}

/// One that fails when it has done half of its work.
struct Fails;

impl MigrationName for Fails {
    fn name(&self) -> &str {
        "m9002_fails"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Fails {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table("half_made")).await?;
        manager.get_connection().execute_unprepared("UPDATE accounts SET name = 'spoilt'").await?;
        manager.create_table(table("accounts")).await
    }
}

fn table(name: &str) -> TableCreateStatement {
    let id = ColumnDef::new(Alias::new("id")).integer().not_null().primary_key().to_owned();
    Table::create().table(Alias::new(name)).col(id).to_owned()
}

fn later() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = (Customers.migrations())();
    all.push(Box::new(Adds));
    all
}

fn indexed() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = (Customers.migrations())();
    all.push(Box::new(Indexes));
    all
}

fn broken() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = (Customers.migrations())();
    all.push(Box::new(Fails));
    all
}

/// The database of the service as another process sees it.
async fn another_process(harness: &Harness) -> Db {
    let (settings, clock) = (&harness.context.settings, Clock::default());
    let db = Db::connect("customers", settings, clock, ClusterKeys::unshared(), MasterKeys::none()).await;
    db.unwrap()
}

#[tokio::test]
async fn a_version_serves_on_what_a_later_one_has_added() {
    run(async |harness| {
        let administrator = harness.administrator();
        let (first, second) = (another_process(harness).await, another_process(harness).await);
        assert_eq!(first.pending_migrations(later).await.unwrap(), ["m9001_adds"]);
        // The table can be made once only, so one has waited for the other.
        let (one, other) = tokio::join!(first.migrate(later), second.migrate(later));
        assert_eq!((one.map_err(|error| error.to_string()), other.is_ok()), (Ok(()), true));
        first.close().await.unwrap();
        second.close().await.unwrap();

        let db = &harness.context.db;
        assert!(db.pending_migrations(Customers.migrations()).await.unwrap().is_empty());
        db.migrate(Customers.migrations()).await.unwrap();
        let account = create(harness, &administrator, named("Acme")).await.unwrap();
        assert_eq!(get(harness, &administrator, &account.id).await.unwrap().name, "Acme");
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_everything_as_it_was() {
    run(async |harness| {
        let administrator = harness.administrator();
        let account = create(harness, &administrator, named("Acme")).await.unwrap();
        let migrating = another_process(harness).await;
        assert!(migrating.migrate(broken).await.is_err());
        assert_eq!(migrating.pending_migrations(broken).await.unwrap(), ["m9002_fails"]);

        assert_eq!(get(harness, &administrator, &account.id).await.unwrap(), account);
        create(harness, &administrator, named("Another")).await.unwrap();
        // What was half made is not there, and the lock is free.
        harness.tamper("CREATE TABLE half_made (id integer)").await;
        migrating.migrate(later).await.unwrap();
        migrating.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_index_is_made_again_while_another_process_waits_and_others_write() {
    run(async |harness| {
        let administrator = harness.administrator();
        create(harness, &administrator, named("Acme")).await.unwrap();
        // One that was stopped has left half of its work.
        harness.tamper("CREATE INDEX accounts_name_again ON accounts (name)").await;
        let (first, second) = (another_process(harness).await, another_process(harness).await);
        let write = create(harness, &administrator, named("Bolt"));
        let (one, other, written) = tokio::join!(first.migrate(indexed), second.migrate(indexed), write);
        assert_eq!((one.is_ok(), other.is_ok(), written.is_ok()), (true, true, true));
        assert!(first.pending_migrations(indexed).await.unwrap().is_empty());
        first.close().await.unwrap();
        second.close().await.unwrap();

        let by_name = ListAccountsRequest { order_by: "name".to_owned(), ..Default::default() };
        assert_eq!(names(harness, &administrator, by_name).await.unwrap(), ["Acme", "Bolt"]);
    })
    .await;
}
