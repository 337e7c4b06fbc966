use axum::http::{Method, StatusCode};
use crm_kit::error::Violations;
use crm_kit::{Error, Violation};
use crm_protos::customers::v1::Account;
use prost::Message;
use tonic::Status;

use crate::fake::{Gateway, gateway, gateway_with, settings, slow_gateway};

fn willing() -> Gateway {
    gateway(|_| Ok(Account::default().encode_to_vec()))
}

#[tokio::test]
async fn errors_of_services_become_problems() {
    type Case = (fn() -> Status, u16, &'static str);
    let cases: [Case; 12] = [
        (|| Error::NotFound.into(), 404, "NOT_FOUND"),
        (|| Error::Stale.into(), 409, "STALE"),
        (|| Error::Exists { reason: "EMAIL_TAKEN", message: "taken".into() }.into(), 409, "EMAIL_TAKEN"),
        (|| Error::precondition("NOT_DELETED", "delete it first").into(), 422, "NOT_DELETED"),
        (
            || Error::Denied { reason: "PERMISSION_MISSING", message: "ask".into() }.into(),
            403,
            "PERMISSION_MISSING",
        ),
        (
            || Error::Unauthenticated { reason: "NOT_SIGNED_IN", message: "sign in".into() }.into(),
            401,
            "NOT_SIGNED_IN",
        ),
        (|| Error::Unavailable.into(), 503, "UNAVAILABLE"),
        (|| Error::internal("secret").into(), 500, "INTERNAL"),
        (|| Status::unimplemented(""), 501, "UNIMPLEMENTED"),
        (|| Status::deadline_exceeded(""), 504, "TIMEOUT"),
        (|| Status::unavailable("tcp connect error: 10.0.0.1"), 503, "UNAVAILABLE"),
        (|| Status::unknown("10.0.0.1"), 500, "INTERNAL"),
    ];
    for (error, status, reason) in cases {
        let gateway = gateway(move |_| Err(error()));
        let reply = gateway.get("/v1/accounts/7?").await;
        assert_eq!(reply.problem(), (status, reason.to_owned()));
        assert_eq!(reply.json()["instance"], "/v1/accounts/7");
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(!text.contains("secret") && !text.contains("10.0.0.1"), "{text}");
        assert_eq!(reply.header("www-authenticate"), if status == 401 { "Bearer" } else { "" });
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn violations_of_services_are_passed_on() {
    let gateway = gateway(|_| {
        let mut violations = Violations::default();
        violations.add("account.name", "REQUIRED", "give a name");
        violations.add("account.phones[0].number", "PHONE_MALFORMED", "give a phone number");
        Err(violations.finish().unwrap_err().into())
    });
    let reply = gateway.post("/v1/accounts", "{}").await;
    assert_eq!(reply.problem(), (400, "INVALID".to_owned()));
    assert_eq!(reply.violations(), ["account.name REQUIRED", "account.phones[0].number PHONE_MALFORMED"]);
    assert_eq!(reply.json()["violations"][0]["message"], "give a name");
}

#[tokio::test]
async fn bad_input_is_named_and_never_reaches_a_service() {
    let gateway = willing();
    let cases: [(Method, &str, &[u8], &str); 9] = [
        (Method::POST, "/v1/accounts", b"{\"nam\": 1}", "account.nam UNKNOWN_FIELD"),
        (Method::POST, "/v1/accounts", b"{\"name\": 1}", "account.name TYPE_MISMATCH"),
        (Method::POST, "/v1/accounts", b"{\"name\": ", "body MALFORMED_JSON"),
        (Method::POST, "/v1/accounts", b"{\"name\": \"\xff\"}", "body INVALID_ENCODING"),
        (Method::POST, "/v1/accounts", b"[]", "account TYPE_MISMATCH"),
        (Method::GET, "/v1/accounts?page=1", b"", "page UNKNOWN_PARAMETER"),
        (Method::GET, "/v1/accounts?page_size=many", b"", "page_size TYPE_MISMATCH"),
        (Method::GET, "/v1/accounts?query=%FF", b"", "query INVALID_ENCODING"),
        (Method::GET, "/v1/accounts/%FF", b"", "path INVALID_ENCODING"),
    ];
    for (method, target, body, violation) in cases {
        let reply = gateway.send_bytes(method, target, &[], body.to_vec()).await;
        assert_eq!(reply.problem(), (400, "INVALID".to_owned()), "{target}");
        assert_eq!(reply.violations(), [violation]);
    }
    assert!(gateway.calls().is_empty());
}

#[tokio::test]
async fn a_request_with_countless_faults_gets_a_short_answer() {
    let keys: Vec<String> = (0..800).map(|key| format!(r#""{key}":0"#)).collect();
    let reply = willing().post("/v1/accounts", &format!("{{{}}}", keys.join(","))).await;
    assert_eq!(reply.problem(), (400, "INVALID".to_owned()));
    assert_eq!(reply.violations().len(), 50);
    let long = format!(r#"{{"{}": 0, "name": ["{0}"]}}"#, "k".repeat(4000));
    let reply = willing().post("/v1/accounts", &long).await;
    assert_eq!(reply.violations().len(), 2);
    assert!(reply.body.len() < 1500);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let gateway = willing();
    assert_eq!(gateway.get("/v1/nothing").await.problem(), (404, "NO_SUCH_PATH".to_owned()));
    assert_eq!(gateway.get("/v1/accounts/").await.problem(), (404, "NO_SUCH_PATH".to_owned()));
    // A method without a path is no path either.
    let internal = gateway.post("/crm.feed.v1.Feed/Pull", "{}").await;
    assert_eq!(internal.problem(), (404, "NO_SUCH_PATH".to_owned()));
    let reply = gateway.send(Method::PUT, "/v1/accounts/7", &[], "{}").await;
    assert_eq!(reply.problem(), (405, "METHOD_NOT_ALLOWED".to_owned()));
    assert_eq!(reply.header("allow"), "DELETE, GET, HEAD, PATCH");
}

#[tokio::test]
async fn a_body_that_is_not_json_or_too_large_is_refused() {
    let gateway = willing();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = gateway.send(Method::POST, "/v1/accounts", &form, "name=x").await;
    assert_eq!(reply.problem(), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    let json = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(gateway.send(Method::POST, "/v1/accounts", &json, "{}").await.status, StatusCode::OK);
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(10_000));
    assert_eq!(gateway.post("/v1/accounts", &large).await.problem(), (413, "TOO_LARGE".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_answer_is_not_waited_for() {
    let gateway = slow_gateway(settings(), |_| Box::pin(std::future::pending()));
    assert_eq!(gateway.get("/v1/accounts/7").await.problem(), (504, "TIMEOUT".to_owned()));
}

#[tokio::test]
async fn a_panic_and_a_broken_answer_are_internal_errors() {
    let panics = gateway(|_| panic!("a planned panic"));
    assert_eq!(panics.get("/v1/accounts/7").await.problem(), (500, "INTERNAL".to_owned()));
    let broken = gateway(|_| Ok(vec![10, 200]));
    assert_eq!(broken.get("/v1/accounts/7").await.problem(), (500, "INTERNAL".to_owned()));
}

#[tokio::test]
async fn a_single_violation_is_a_violation() {
    let gateway =
        gateway_with(settings(), |_| Err(Error::from(Violation::new("id", "REQUIRED", "give an id")).into()));
    assert_eq!(gateway.get("/v1/accounts/7").await.violations(), ["id REQUIRED"]);
}
