//! Two versions serve together, and a schema change fails.

use crm_tests::{Suite, text};
use serde_json::json;

use crate::load::{Load, Patience};
use crate::{DRAIN, administrators_key, report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_serves_on_the_schema_of_a_later_version() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[("CRM__SERVER__DRAIN_SECONDS", DRAIN)]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);
    let load = Load::start(&balancer, 20, Patience::None);
    load.send_more(30).await;

    // What a later version has done: it only adds, so the former one does not mind.
    suite.alter("customers", "alter table accounts add column nickname text");
    let later = "insert into seaql_migrations (version, applied_at) values ('m9999_nicknames', 0)";
    suite.alter("customers", later);
    suite.replace_one_of_each(&["customers"]).await;
    let rolled_back = suite.execute(&["migrate"]).await;
    let errors = String::from_utf8_lossy(&rolled_back.stderr).into_owned();
    assert!(rolled_back.status.success(), "a version that is rolled back has nothing to migrate: {errors}");
    load.send_more(30).await;

    suite.demand_all_running();
    let outcome = load.finish().await;
    report("versions together", &outcome.summary());
    outcome.demand_no_failure();
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_the_former_version_serving() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[]).await;
    let key = administrators_key(&mut suite).await;
    let program = suite.program(&key);
    let lead = program.post("/v1/leads", json!({ "name": "Acme" })).await.ok();
    let path = format!("/v1/leads/{}", text(&lead["id"]));

    // A schema change that cannot be applied, because what it adds is there.
    let applied = "m0003_status_by_close";
    suite.alter("sales", &format!("delete from seaql_migrations where version = '{applied}'"));
    let failed = suite.execute(&["migrate"]).await;
    assert!(!failed.status.success());
    let errors = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(errors.contains("already exists"), "{errors}");
    assert_eq!(program.get(&path).await.ok(), lead);
    program.post("/v1/leads", json!({ "name": "Northwind" })).await.ok();
    let mended = format!("insert into seaql_migrations (version, applied_at) values ('{applied}', 0)");
    suite.alter("sales", &mended);
    assert!(suite.execute(&["migrate"]).await.status.success());
    assert_eq!(program.get(&path).await.ok(), lead);
    suite.demand_all_running();
    report("failed migration", "reads and writes went on");
}
