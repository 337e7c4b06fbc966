//! The database is restarted at once, without a chance to say good-bye.

use std::time::{Duration, Instant};

use crm_tests::eventually;

use crate::load::{Load, Patience};
use crate::{administrators_key, on_own_postgres, report, turn};

/// How soon after the database everything must work again.
const RECOVERY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_postgres_is_over_five_seconds_after_it_is_back() {
    let Some((_turn, _, redis)) = turn().await else { return };
    // Who asks while it is away is told so.
    let settings = [("CRM__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "5")];
    let (mut postgres, mut suite) = on_own_postgres(&redis, &settings).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);
    let services = ["identity", "customers", "sales"];

    let load = Load::start(&balancer, 20, Patience::None);
    let started = Instant::now();
    load.send_more(60).await;
    let stopped = started.elapsed();
    postgres.stop().await;
    eventually("readiness to fall", async || {
        services.iter().all(|service| balancer.ready(service) == 0).then_some(())
    })
    .await;
    postgres.resume().await;
    let back = started.elapsed();
    eventually("readiness to come back", async || {
        services.iter().all(|service| balancer.ready(service) == 2).then_some(())
    })
    .await;
    let ready = started.elapsed();
    while started.elapsed() < back + RECOVERY {
        load.send_more(10).await;
    }
    load.send_more(60).await;

    suite.demand_all_running();
    let outcome = load.finish().await;
    let failed = outcome.failed();
    let last = failed.iter().map(|call| call.at).max().unwrap_or_default();
    report(
        "restart of postgres",
        &format!(
            "{}, away for {:?}, ready again {:?} after it was back, last failed request was sent {:?} after",
            outcome.summary(),
            back - stopped,
            ready.saturating_sub(back),
            last.saturating_sub(back),
        ),
    );
    assert!(last < back + RECOVERY, "requests still failed after five seconds\n{}", outcome.failures());
    assert!(ready < back + RECOVERY, "not ready within five seconds");
    let unclear = failed.iter().filter(|call| call.kind.starts_with("rest") && !call.is_clear());
    assert_eq!(unclear.count(), 0, "unclear errors\n{}", outcome.failures());
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}
