//! A process dies without a word.

use crm_tests::{Balancer, Suite, eventually};

use crate::load::{Load, Patience};
use crate::{administrators_key, report, turn};

/// Of the requests of a drill, fewer than this share may fail.
const MOST: f64 = 0.001;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_or_gateway_fails_hardly_a_request_and_loses_nothing() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);

    // What people ask through the gateway is not repeated by them: the gateway itself finds another process.
    let load = Load::start(&balancer, 20, Patience::OfPrograms);
    load.send_more(40).await;
    for service in ["identity", "customers", "sales"] {
        let name = suite.replicas_of(service).remove(0);
        kill(&mut suite, &balancer, service, &name, &load).await;
    }
    let outcome = load.finish().await;
    report("kill a service", &outcome.summary());
    outcome.demand_fewer_failures_than(MOST);
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_gateway_fails_hardly_a_request_of_clients_that_repeat_and_loses_nothing() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);

    let load = Load::start(&balancer, 20, Patience::OfAll);
    load.send_more(40).await;
    let name = suite.replicas_of("gateway").remove(0);
    kill(&mut suite, &balancer, "gateway", &name, &load).await;
    let outcome = load.finish().await;
    report("kill a gateway", &outcome.summary());
    outcome.demand_fewer_failures_than(MOST);
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}

/// Kills a process in the midst of requests and starts it again some requests later.
async fn kill(suite: &mut Suite, balancer: &Balancer, service: &str, name: &str, load: &Load) {
    suite.replica(name).kill();
    load.send_more(60).await;
    suite.restart(name).await;
    eventually("both to be ready", async || (balancer.ready(service) == 2).then_some(())).await;
    load.send_more(20).await;
}
