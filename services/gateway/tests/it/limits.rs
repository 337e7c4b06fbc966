use axum::http::Method;
use crm_gateway::Settings;
use crm_kit::Error;
use crm_kit::cache::Limit;

use crate::fake::{Gateway, gateway_with, settings};

/// Three requests a day for everyone.
fn strict(proxies: usize) -> Settings {
    let mut settings = Settings { trusted_proxies: proxies, ..settings() };
    settings.limits.per_caller = Limit { burst: 3, per_second: 1.0 / 28_800.0 };
    settings.limits.per_address = settings.limits.per_caller;
    settings
}

async fn statuses(gateway: &Gateway, headers: &[(&str, &str)], count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(gateway.send(Method::GET, "/v1/me", headers, "").await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn an_address_and_a_token_have_their_own_rates() {
    let gateway = gateway_with(strict(0), |_| Ok(Vec::new()));
    assert_eq!(statuses(&gateway, &[], 4).await, [200, 200, 200, 429]);
    let reply = gateway.get("/v1/me").await;
    assert_eq!(reply.problem(), (429, "LIMITED".to_owned()));
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 3600);
    // Paths that do not exist are counted as well.
    assert_eq!(gateway.get("/v1/nothing").await.status.as_u16(), 429);

    let [one, other] = [("authorization", "Bearer one"), ("authorization", "Bearer other")];
    assert_eq!(statuses(&gateway, &[one], 4).await, [200, 200, 200, 429]);
    assert_eq!(statuses(&gateway, &[other], 1).await, [200]);
    // The same token as a cookie is the same caller.
    assert_eq!(statuses(&gateway, &[("cookie", "__Host-crm-session=one")], 1).await, [429]);
    assert_eq!(gateway.calls().len(), 7);
}

#[tokio::test]
async fn guessing_tokens_counts_for_the_address() {
    let invalid = || Error::Unauthenticated { reason: "TOKEN_INVALID", message: "sign in".into() };
    let gateway = gateway_with(strict(0), move |_| Err(invalid().into()));
    for (token, status) in [("a", 401), ("b", 401), ("c", 401), ("d", 429)] {
        let header = format!("Bearer {token}");
        assert_eq!(statuses(&gateway, &[("authorization", &header)], 1).await, [status]);
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_client_is_counted() {
    let gateway = gateway_with(strict(1), |_| Ok(Vec::new()));
    assert_eq!(
        statuses(&gateway, &[("x-forwarded-for", "6.6.6.6, 198.51.100.1")], 4).await,
        [200, 200, 200, 429]
    );
    assert_eq!(statuses(&gateway, &[("x-forwarded-for", "7.7.7.7, 198.51.100.1")], 1).await, [429]);
    assert_eq!(statuses(&gateway, &[("x-forwarded-for", "198.51.100.2")], 1).await, [200]);
    assert_eq!(gateway.calls()[3].metadata("x-client-address"), Some("198.51.100.2"));
}

#[tokio::test]
async fn neighbours_in_a_network_of_version_6_share_a_rate() {
    let gateway = gateway_with(strict(1), |_| Ok(Vec::new()));
    let from = async |address: &str| statuses(&gateway, &[("x-forwarded-for", address)], 1).await[0];
    for (address, status) in
        [("2001:db8::1", 200), ("2001:db8::2", 200), ("2001:db8::3", 200), ("2001:db8::4", 429)]
    {
        assert_eq!(from(address).await, status);
    }
    assert_eq!(from("2001:db8:0:1::1").await, 200);
}
