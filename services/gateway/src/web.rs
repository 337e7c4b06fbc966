//! What browsers are shown: files built in `web/` that are part of the executable, and the OpenAPI document.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use crm_kit::{Error, Result, crypto};
use http_body_util::BodyExt;
use rust_embed::RustEmbed;
use tokio::sync::OnceCell;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::observe::RouteTemplate;
use crate::openapi;
use crate::problem::Problem;

/// Everything comes from here, and neither scripts nor styles stand in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The first parts of the paths of the app's pages; what stands below them is for the app to know.
const PAGES: [&str; 8] =
    ["activate", "customers", "forgot-password", "profile", "reset-password", "sales", "settings", "sign-in"];

/// Files whose names change with their content.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>CRM</title><p>This page is not built. Run \
    <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> and build the executable again. The API is described \
    at <a href=\"/openapi.json\">/openapi.json</a>.";

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

/// Something that never changes while the process runs, compressed when it is first asked for.
struct Document {
    kind: &'static str,
    caching: &'static str,
    tag: String,
    plain: Bytes,
    gzip: OnceCell<Bytes>,
}

/// Tells the layer that compresses answers that nothing is left to do.
#[derive(Clone)]
struct Ready;

static OPENAPI: LazyLock<Document> = LazyLock::new(|| {
    let text = serde_json::to_vec(&openapi::document()).unwrap_or_default();
    Document::new("openapi.json", &crypto::sha256(&[&text]), text.into())
});

static DOCUMENTS: LazyLock<HashMap<Cow<'static, str>, Document>> = LazyLock::new(|| {
    let files = Files::iter().filter_map(|path| {
        let file = Files::get(&path)?;
        let plain = match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => data.into(),
        };
        let document = Document::new(&path, &file.metadata.sha256_hash(), plain);
        Some((path, document))
    });
    files.collect()
});

impl Document {
    fn new(path: &str, hash: &[u8; 32], plain: Bytes) -> Self {
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]));
        let hashed = path.starts_with(HASHED);
        let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        Self { kind: kind(path), caching, tag, plain, gzip: OnceCell::new() }
    }

    /// Answers the document, or that the browser has it already.
    async fn serve(&self, headers: &HeaderMap, template: &str) -> Response {
        let is_known = list(headers, IF_NONE_MATCH).any(|one| one.trim_start_matches("W/") == self.tag);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if list(headers, ACCEPT_ENCODING).any(accepts_gzip)
            && let Ok(body) = self.gzip.get_or_try_init(|| gzip(self.plain.clone())).await.cloned()
        {
            ([(CONTENT_TYPE, self.kind), (CONTENT_ENCODING, "gzip")], body).into_response()
        } else {
            ([(CONTENT_TYPE, self.kind)], self.plain.clone()).into_response()
        };
        let headers = response.headers_mut();
        headers.extend(HeaderValue::try_from(&self.tag).ok().map(|tag| (ETAG, tag)));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.caching));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        response.extensions_mut().insert(Ready);
        response.extensions_mut().insert(RouteTemplate(template.to_owned()));
        response
    }
}

/// Whether the layer that compresses answers may work on one.
pub(crate) fn is_not_ready(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Ready>().is_none()
}

/// Compresses by the middleware that other answers go through.
async fn gzip(plain: Bytes) -> Result<Bytes> {
    let answer = service_fn(async |_| Ok::<_, Infallible>(Response::new(Body::from(plain.clone()))));
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let layer = CompressionLayer::new().compress_when(SizeAbove::new(0));
    let Ok(response) = layer.layer(answer).oneshot(request).await;
    Ok(response.into_body().collect().await.map_err(Error::internal)?.to_bytes())
}

/// The routes of everything that is not the API.
pub(crate) fn routes() -> Router {
    let app = || get(async |headers: HeaderMap| page("index.html", &headers, "/").await);
    let mut router = Router::new()
        .route("/", app())
        .route(
            "/openapi.json",
            get(async |headers: HeaderMap| OPENAPI.serve(&headers, "/openapi.json").await),
        )
        .route("/docs", get(async |headers: HeaderMap| page("docs/index.html", &headers, "/docs").await));
    for name in PAGES {
        router = router.route(&format!("/{name}"), app()).route(&format!("/{name}/{{*path}}"), app());
    }
    for folder in ["app", "assets", "docs"] {
        let file = async move |Path(path): Path<String>, headers: HeaderMap| match DOCUMENTS
            .get(format!("{folder}/{path}").as_str())
        {
            Some(document) => document.serve(&headers, &format!("/{folder}")).await,
            None => Problem::no_such_path().into_response(),
        };
        router = router.route(&format!("/{folder}/{{*path}}"), get(file));
    }
    router.method_not_allowed_fallback(async || Problem::other_methods("GET, HEAD".to_owned()))
}

/// Answers a page, or how to build it.
async fn page(path: &str, headers: &HeaderMap, template: &str) -> Response {
    match DOCUMENTS.get(path) {
        Some(document) => document.serve(headers, template).await,
        None => not_built(),
    }
}

fn not_built() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    (headers, NOT_BUILT).into_response()
}

/// The elements of a header that is a list.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether an element of `Accept-Encoding` allows gzip: it names it, with a weight that is not zero.
fn accepts_gzip(element: &str) -> bool {
    let (coding, weight) = element.split_once(';').unwrap_or((element, ""));
    let weight = weight.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
    coding.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.0)
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
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
