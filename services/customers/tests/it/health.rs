//! Whether the process is ready is asked of what it needs.

use crm_customers::Customers;
use crm_kit::health::Health;
use crm_kit::service::Service;
use crm_kit::telemetry::metrics_text;
use crm_kit::testing::Harness;
use sea_orm::TransactionTrait;
use tokio::sync::Mutex;

/// All tests share the metrics of their process.
static METRICS: Mutex<()> = Mutex::const_new(());

async fn run(test: impl AsyncFnOnce(&Harness)) {
    let _alone = METRICS.lock().await;
    super::run(test).await;
}

fn health(harness: &Harness) -> Health {
    let context = &harness.context;
    let schemas = vec![(context.db.clone(), Customers.migrations())];
    Health::new(schemas, context.cache.clone(), context.settings.database.data_directory.clone())
}

#[tokio::test]
async fn a_process_is_ready_from_when_it_serves_until_it_stops() {
    run(async |harness| {
        let health = health(harness);
        assert_eq!(health.check().await.failed, ["serving"]);
        health.set_serving(true);
        let report = health.check().await;
        assert!(report.ready && report.failed.is_empty() && report.degraded.is_empty(), "{report:?}");
        health.set_serving(false);
        assert!(!health.check().await.ready);
    })
    .await;
}

#[tokio::test]
async fn a_schema_that_lacks_a_change_is_not_ready_and_one_that_is_ahead_is() {
    run(async |harness| {
        let health = health(harness);
        health.set_serving(true);
        // A newer version migrates first, while this one still serves.
        harness.tamper("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)").await;
        assert!(health.check().await.ready);
        harness.context.db.migrate(Customers.migrations()).await.unwrap();
        harness.tamper("DELETE FROM seaql_migrations WHERE version LIKE 'm0001%'").await;
        assert_eq!(health.check().await.failed, ["migrations/customers"]);
        assert!(metrics_text().contains(r#"crm_check_passed{check="migrations/customers"} 0"#));
    })
    .await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "connections are taken away to see what happens")]
async fn a_database_without_a_free_connection_is_not_ready() {
    run(async |harness| {
        let health = health(harness);
        health.set_serving(true);
        let connection = harness.context.db.connection();
        let mut taken = Vec::new();
        for _ in 0..8 {
            taken.push(connection.begin().await.unwrap());
        }
        assert_eq!(health.check().await.failed, ["database/customers"]);
        health.measure().await;
        let pool = if harness.on_postgres() { "all" } else { "reader" };
        let used =
            format!("crm_database_connections{{database=\"customers\",pool=\"{pool}\",state=\"used\"}} 8");
        assert!(metrics_text().contains(&used));
        for transaction in taken {
            transaction.rollback().await.unwrap();
        }
        assert!(health.check().await.ready);
    })
    .await;
}

#[tokio::test]
async fn connections_and_jobs_are_measured() {
    run(async |harness| {
        health(harness).measure().await;
        let text = metrics_text();
        for name in [
            "crm_database_connections{database=\"customers\"",
            "crm_database_connections_limit{database=\"customers\"",
            "crm_data_disk_free_bytes ",
            "crm_job_queue_jobs{database=\"customers\"",
        ] {
            assert!(text.contains(name), "{name} is not in {text}");
        }
    })
    .await;
}
