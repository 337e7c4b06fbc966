//! Certificates and their authority are replaced while people work.

use crm_tests::Suite;

use crate::load::{Load, Patience};
use crate::{DRAIN, administrators_key, report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn certificates_and_their_authority_are_replaced_without_a_failed_request() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[("CRM__SERVER__DRAIN_SECONDS", DRAIN)]).await;
    let key = administrators_key(&mut suite).await;

    let load = Load::start(&suite.balancer(&key), 30, Patience::None);
    load.send_more(30).await;
    let new = suite.believe_new_authority().await;
    load.send_more(30).await;
    let first = load.finish().await;

    // Clients that believe both, and show a certificate of the old one.
    let load = Load::start(&suite.balancer(&key), 30, Patience::None);
    suite.use_new_authority(&new).await;
    load.send_more(60).await;
    let second = load.finish().await;

    let load = Load::start(&suite.balancer(&key), 30, Patience::None);
    suite.forget_old_authority(&new).await;
    // New processes make new connections, in which the old authority counts for nothing.
    suite.replace_one_of_each(&["identity", "customers", "sales", "gateway"]).await;
    load.send_more(60).await;
    let third = load.finish().await;

    for outcome in [first, second, third] {
        report("a new authority", &outcome.summary());
        outcome.demand_no_failure();
    }
    suite.demand_all_running();
}
