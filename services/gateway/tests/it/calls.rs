use axum::http::{Method, StatusCode};
use crm_kit::access::Caller;
use crm_kit::clock::Clock;
use crm_protos::customers::v1::*;
use prost::Message;
use prost_types::{FieldMask, Timestamp};
use serde_json::json;
use tonic::metadata::MetadataMap;

use crate::fake::{Gateway, bearer, gateway, keys};

fn account() -> Account {
    Account {
        id: "7".to_owned(),
        etag: "3".to_owned(),
        create_time: Some(Timestamp { seconds: 1_769_850_000, nanos: 250_000_000 }),
        name: "北京贸易".to_owned(),
        r#type: AccountType::Customer as i32,
        annual_revenue: 9_007_199_254_740_993,
        phones: vec![Phone { number: "+861012345678".to_owned(), primary: true, ..Default::default() }],
        ..Default::default()
    }
}

/// Services that answer the account whatever they are asked.
fn accounts() -> Gateway {
    gateway(|_| Ok(account().encode_to_vec()))
}

#[tokio::test]
async fn a_body_becomes_a_message_and_the_answer_json() {
    let gateway = accounts();
    let body = json!({"name": "北京贸易", "type": "ACCOUNT_TYPE_CUSTOMER", "annualRevenue": "12", "phones": [{"number": "1"}]});
    let reply = gateway.post("/v1/accounts", &body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/json");
    let answer = reply.json();
    assert_eq!(answer["create_time"], "2026-01-31T09:00:00.250Z");
    assert_eq!(answer["annual_revenue"], "9007199254740993");
    assert_eq!(answer["type"], "ACCOUNT_TYPE_CUSTOMER");
    assert_eq!(answer["grade"], "ACCOUNT_GRADE_UNSPECIFIED");
    assert_eq!(answer["website"], "");
    assert_eq!(answer["tags"], json!([]));
    assert_eq!(answer.get("delete_time"), None);

    let call = gateway.call();
    assert_eq!((call.service, call.path.as_str()), ("customers", "/crm.customers.v1.Accounts/CreateAccount"));
    let sent = call.decode::<CreateAccountRequest>().account.unwrap();
    assert_eq!((sent.name.as_str(), sent.annual_revenue, sent.phones.len()), ("北京贸易", 12, 1));
}

#[tokio::test]
async fn path_and_query_become_a_message() {
    let gateway = accounts();
    gateway.get("/v1/accounts/7").await;
    gateway.get("/v1/accounts?page_size=5&filter=name~acme&filter=tags%3D%E5%8C%97&orderBy=name+desc").await;
    gateway.get("/v1/accounts:batchGet?ids=1&ids=2").await;
    let calls = gateway.calls();
    assert_eq!(calls[0].decode::<GetAccountRequest>().id, "7");
    let list = calls[1].decode::<ListAccountsRequest>();
    assert_eq!(list.filter, ["name~acme", "tags=北"]);
    assert_eq!((list.page_size, list.order_by.as_str()), (5, "name desc"));
    assert_eq!(calls[2].decode::<BatchGetAccountsRequest>().ids, ["1", "2"]);
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_changed() {
    let gateway = accounts();
    let mut read = gateway.get("/v1/accounts/7").await.json();
    read["name"] = "Other".into();
    let reply = gateway.send(Method::PATCH, "/v1/accounts/7", &[], &read.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK);
    let sent = gateway.calls()[1].decode::<UpdateAccountRequest>();
    let account = sent.account.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str(), account.etag.as_str()), ("7", "Other", "3"));
    assert_eq!(account.create_time, None);
    let paths = sent.update_mask.unwrap().paths;
    assert!(paths.contains(&"name".to_owned()) && paths.contains(&"phones".to_owned()));
    assert!(
        !paths.iter().any(|path| matches!(path.as_str(), "id" | "etag" | "create_time" | "department_id"))
    );
}

#[tokio::test]
async fn a_patch_changes_what_its_body_or_its_mask_names() {
    let gateway = accounts();
    let headers = [("if-match", "\"4\"")];
    gateway.send(Method::PATCH, "/v1/accounts/7", &headers, r#"{"name": "x", "creditStatus": null}"#).await;
    gateway.send(Method::PATCH, "/v1/accounts/7?update_mask=website", &[], r#"{"name": "x"}"#).await;
    gateway.send(Method::DELETE, "/v1/accounts/7", &headers, "").await;
    let calls = gateway.calls();
    let first = calls[0].decode::<UpdateAccountRequest>();
    assert_eq!(first.account.unwrap().etag, "4");
    assert_eq!(
        first.update_mask,
        Some(FieldMask { paths: vec!["credit_status".to_owned(), "name".to_owned()] })
    );
    let second = calls[1].decode::<UpdateAccountRequest>();
    assert_eq!(second.update_mask, Some(FieldMask { paths: vec!["website".to_owned()] }));
    assert_eq!(
        calls[2].decode::<DeleteAccountRequest>(),
        DeleteAccountRequest { id: "7".to_owned(), etag: "4".to_owned() }
    );
}

#[tokio::test]
async fn services_are_told_who_asks_and_nothing_else() {
    let gateway = accounts();
    let bearer = bearer('a');
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "once"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("x-request-id", "mine-1"),
        ("user-agent", "Browser/1"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-client-address", "203.0.113.9"),
        ("crm-caller-bin", "AAAA"),
        ("cookie", "__Host-crm-session=other"),
    ];
    let reply = gateway.send(Method::POST, "/v1/accounts", &headers, "{}").await;
    assert_eq!(reply.header("x-request-id"), "mine-1");
    let call = gateway.call();
    assert_eq!(call.metadata("authorization"), Some(bearer.as_str()));
    assert_eq!(call.metadata("idempotency-key"), Some("once"));
    assert_eq!(call.metadata("traceparent"), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    assert_eq!(call.metadata("x-request-id"), Some("mine-1"));
    assert_eq!(call.metadata("x-client-address"), Some("192.0.2.7"));
    assert_eq!(call.metadata("x-client-agent"), Some("Browser/1"));
    assert_eq!(call.metadata("grpc-timeout").map(|time| time.is_empty()), Some(false));
    for name in ["cookie", "x-forwarded-for"] {
        assert_eq!(call.metadata(name), None, "{name}");
    }
    // The gateway's own introduction, instead of the one that the client made up.
    let introduction =
        MetadataMap::from_headers(call.metadata).get_bin("crm-caller-bin").unwrap().to_bytes().unwrap();
    let caller = Caller::verify(&introduction, &keys(), Clock::default().now()).unwrap();
    assert_eq!(caller.service.as_deref(), Some("gateway"));
}

#[tokio::test]
async fn what_services_are_told_stays_short() {
    let gateway = accounts();
    let long = "a".repeat(200_000);
    let token = format!("{}_{}", "c".repeat(136), "A".repeat(64));
    for bearer in [&format!("Bearer {long}"), &format!("Bearer {token}"), "Bearer crms_bm9ib2R5"] {
        let reply = gateway.send(Method::GET, "/v1/accounts/7", &[("authorization", bearer)], "").await;
        assert_eq!(reply.problem(), (401, "TOKEN_INVALID".to_owned()));
    }
    for key in [&long, &"a".repeat(256), "", "two words"] {
        let reply = gateway.send(Method::POST, "/v1/accounts", &[("idempotency-key", key)], "{}").await;
        assert_eq!(reply.problem(), (400, "INVALID".to_owned()));
        assert_eq!(reply.violations(), ["idempotency-key IDEMPOTENCY_KEY_MALFORMED"]);
    }
    assert!(gateway.calls().is_empty());

    let key = "k".repeat(255);
    let headers = [("traceparent", long.as_str()), ("user-agent", &long), ("idempotency-key", &key)];
    assert_eq!(gateway.send(Method::POST, "/v1/accounts", &headers, "{}").await.status, StatusCode::OK);
    let call = gateway.call();
    assert_eq!(call.metadata("traceparent"), None);
    assert_eq!(call.metadata("x-client-agent").map(str::len), Some(256));
    assert_eq!(call.metadata("idempotency-key"), Some(key.as_str()));
}

#[tokio::test]
async fn a_request_without_a_sane_id_gets_one() {
    let gateway = accounts();
    let strange = "x".repeat(65);
    for id in ["", "a b", "<script>", strange.as_str()] {
        let reply = gateway.send(Method::GET, "/v1/accounts/7", &[("x-request-id", id)], "").await;
        assert_eq!(reply.header("x-request-id").len(), 36, "{id}");
    }
    let ids: std::collections::HashSet<_> =
        gateway.calls().iter().map(|call| call.metadata("x-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let reply = accounts().send(Method::HEAD, "/v1/accounts/7", &[], "").await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, 0));
    assert_eq!(reply.header("content-type"), "application/json");
}

#[tokio::test]
async fn large_answers_are_compressed() {
    let gateway = gateway(|_| Ok(Account { description: "long ".repeat(100), ..account() }.encode_to_vec()));
    for (encoding, accepted) in [("gzip", "gzip"), ("br", "gzip, br")] {
        let reply = gateway.send(Method::GET, "/v1/accounts/7", &[("accept-encoding", accepted)], "").await;
        assert_eq!(reply.header("content-encoding"), encoding);
        assert!(reply.body.len() < 500);
    }
}
