//! Redis may come and go.

use crm_tests::{Person, Redis, Suite, eventually, servers, text};
use serde_json::json;

#[tokio::test]
async fn without_redis_requests_are_answered_rightly_and_with_it_again_it_refills() {
    if servers().is_none() {
        // In one process the cache is memory, which cannot fail.
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut redis = Redis::start(directory.path()).await;
    let mut suite = Suite::start_with(&[("CRM__CACHE__URL", &redis.url())]).await;
    let administrator = suite.administrator().await;
    let role = json!({ "name": "Reader", "grants": [{ "permission": "customers.account.read", "scope": "SCOPE_ALL" }] });
    let role = administrator.post("/v1/roles", role).await.ok();
    let role_path = format!("/v1/roles/{}", text(&role["id"]));
    let department = administrator.post("/v1/departments", json!({ "name": "Sales" })).await.ok();
    let reader = Person::join(&suite, &administrator, "Rui Li", "Reader", &department).await;
    let account = administrator.post("/v1/accounts", json!({ "name": "Acme" })).await.ok();
    let path = format!("/v1/accounts/{}", text(&account["id"]));
    reader.rest.get(&path).await.ok();
    assert!(redis.entries() > 0);

    redis.stop();
    assert_eq!(reader.rest.get(&path).await.ok(), account);
    administrator.post("/v1/accounts", json!({ "name": "Acme two" })).await.ok();
    reader.rest.post("/v1/accounts", json!({ "name": "x" })).await.refused(403, "PERMISSION_DENIED");
    administrator.patch(&role_path, json!({ "grants": [] })).await.ok();
    reader.rest.get(&path).await.refused(403, "PERMISSION_DENIED");
    reader.sign_in_again(&suite).await.get("/v1/me").await.ok();

    redis.resume(directory.path()).await;
    eventually("the cache to refill", async || {
        administrator.get(&path).await.ok();
        (redis.entries() > 0).then_some(())
    })
    .await;
    reader.rest.get(&path).await.refused(403, "PERMISSION_DENIED");
    administrator.patch(&role_path, json!({ "grants": role["grants"] })).await.ok();
    reader.rest.get(&path).await.ok();
}
