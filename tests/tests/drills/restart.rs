//! Everything is restarted while people work.

use crm_tests::Suite;

use crate::load::{Load, Patience};
use crate::{DRAIN, administrators_key, report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_of_everything_fails_no_request() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[("CRM__SERVER__DRAIN_SECONDS", DRAIN)]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);

    let load = Load::start(&balancer, 20, Patience::None);
    load.send_more(40).await;
    for _ in 0..2 {
        suite.replace_one_of_each(&["identity", "customers", "sales", "gateway"]).await;
    }
    load.send_more(40).await;

    let outcome = load.finish().await;
    report("rolling restart", &outcome.summary());
    outcome.demand_no_failure();
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}
