//! Bad input gets a clear refusal and loses nothing.

use crm_protos::access::v1::SignedCaller;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::{Account, GetAccountRequest};
use crm_tests::{Rest, Suite, eventually, text};
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};

#[tokio::test]
async fn bad_input_is_refused_with_a_reason_and_changes_nothing() {
    let mut suite = Suite::start().await;
    let rest = suite.administrator().await;
    let account =
        rest.post("/v1/accounts", json!({ "name": "Acme", "phones": [{ "number": "021 6123 8888" }] })).await;
    let account = account.ok();
    let path = format!("/v1/accounts/{}", text(&account["id"]));
    rest.post("/v1/accounts", json!({ "name": "Acme two" })).await.ok();

    let post = |body: Vec<u8>| ("POST", "/v1/accounts".to_owned(), body);
    let patch = |body: Value| ("PATCH", path.clone(), body.to_string().into_bytes());
    let get = |query: &str| ("GET", format!("/v1/accounts{query}"), Vec::new());
    let large = json!({ "name": "x", "description": "x".repeat(2 << 20) }).to_string().into_bytes();
    let table = [
        ("malformed JSON", post(b"{\"name\": ".to_vec()), 400),
        ("no JSON object", post(b"[]".to_vec()), 400),
        ("invalid UTF-8", post(b"{\"name\": \"\xff\xfe\"}".to_vec()), 400),
        ("an unknown field", post(br#"{"name": "x", "colour": "red"}"#.to_vec()), 400),
        ("a wrong type", post(br#"{"name": 7}"#.to_vec()), 400),
        ("a number too large", post(br#"{"name": "x", "employees": 3000000000}"#.to_vec()), 400),
        ("an unknown enum value", post(br#"{"name": "x", "grade": "ACCOUNT_GRADE_Z"}"#.to_vec()), 400),
        ("nesting without end", post([b"{\"name\":".repeat(20_000), b"1".to_vec()].concat()), 400),
        ("too much", post(large), 413),
        ("a missing name", post(b"{}".to_vec()), 400),
        ("a wrong e-mail address", post(br#"{"name": "x", "emails": [{"address": "at"}]}"#.to_vec()), 400),
        ("a wrong telephone number", post(br#"{"name": "x", "phones": [{"number": "12"}]}"#.to_vec()), 400),
        ("an empty name", patch(json!({ "name": "" })), 400),
        ("a stale etag", patch(json!({ "name": "x", "etag": "no etag" })), 409),
        ("a forged page token", get("?page_token=AAAA"), 400),
        ("a page token that is no text", get("?page_token=%ff%fe"), 400),
        ("an unknown parameter", get("?colour=red"), 400),
        ("a page size that is no number", get("?page_size=many"), 400),
        ("a filter on an unknown field", get("?filter=colour%3Dred"), 400),
        ("a filter that is none", get("?filter=%3D%3D"), 400),
        ("a filter of the wrong type", get("?filter=employees%3Emany"), 400),
        ("an unknown order", get("?order_by=colour"), 400),
        ("an id that is none", get("/none"), 404),
        ("an unknown id", get("/0190a000-0000-7000-8000-000000000000"), 404),
        ("an unknown path", ("GET", "/v1/nothing".to_owned(), Vec::new()), 404),
        ("an unknown method", ("PUT", path.clone(), b"{}".to_vec()), 405),
    ];
    for (what, (method, path, body), status) in table {
        let request = rest.request(method.parse().unwrap(), &path).header("content-type", "application/json");
        let answer = rest.send(request.body(Body::from(body))).await;
        let reason = text(&answer.body["reason"]);
        assert!(!reason.is_empty(), "{what}: {answer:?}");
        let problem = answer.refused(status, &reason);
        assert!(!text(&problem["detail"]).is_empty(), "{what}: {problem}");
        assert!(!text(&problem["request_id"]).is_empty(), "{what}: {problem}");
    }
    assert_eq!(rest.get(&path).await.ok(), account);
    assert_eq!(count(&rest).await, 2);
}

#[tokio::test]
async fn all_violations_are_named_in_one_answer() {
    let mut suite = Suite::start().await;
    let rest = suite.administrator().await;
    let account = json!({
        "website": "not an address",
        "phones": [{ "number": "+86 21 6123 8888" }, { "number": "12" }],
        "emails": [{ "address": "nobody" }],
        "currency": "GOLD",
    });
    let problem = rest.post("/v1/accounts", account).await.refused(400, "INVALID");
    let violations = problem["violations"].as_array().unwrap();
    for field in ["account.name", "account.phones[1].number", "account.emails[0].address", "account.currency"]
    {
        let violation = violations.iter().find(|violation| violation["field"] == field);
        let violation = violation.unwrap_or_else(|| panic!("{field} is not named in {problem}"));
        assert!(
            !text(&violation["reason"]).is_empty() && !text(&violation["message"]).is_empty(),
            "{violation}"
        );
    }
    assert!(
        !violations.iter().any(|violation| violation["field"] == "account.phones[0].number"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_page_token_is_good_only_for_the_list_that_made_it() {
    let mut suite = Suite::start().await;
    let rest = suite.administrator().await;
    for number in 0..5 {
        rest.post("/v1/accounts", json!({ "name": format!("Acme {number}") })).await.ok();
    }
    let page = rest.get("/v1/accounts?page_size=2&order_by=name").await.ok();
    let token = text(&page["next_page_token"]);
    let next = rest.get(&format!("/v1/accounts?page_size=2&order_by=name&page_token={token}")).await.ok();
    assert_eq!(next["accounts"][0]["name"], "Acme 2");
    let mut forged = token.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'B' } else { 'A' });
    let middle = format!("{}{}", &token[..token.len() / 2], &token[token.len() / 2 + 1..]);
    for query in [
        format!("order_by=name&page_token={forged}"),
        format!("order_by=name&page_token={middle}"),
        format!("order_by=name%20desc&page_token={token}"),
        format!("page_token={token}"),
        format!("order_by=name&filter=name~Acme&page_token={token}"),
        format!("order_by=name&query=Acme&page_token={token}"),
    ] {
        let answer = rest.get(&format!("/v1/accounts?page_size=2&{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
    }
    assert_eq!(
        rest.get(&format!("/v1/contacts?page_size=2&order_by=name&page_token={token}")).await.status,
        400
    );
}

#[tokio::test]
async fn a_repeated_request_is_answered_again_and_done_once() {
    let mut suite = Suite::start().await;
    let rest = suite.administrator().await;
    let create = async |name: &str| {
        let request = rest.request(Method::POST, "/v1/accounts").header("idempotency-key", "order-66");
        rest.send(request.json(&json!({ "name": name }))).await
    };
    let (first, second) = tokio::join!(create("Acme"), create("Acme"));
    let first = first.ok();
    assert_eq!(first, second.ok());
    assert_eq!(first, create("Acme").await.ok());
    create("Another").await.refused(400, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(count(&rest).await, 1);
}

#[tokio::test]
async fn forged_and_ended_callers_are_refused() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let mut accounts = AccountsClient::new(suite.grpc("customers", &key).remove(0));
    let request = GetAccountRequest { id: "none".to_owned() };
    let refusal = accounts.get_account(request.clone()).await.unwrap_err();
    assert_eq!(refusal.code(), Code::NotFound, "{refusal}");

    let mut forged = Request::new(request.clone());
    forged
        .metadata_mut()
        .insert_bin("crm-caller-bin", MetadataValue::from_bytes(b"\x0a\x02\x12\x00\x12\x01x"));
    assert_eq!(accounts.get_account(forged).await.unwrap_err().code(), Code::Unauthenticated);

    let mut stranger = AccountsClient::new(suite.grpc("customers", "crmk_bm9ib2R5").remove(0));
    assert_eq!(stranger.get_account(request.clone()).await.unwrap_err().code(), Code::Unauthenticated);

    let mut unknown = tonic::client::Grpc::new(suite.grpc("customers", &key).remove(0));
    unknown.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<GetAccountRequest, GetAccountRequest>::default();
    let method = "/crm.customers.v1.Accounts/MakeCoffee".parse().unwrap();
    let refusal = unknown.unary(Request::new(request.clone()), method, codec).await.unwrap_err();
    assert_eq!(refusal.code(), Code::Unimplemented, "{refusal}");

    let keys = administrator.all("/v1/api-keys", "api_keys", &[]).await;
    let revoke = format!("/v1/api-keys/{}/revoke", text(&keys[0]["id"]));
    administrator.post(&revoke, json!({})).await.ok();
    assert_eq!(accounts.get_account(request).await.unwrap_err().code(), Code::Unauthenticated);
    suite.program(&key).get("/v1/me").await.refused(401, "TOKEN_INVALID");
}

#[tokio::test]
async fn sessions_and_keys_whose_time_is_over_are_refused() {
    let mut suite = Suite::start_with(&[("CRM__SECURITY__CALLER_SECONDS", "1")]).await;
    let administrator = suite.administrator().await;
    let program = suite.program(&suite.key(&administrator, "Administrator").await);
    for (rest, table) in [(&program, "api_keys"), (&administrator, "sessions")] {
        rest.get("/v1/me").await.ok();
        suite.alter("identity", &format!("update {table} set expire_time = create_time"));
        let answer = eventually("the end", async || {
            let answer = rest.get("/v1/me").await;
            (answer.status != 200).then_some(answer)
        });
        answer.await.refused(401, "SESSION_ENDED");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_over_grpc() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let method = "/crm.customers.v1.Accounts/CreateAccount";
    // The request's account, with bytes that no proto of ours would make of it.
    for account in [&b"\x42\x02\xff\xfe"[..], b"\x42\x7f", b"\xff\xff\xff\xff\xff"] {
        let mut client = tonic::client::Grpc::new(suite.grpc("customers", &key).remove(0));
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<SignedCaller, Account>::default();
        let request = SignedCaller { caller: account.to_vec(), ..SignedCaller::default() };
        let answer = client.unary(Request::new(request), method.parse().unwrap(), codec).await;
        assert_eq!(answer.unwrap_err().code(), Code::Internal);
    }
    assert_eq!(count(&administrator).await, 0);
}

async fn count(rest: &Rest) -> i64 {
    text(&rest.get("/v1/accounts:count").await.ok()["count"]).parse().unwrap()
}
