//! A database that answers too late.

use std::net::SocketAddr;
use std::time::Duration;

use crm_tests::{Balancer, Suite, eventually};

use crate::load::{Load, Patience};
use crate::outcome::Outcome;
use crate::proxy::Proxy;
use crate::{administrators_key, report, turn};

const CONNECTIONS: usize = 4;
/// Longer than anybody waits.
const AGES: Duration = Duration::from_secs(600);
const SETTINGS: [(&str, &str); 4] = [
    ("CRM__LIMITS__REQUEST_TIMEOUT_SECONDS", "10"),
    ("CRM__DATABASE__STATEMENT_TIMEOUT_SECONDS", "2"),
    ("CRM__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "1"),
    ("CRM__DATABASE__MAX_CONNECTIONS", "4"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_database_is_slow_says_so_and_the_others_go_on() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let address = postgres.rsplit_once('@').unwrap().1;
    let proxy = Proxy::start(address.parse::<SocketAddr>().unwrap()).await;
    let slow = format!("postgres://postgres@{}/{{database}}_{{service}}", proxy.address());
    let own = [("customers", "CRM__DATABASE__URL", slow.as_str())];
    let mut suite = Suite::replicated_with(&postgres, &redis, &SETTINGS, &own).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);

    settled(&suite, &balancer, &key).await;
    let load = Load::start(&balancer, 10, Patience::None);
    load.send_more(20).await;
    proxy.slow_down(AGES);
    eventually("readiness to tell", async || (balancer.ready("customers") == 0).then_some(())).await;
    load.send_more(60).await;
    assert!(proxy.connections() <= 2 * (CONNECTIONS + 1), "{} connections are open", proxy.connections());
    proxy.slow_down(Duration::ZERO);
    eventually("readiness to come back", async || (balancer.ready("customers") == 2).then_some(())).await;
    settled(&suite, &balancer, &key).await;

    let outcome = load.finish().await;
    report("slow database", &outcome.summary());
    demand_clear(&mut suite, &outcome, &key).await;
    assert!(proxy.connections() <= 2 * CONNECTIONS, "{} connections are open", proxy.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_table_is_locked_says_so_and_the_others_go_on() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &SETTINGS).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);

    settled(&suite, &balancer, &key).await;
    let load = Load::start(&balancer, 10, Patience::None);
    load.send_more(20).await;
    let lock = "begin; lock table accounts in access exclusive mode; select pg_sleep(6); commit";
    suite.alter("customers", lock);
    settled(&suite, &balancer, &key).await;

    let outcome = load.finish().await;
    report("locked table", &outcome.summary());
    demand_clear(&mut suite, &outcome, &key).await;
    let open = "select count(*) from pg_stat_activity where datname = current_database() \
        and application_name = 'crm-customers'";
    let open: usize = suite.alter("customers", open).trim().parse().unwrap();
    assert!(open <= 2 * CONNECTIONS, "{open} connections are open");
}

/// Waits until requests of every kind succeed again.
async fn settled(suite: &Suite, balancer: &Balancer, key: &str) {
    eventually("requests to succeed again", async || {
        let probe = Load::start(balancer, 20, Patience::None);
        probe.send_more(16).await;
        probe.finish().await.failed().is_empty().then_some(())
    })
    .await;
    suite.program(key).get("/v1/accounts").await.ok();
}

/// Some requests to customers failed, all with a clear error; all others succeeded.
async fn demand_clear(suite: &mut Suite, outcome: &Outcome, key: &str) {
    suite.demand_all_running();
    let failed = outcome.failed();
    assert!(!failed.is_empty(), "nothing was slow");
    assert!(
        failed.iter().all(|call| call.service == "customers" && call.is_clear()),
        "{}",
        outcome.failures()
    );
    outcome.demand_all_kept_once(&suite.program(key)).await;
}
