use axum::http::{Method, StatusCode};

use crate::fake::{Gateway, gateway};

fn idle() -> Gateway {
    gateway(|_| Ok(Vec::new()))
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let gateway = idle();
    for target in ["/v1/me", "/v1/nothing", "/docs", "/openapi.json", "/", "/customers/accounts"] {
        let reply = gateway.get(target).await;
        assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{target}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{target}");
        assert!(!reply.header("content-security-policy").contains("unsafe"), "{target}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(reply.header("permissions-policy").contains("camera=()"));
        assert!(reply.header("strict-transport-security").contains("max-age=31536000"));
        assert_eq!(reply.header("x-request-id").len(), 36);
    }
    assert_eq!(gateway.get("/v1/me").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_document_is_served_and_revalidated() {
    let gateway = idle();
    let reply = gateway.get("/openapi.json").await;
    assert_eq!(reply.json(), crm_gateway::openapi::document());
    let tag = reply.header("etag");
    let again = gateway.send(Method::GET, "/openapi.json", &[("if-none-match", tag)], "").await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let other = gateway.send(Method::GET, "/openapi.json", &[("if-none-match", "\"other\"")], "").await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn documents_are_compressed_once_and_for_whoever_accepts_it() {
    let gateway = idle();
    let get = async |accepted| {
        gateway.send(Method::GET, "/openapi.json", &[("accept-encoding", accepted)], "").await
    };
    let plain = get("identity").await;
    for accepted in ["gzip", "br, GZIP;q=0.5"] {
        let reply = get(accepted).await;
        assert_eq!(reply.header("content-encoding"), "gzip");
        assert_eq!(reply.header("vary"), "accept-encoding");
        // Only what is compressed already has a length before it is sent.
        assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        assert!(reply.body.len() < plain.body.len() / 4);
        // Gzip begins with its mark and ends with the length of what it holds.
        assert!(reply.body.starts_with(&[0x1f, 0x8b]));
        assert!(reply.body.ends_with(&(plain.body.len() as u32).to_le_bytes()));
    }
    for accepted in ["br", "gzip;q=0, br"] {
        let reply = get(accepted).await;
        assert_eq!((reply.header("content-encoding"), &reply.body), ("", &plain.body));
    }
}

#[tokio::test]
async fn people_find_the_app_and_a_page_about_the_api() {
    let gateway = idle();
    for (target, script) in [("/docs", "/docs/docs.js"), ("/", "/assets/"), ("/sign-in", "/assets/")] {
        let page = gateway.get(target).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(text.contains(script) || text.contains("not built"), "{text}");
        assert!(!text.contains("<script>") && !text.contains("<style"));
    }
}

#[tokio::test]
async fn every_page_of_the_app_is_one_document() {
    let gateway = idle();
    let start = gateway.get("/").await;
    for target in ["/sign-in", "/activate?token=x", "/customers/accounts", "/settings/roles/1"] {
        let page = gateway.get(target).await;
        assert_eq!((page.status, &page.body), (StatusCode::OK, &start.body), "{target}");
    }
}

#[tokio::test]
async fn files_that_are_named_by_their_content_are_kept_for_good() {
    let gateway = idle();
    let start = String::from_utf8(gateway.get("/").await.body.to_vec()).unwrap();
    let Some((_, rest)) = start.split_once("src=\"/assets/") else {
        assert!(start.contains("not built"), "{start}");
        return;
    };
    let script = format!("/assets/{}", rest.split('"').next().unwrap());
    let reply = gateway.get(&script).await;
    assert_eq!(reply.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(!reply.header("etag").is_empty());
}

#[tokio::test]
async fn nothing_else_is_served() {
    let gateway = idle();
    for target in [
        "/nothing",
        "/assets/nothing.js",
        "/app/../index.html",
        "/docs/nothing.js",
        "/docs/../package.json",
        "/docs/..%2F..%2Fpackage.json",
        "/docs/%2Fetc%2Fpasswd",
    ] {
        assert_eq!(gateway.get(target).await.problem(), (404, "NO_SUCH_PATH".to_owned()), "{target}");
    }
    let reply = gateway.send(Method::POST, "/docs", &[], "").await;
    assert_eq!(reply.problem(), (405, "METHOD_NOT_ALLOWED".to_owned()));
    assert_eq!(reply.header("allow"), "GET, HEAD");
}
