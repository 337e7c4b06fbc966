//! Access records are removed after their time, and what stays can still be proved.

use chrono::TimeDelta;
use crm_kit::ledger;
use crm_kit::testing::Harness;
use crm_protos::customers::v1::ListAccountsRequest;

use super::{create, named, names, run};

/// Lets somebody read three times.
async fn read(harness: &Harness) {
    let caller = harness.administrator();
    for _ in 0..3 {
        names(harness, &caller, ListAccountsRequest::default()).await.unwrap();
    }
    harness.flush_access_log().await;
    ledger::number(&harness.context.db).await.unwrap();
}

async fn purge(harness: &Harness, days: i64) {
    let db = &harness.context.db;
    ledger::purge(db, db.clock().now() - TimeDelta::days(days)).await.unwrap();
}

/// What was removed, what stands, and what does not, by position and reason.
async fn verify(harness: &Harness) -> (i64, i64, Vec<(i64, &'static str)>) {
    let found = ledger::verify(&harness.context.db, "access_records", 0).await.unwrap();
    let faults = found.faults.iter().map(|fault| (fault.position, fault.reason)).collect();
    (found.removed, found.checked, faults)
}

#[tokio::test]
async fn what_is_old_is_removed_and_the_rest_still_stands() {
    run(async |harness| {
        create(harness, &harness.administrator(), named("Acme")).await.unwrap();
        read(harness).await;
        harness.context.clock.advance(TimeDelta::days(10));
        read(harness).await;
        purge(harness, 20).await;
        assert_eq!(verify(harness).await, (0, 7, vec![]));
        purge(harness, 5).await;
        assert_eq!(verify(harness).await, (4, 3, vec![]));

        // The log goes on after it, also when all of it was removed.
        harness.context.clock.advance(TimeDelta::days(10));
        purge(harness, 5).await;
        assert_eq!(verify(harness).await, (7, 0, vec![]));
        read(harness).await;
        assert_eq!(verify(harness).await, (7, 3, vec![]));

        let changes = ledger::verify(&harness.context.db, "changes", 0).await.unwrap();
        assert_eq!((changes.removed, changes.checked, changes.faults), (0, 1, vec![]));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_else_removed_or_put_back_is_named() {
    run(async |harness| {
        read(harness).await;
        harness.context.clock.advance(TimeDelta::days(10));
        read(harness).await;
        purge(harness, 5).await;
        harness.tamper("DELETE FROM access_records WHERE position = 4").await;
        assert_eq!(verify(harness).await, (3, 2, vec![(4, "MISSING")]));
        harness.tamper("UPDATE access_records SET position = 2 WHERE position = 5").await;
        assert_eq!(verify(harness).await.2, [(2, "ALTERED"), (4, "MISSING"), (5, "MISSING")]);

        // Pretending that more was removed needs the key.
        harness.tamper("UPDATE log_heads SET position = 5 WHERE log = 'access_records removed'").await;
        assert_eq!(verify(harness).await.2.first(), Some(&(5, "ALTERED")));
    })
    .await;
}

#[tokio::test]
async fn an_altered_record_is_not_removed() {
    run(async |harness| {
        read(harness).await;
        harness.context.clock.advance(TimeDelta::days(10));
        harness.tamper("UPDATE access_records SET address = 'elsewhere' WHERE position = 2").await;
        purge(harness, 5).await;
        assert_eq!(verify(harness).await, (1, 2, vec![(2, "ALTERED")]));
    })
    .await;
}
