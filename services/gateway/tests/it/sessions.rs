use axum::http::{Method, StatusCode};
use crm_gateway::Settings;
use crm_kit::Error;
use crm_protos::identity::v1::{Session, SignInRequest, SignInResponse};
use prost::Message;

use crate::fake::{Call, Gateway, bearer, gateway, gateway_with, settings};

/// A token that looks like one of identity's.
const TOKEN: &str = "crms_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

const COOKIE: (&str, &str) = (
    "cookie",
    "theme=dark; __Host-crm-session=crms_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
);

fn identity(call: &Call) -> Result<Vec<u8>, tonic::Status> {
    match call.path.rsplit('/').next() {
        Some("SignIn") => {
            let session = Session { id: "1".to_owned(), ..Default::default() };
            let token = TOKEN.to_owned();
            Ok(SignInResponse { session: Some(session), token, password_change_required: true }
                .encode_to_vec())
        }
        _ => Ok(Vec::new()),
    }
}

async fn sign_in(gateway: &Gateway, headers: &[(&str, &str)]) -> crate::fake::Reply {
    gateway.send(Method::POST, "/v1/sessions", headers, r#"{"email": "a@b.example", "password": "p"}"#).await
}

#[tokio::test]
async fn signing_in_sets_the_cookie_and_keeps_the_token_from_scripts() {
    let gateway = gateway(identity);
    let reply = sign_in(&gateway, &[]).await;
    assert_eq!(
        reply.header("set-cookie"),
        format!("__Host-crm-session={TOKEN}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure")
    );
    let json = reply.json();
    assert_eq!((&json["token"], &json["session"]["id"]), (&"".into(), &"1".into()));
    assert_eq!(json["password_change_required"], true);
    assert_eq!(gateway.call().decode::<SignInRequest>().email, "a@b.example");
}

#[tokio::test]
async fn without_tls_the_cookie_has_a_plain_name() {
    let settings = Settings { public_url: "http://localhost:8080".to_owned(), ..settings() };
    let gateway = gateway_with(settings, identity);
    let reply = sign_in(&gateway, &[]).await;
    assert_eq!(
        reply.header("set-cookie"),
        format!("crm-session={TOKEN}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")
    );
    gateway.send(Method::GET, "/v1/me", &[("cookie", &format!("crm-session={TOKEN}"))], "").await;
    assert_eq!(gateway.calls()[1].metadata("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(reply.header("strict-transport-security"), "");
}

#[tokio::test]
async fn the_cookie_is_the_bearer_token_of_the_services() {
    let gateway = gateway(identity);
    gateway.send(Method::GET, "/v1/me", &[COOKIE], "").await;
    gateway.get("/v1/me").await;
    assert_eq!(gateway.calls()[0].metadata("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(gateway.calls()[1].metadata("authorization"), None);
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    let gateway = gateway(identity);
    for path in ["/v1/sessions:signOut", "/v1/sessions:signOutEverywhere"] {
        let reply = gateway.send(Method::POST, path, &[COOKIE], "").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.header("set-cookie").starts_with("__Host-crm-session=; Path=/; Max-Age=0;"));
    }
}

#[tokio::test]
async fn a_session_that_has_ended_takes_its_cookie_along() {
    for (reason, is_cleared) in
        [("SESSION_ENDED", true), ("TOKEN_INVALID", true), ("SECOND_FACTOR_REQUIRED", false)]
    {
        let gateway =
            gateway(move |_| Err(Error::Unauthenticated { reason, message: "sign in".into() }.into()));
        let reply = gateway.send(Method::GET, "/v1/me", &[COOKIE], "").await;
        assert_eq!(reply.problem(), (401, reason.to_owned()));
        assert_eq!(reply.header("set-cookie").contains("Max-Age=0"), is_cleared);
        let program = gateway.send(Method::GET, "/v1/me", &[("authorization", &bearer('a'))], "").await;
        assert_eq!(program.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_cookie_that_is_no_token_is_taken_away_and_keeps_nobody_from_signing_in() {
    let gateway = gateway(identity);
    let cookie = ("cookie", "__Host-crm-session=nonsense");
    let reply = gateway.send(Method::GET, "/v1/me", &[cookie], "").await;
    assert_eq!(reply.problem(), (401, "TOKEN_INVALID".to_owned()));
    assert!(reply.header("set-cookie").starts_with("__Host-crm-session=; Path=/; Max-Age=0;"));
    assert!(gateway.calls().is_empty());
    assert_eq!(sign_in(&gateway, &[cookie]).await.status, StatusCode::OK);
    assert_eq!(gateway.call().metadata("authorization"), None);
}

#[tokio::test]
async fn no_other_site_can_use_the_cookie() {
    let gateway = gateway(identity);
    let post = async |headers: &[(&str, &str)]| {
        let reply = gateway.send(Method::POST, "/v1/sessions:signOut", headers, "{}").await;
        reply.status.as_u16()
    };
    assert_eq!(post(&[COOKIE, ("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(post(&[COOKIE, ("sec-fetch-site", "same-site")]).await, 403);
    assert_eq!(post(&[COOKIE, ("origin", "https://evil.example")]).await, 403);
    assert_eq!(post(&[COOKIE, ("origin", "null")]).await, 403);
    assert_eq!(post(&[COOKIE, ("sec-fetch-site", "same-origin")]).await, 200);
    assert_eq!(post(&[COOKIE, ("origin", "https://crm.example")]).await, 200);
    assert_eq!(post(&[COOKIE]).await, 200);
    assert_eq!(post(&[("authorization", &bearer('a')), ("origin", "https://evil.example")]).await, 200);
    // Nobody is signed in to somebody else's account either.
    let reply = sign_in(&gateway, &[("origin", "https://evil.example")]).await;
    assert_eq!(reply.problem(), (403, "CROSS_ORIGIN".to_owned()));
    let read = gateway.send(Method::GET, "/v1/me", &[COOKIE, ("sec-fetch-site", "cross-site")], "").await;
    assert_eq!(read.status, StatusCode::OK);
}

#[tokio::test]
async fn the_pages_of_every_site_may_hand_in_leads_but_not_in_the_name_of_who_is_signed_in() {
    let gateway = gateway(identity);
    let ask = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    let reply = gateway.send(Method::OPTIONS, "/v1/leads:capture", &ask, "").await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    let post = [COOKIE, ("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")];
    let reply = gateway.send(Method::POST, "/v1/leads:capture", &post, r#"{"key": "k", "name": "A"}"#).await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(gateway.call().metadata("authorization"), None);
    let reply = gateway.send(Method::OPTIONS, "/v1/leads", &ask, "").await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn other_origins_are_allowed_only_when_configured() {
    let headers = [("origin", "https://app.example"), ("access-control-request-method", "POST")];
    let closed = gateway(identity);
    let reply = closed.send(Method::OPTIONS, "/v1/accounts", &headers, "").await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (405, ""));

    let settings = Settings { cors_origins: vec!["https://app.example".to_owned()], ..settings() };
    let open = gateway_with(settings, identity);
    let reply = open.send(Method::OPTIONS, "/v1/accounts", &headers, "").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("access-control-allow-origin")),
        (200, "https://app.example")
    );
    let reply = open.send(Method::POST, "/v1/sessions:signOut", &[COOKIE, headers[0]], "{}").await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-credentials")), (200, "true"));
    let reply = open
        .send(Method::POST, "/v1/sessions:signOut", &[COOKIE, ("origin", "https://evil.example")], "")
        .await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (403, ""));
}
