//! What browsers are shown: files built in `web/` that are part of the executable, and the OpenAPI document.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crm_kit::crypto;
use rust_embed::RustEmbed;

use crate::observe::RouteTemplate;
use crate::openapi;
use crate::problem::Problem;

/// Scripts come from here only; styles may also stand in the page, because the page of the API writes them there.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>CRM</title><p>This page is not built. Run \
    <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> and build the executable again. The API is described \
    at <a href=\"/openapi.json\">/openapi.json</a>.";

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

static OPENAPI: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let text = serde_json::to_vec(&openapi::document()).unwrap_or_default();
    let tag = tag(&crypto::sha256(&[&text]));
    (text, tag)
});

/// The routes of everything that is not the API.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/docs")))
        .route(
            "/openapi.json",
            get(async |headers: HeaderMap| {
                serve(&headers, "application/json", OPENAPI.1.clone(), "/openapi.json", || OPENAPI.0.clone())
            }),
        )
        .route(
            "/docs",
            get(async |headers: HeaderMap| file("docs/index.html", &headers).unwrap_or_else(not_built)),
        )
        .route(
            "/docs/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| {
                file(&format!("docs/{path}"), &headers)
                    .unwrap_or_else(|| Problem::no_such_path().into_response())
            }),
        )
        .method_not_allowed_fallback(async || Problem::other_methods("GET, HEAD".to_owned()))
}

fn not_built() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    (headers, NOT_BUILT).into_response()
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = Files::get(path)?;
    let tag = tag(&file.metadata.sha256_hash());
    Some(serve(headers, kind(path), tag, "/docs", || file.data.into_owned()))
}

/// Answers bytes, or that the browser has them already.
fn serve(
    headers: &HeaderMap,
    kind: &'static str,
    tag: String,
    template: &str,
    bytes: impl FnOnce() -> Vec<u8>,
) -> Response {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known =
        known.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(CONTENT_TYPE, kind)], Body::from(bytes())).into_response(),
    };
    let headers = response.headers_mut();
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.extensions_mut().insert(RouteTemplate(template.to_owned()));
    response
}

fn tag(hash: &[u8; 32]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
