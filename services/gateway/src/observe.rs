//! The outermost layer: names every request, writes its problem, its log line, its metrics and its headers.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use crm_kit::{id, telemetry};

use crate::problem;

/// The name of a request in logs and problems.
#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The template that an answer's path followed.
#[derive(Clone)]
pub(crate) struct RouteTemplate(pub(crate) String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What every answer tells the browser, unless it says otherwise itself.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The headers of every answer.
pub(crate) fn headers(public_url: &str) -> HeaderMap {
    let all = HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let mut headers = HeaderMap::from_iter(all);
    if public_url.starts_with("https://") {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers
}

/// Wraps one request.
pub(crate) async fn observe(
    State(headers): State<Arc<HeaderMap>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let _in_flight = telemetry::http_in_flight();
    let given =
        request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sane(id));
    let request_id = given.map_or_else(|| id::new().to_string(), str::to_owned);
    let (method, path) = (name(request.method()), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let traceparent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let span = telemetry::span(method, "server", &request_id, traceparent);
    // The services continue this span, or where nothing is traced the client's.
    if let Some(value) = telemetry::traceparent(&span).and_then(|text| HeaderValue::try_from(text).ok()) {
        request.headers_mut().insert(TRACEPARENT, value);
    }

    let is_head = request.method() == Method::HEAD;
    let answer = telemetry::within(span.clone(), request_id.clone(), next.run(request)).await;
    let mut response = problem::render(answer, &request_id, &path);
    if is_head {
        *response.body_mut() = Body::empty();
    }
    for (name, value) in headers.iter() {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }

    let template = response.extensions().get::<RouteTemplate>().map_or("unmatched", |template| &template.0);
    let (status, elapsed) = (response.status().as_u16(), start.elapsed());
    telemetry::rename(&span, format!("{method} {template}"));
    telemetry::conclude(&span, "http.response.status_code", status.to_string(), status >= 500);
    drop(span);
    telemetry::observe_http(template, method, status, elapsed.as_secs_f64());
    tracing::info!(method, route = template, status, ms = elapsed.as_millis() as u64, request_id, "request");
    response
}

/// Short and of harmless characters: it is written to logs.
fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// The name of a method; clients may make up others, of which metrics would keep every one.
fn name(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("OTHER")
}
