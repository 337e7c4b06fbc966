use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::Method;
use crm_gateway::Settings;
use crm_kit::Error;
use crm_kit::cache::Limit;
use tonic::Status;

use crate::fake::{Gateway, bearer, gateway_with, settings, slow_gateway, token};

/// Three requests a day for everyone.
fn strict(proxies: usize) -> Settings {
    let mut settings = Settings { trusted_proxies: proxies, ..settings() };
    settings.limits.per_caller = Limit { burst: 3, per_second: 1.0 / 28_800.0 };
    settings.limits.per_address = settings.limits.per_caller;
    settings
}

fn invalid() -> Status {
    Error::Unauthenticated { reason: "TOKEN_INVALID", message: "sign in".into() }.into()
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
    let (one, other) = (bearer('a'), bearer('b'));
    let [one, other] = [("authorization", one.as_str()), ("authorization", other.as_str())];
    // A token that nobody has seen to be good yet counts for the address.
    assert_eq!(statuses(&gateway, &[one], 1).await, [200]);
    assert_eq!(statuses(&gateway, &[], 3).await, [200, 200, 429]);
    let reply = gateway.get("/v1/me").await;
    assert_eq!(reply.problem(), (429, "LIMITED".to_owned()));
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 3600);
    assert_eq!(statuses(&gateway, &[other], 1).await, [429]);

    assert_eq!(statuses(&gateway, &[one], 4).await, [200, 200, 200, 429]);
    // The same token as a cookie is the same caller.
    let cookie = format!("__Host-crm-session={}", token('a'));
    assert_eq!(statuses(&gateway, &[("cookie", &cookie)], 1).await, [429]);
    assert_eq!(gateway.calls().len(), 6);
}

#[tokio::test]
async fn guessing_tokens_counts_for_the_address() {
    for well_formed in [false, true] {
        let gateway = gateway_with(strict(0), |_| Err(invalid()));
        for (letter, status) in [('a', 401), ('b', 401), ('c', 401), ('d', 429)] {
            let header = if well_formed { bearer(letter) } else { format!("Bearer {letter}") };
            assert_eq!(statuses(&gateway, &[("authorization", &header)], 1).await, [status]);
        }
        assert_eq!(gateway.calls().len(), if well_formed { 3 } else { 0 });
    }
}

#[tokio::test]
async fn a_token_is_known_only_by_an_answer_that_needs_it() {
    // Anyone may sign in, and a service that fails has not looked at the token.
    let gateway = gateway_with(strict(0), |call| match call.path.ends_with("SignIn") {
        true => Ok(Vec::new()),
        false => Err(Error::Unavailable.into()),
    });
    let made_up = bearer('a');
    let headers = [("authorization", made_up.as_str())];
    assert_eq!(gateway.send(Method::POST, "/v1/sessions", &headers, "{}").await.status.as_u16(), 200);
    assert_eq!(statuses(&gateway, &headers, 3).await, [503, 503, 429]);
}

#[tokio::test]
async fn a_token_that_is_good_no_more_counts_for_the_address() {
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let gateway = gateway_with(strict(0), move |_| match over.load(Ordering::Relaxed) {
        true => Err(invalid()),
        false => Ok(Vec::new()),
    });
    let header = bearer('a');
    let headers = [("authorization", header.as_str())];
    assert_eq!(statuses(&gateway, &headers, 1).await, [200]);
    is_over.store(true, Ordering::Relaxed);
    // One as a known caller, two as an address that has asked once before.
    assert_eq!(statuses(&gateway, &headers, 4).await, [401, 401, 401, 429]);
    assert_eq!(statuses(&gateway, &[], 1).await, [429]);
}

#[tokio::test]
async fn what_is_no_call_counts_for_the_address() {
    let gateway = gateway_with(strict(0), |_| Ok(Vec::new()));
    let header = bearer('a');
    let headers = [("authorization", header.as_str())];
    assert_eq!(statuses(&gateway, &headers, 1).await, [200]);
    for (target, status) in [("/v1/nothing", 404), ("/v1/me:nothing", 404), ("/v1/nothing", 429)] {
        let reply = gateway.send(Method::GET, target, &headers, "").await;
        assert_eq!(reply.status.as_u16(), status);
    }
    assert_eq!(statuses(&gateway, &headers, 1).await, [200]);
}

#[tokio::test]
async fn pages_count_for_the_address() {
    for target in ["/", "/docs", "/docs/nothing.js", "/openapi.json"] {
        let gateway = gateway_with(strict(0), |_| Ok(Vec::new()));
        for _ in 0..3 {
            assert_ne!(gateway.get(target).await.status.as_u16(), 429);
        }
        assert_eq!(gateway.get(target).await.problem(), (429, "LIMITED".to_owned()), "{target}");
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

#[tokio::test]
async fn a_service_works_on_so_many_requests_at_once_and_the_others_wait_for_their_turn() {
    let mut settings = settings();
    settings.limits.concurrent_requests = 2;
    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, peak) = (at_once.clone(), most.clone());
    let gateway = slow_gateway(settings, move |call| {
        if call.service == "sales" {
            return Box::pin(std::future::pending());
        }
        let (counted, peak) = (counted.clone(), peak.clone());
        Box::pin(async move {
            peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            counted.fetch_sub(1, Ordering::SeqCst);
            Ok(Vec::new())
        })
    });
    // A service that does not answer holds up nobody else.
    let stuck = futures::future::join_all((0..5).map(|_| gateway.get("/v1/leads")));
    let served = futures::future::join_all((0..20).map(|_| gateway.get("/v1/me")));
    let served = tokio::select! {
        served = served => served,
        _ = stuck => panic!("sales answered"),
    };
    assert!(served.iter().all(|reply| reply.status.as_u16() == 200));
    assert_eq!((at_once.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 2));
}
