//! One request can be followed through every process by its trace and by its id.

use crm_tests::{Collector, Span, Suite, eventually, servers};
use reqwest::Method;
use serde_json::json;

const PARENT: &str = "b7ad6b7169203331";

/// The parts of the trace of a request, once those of these names have come: each process sends its own, in its own time.
async fn trace(collector: &Collector, trace: &str, names: &[&str]) -> Vec<Span> {
    eventually(&names.join(", "), async || {
        let spans = collector.trace(trace);
        names.iter().all(|name| spans.iter().any(|span| span.name == *name)).then_some(spans)
    })
    .await
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("{name} is not among {spans:?}"))
}

#[tokio::test]
async fn a_request_is_one_trace_through_gateway_service_and_database() {
    let collector = Collector::start().await;
    let settings = [("CRM__TRACES__ENDPOINT", collector.url()), ("CRM__TRACES__SAMPLE_RATIO", "0")];
    let mut suite = Suite::start_with(&settings).await;
    let administrator = suite.administrator().await;
    let user = json!({ "email": "wei@example.com", "display_name": "Wei Chen" });
    for (number, (service, path, body, rpc)) in [
        ("customers", "/v1/accounts", json!({ "name": "Acme" }), "crm.customers.v1.Accounts/CreateAccount"),
        ("identity", "/v1/users", user, "crm.identity.v1.Users/CreateUser"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("0af7651916cd43dd8448eb211c8031{number:02}");
        let request_id = format!("follow-me-{number}");
        // Whoever asks has decided that this one is traced.
        let request = administrator
            .request(Method::POST, path)
            .header("traceparent", format!("00-{id}-{PARENT}-01"))
            .header("x-request-id", &request_id);
        administrator.send(request.json(&body)).await.ok();

        let (route, transaction) = (format!("POST {path}"), format!("transaction {service}"));
        let spans = trace(&collector, &id, &[&route, rpc, &transaction]).await;
        let gateway = named(&spans, &route);
        let called = named(&spans, rpc);
        let written = named(&spans, &transaction);
        assert_eq!((&*gateway.parent, &called.parent, &written.parent), (PARENT, &gateway.id, &called.id));
        assert!(spans.iter().all(|span| span.request_id == request_id), "{spans:?}");
        let processes = [&*gateway.process, &*called.process, &*written.process];
        match servers() {
            None => assert_eq!(processes, ["crm"; 3]),
            Some(_) => {
                let own = format!("crm-{service}");
                assert_eq!(processes, ["crm-gateway", &own, &own]);
            }
        }
    }
}

#[tokio::test]
async fn the_last_traces_are_sent_when_a_process_ends() {
    let collector = Collector::start().await;
    let mut suite = Suite::start_with(&[("CRM__TRACES__ENDPOINT", collector.url())]).await;
    let administrator = suite.administrator().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = administrator.request(Method::GET, "/v1/accounts");
    let request = request.header("traceparent", format!("00-{trace}-{PARENT}-01"));
    administrator.send(request).await.ok();
    assert!(suite.process("gateway").terminate().await);
    assert!(collector.trace(trace).iter().any(|span| span.name == "GET /v1/accounts"));
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nobody_up() {
    let settings = [("CRM__TRACES__ENDPOINT", "http://127.0.0.1:9"), ("CRM__TRACES__SAMPLE_RATIO", "1")];
    let mut suite = Suite::start_with(&settings).await;
    let administrator = suite.administrator().await;
    for number in 0..5 {
        administrator.post("/v1/accounts", json!({ "name": format!("Acme {number}") })).await.ok();
    }
    assert!(suite.process("gateway").terminate().await);
}

#[tokio::test]
async fn a_fault_in_the_log_of_a_service_names_the_request() {
    let mut suite = Suite::start_with(&[("CRM__LOG__FORMAT", "json")]).await;
    let administrator = suite.administrator().await;
    let account = administrator.post("/v1/accounts", json!({ "name": "Acme" })).await.ok();
    suite.alter("customers", "alter table accounts rename to gone");
    let path = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
    let request = administrator.request(Method::GET, &path).header("x-request-id", "follow-me");
    administrator.send(request).await.refused(500, "INTERNAL");
    let log = suite.process("customers").output();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let faults: Vec<_> = lines.filter(|line| line["level"] == "ERROR").collect();
    assert!(faults.iter().any(|fault| fault["span"]["request_id"] == "follow-me"), "{faults:?}");
    suite.alter("customers", "alter table gone rename to accounts");
}
