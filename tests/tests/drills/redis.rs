//! The cache goes away and comes back.

use crm_tests::{Person, Redis, Suite, eventually, text};
use serde_json::json;

use crate::load::{Load, Patience};
use crate::{report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_every_answer_is_right_and_every_process_ready() {
    let Some((_turn, postgres, _)) = turn().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(directory.path()).await;
    let mut suite = Suite::replicated(&postgres, &redis.url(), &[("CRM__CACHE__URL", &redis.url())]).await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let balancer = suite.balancer(&key);
    let role = json!({ "name": "Reader", "grants": [{ "permission": "customers.account.read", "scope": "SCOPE_ALL" }] });
    let role = administrator.post("/v1/roles", role).await.ok();
    let role_path = format!("/v1/roles/{}", text(&role["id"]));
    let department = administrator.post("/v1/departments", json!({ "name": "Sales" })).await.ok();
    let reader = Person::join(&suite, &administrator, "Rui Li", "Reader", &department).await;
    let account = administrator.post("/v1/accounts", json!({ "name": "Acme" })).await.ok();
    let path = format!("/v1/accounts/{}", text(&account["id"]));
    reader.rest.get(&path).await.ok();

    let load = Load::start(&balancer, 20, Patience::None);
    load.send_more(30).await;
    redis.stop();
    for round in 0..3 {
        administrator.patch(&role_path, json!({ "grants": [] })).await.ok();
        for _ in 0..4 {
            reader.rest.get(&path).await.refused(403, "PERMISSION_DENIED");
        }
        administrator.patch(&role_path, json!({ "grants": role["grants"] })).await.ok();
        for _ in 0..4 {
            reader.rest.get(&path).await.ok();
        }
        if round == 1 {
            redis.resume(directory.path()).await;
            eventually("the cache to refill", async || {
                reader.rest.get(&path).await.ok();
                (redis.entries() > 0).then_some(())
            })
            .await;
        }
        reader.sign_in_again(&suite).await.get("/v1/me").await.ok();
        for service in ["identity", "customers", "sales", "gateway"] {
            eventually(&format!("{service} to be ready, which needs no cache"), async || {
                (balancer.ready(service) == 2).then_some(())
            })
            .await;
        }
    }
    load.send_more(30).await;

    suite.demand_all_running();
    let outcome = load.finish().await;
    report("redis away and back", &outcome.summary());
    outcome.demand_no_failure();
    outcome.demand_all_kept_once(&suite.program(&key)).await;
}
