//! REST for the suite, without code for any endpoint: whatever the protos annotate is reachable.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use crm_kit::access::Introduction;
use crm_kit::cache::Cache;
use crm_kit::channel::Channel;
use crm_kit::config::{self, LimitSettings};
use crm_kit::{Error, Result};
use tower::ServiceExt;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::cors::CorsLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use api::Api;
use limit::Limits;
use problem::Problem;
use session::Cookies;
use transcode::Transcoder;
use upstream::Upstreams;

mod annotation;
mod api;
mod limit;
mod observe;
pub mod openapi;
mod problem;
mod session;
mod transcode;
mod upstream;
mod web;

/// What the gateway is told about its surroundings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How people reach the gateway; without a trailing slash.
    pub public_url: String,
    /// How many proxies in front add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// How much a caller may ask.
    pub limits: LimitSettings,
    /// The other sites that may call from a browser.
    pub cors_origins: Vec<String>,
    /// How long a browser keeps a session at most.
    pub session_lifetime: Duration,
}

impl From<&config::Settings> for Settings {
    fn from(settings: &config::Settings) -> Self {
        Self {
            public_url: settings.server.public_url.clone(),
            trusted_proxies: settings.server.trusted_proxies,
            limits: settings.limits.clone(),
            cors_origins: settings.cors.origins.clone(),
            session_lifetime: Duration::from_secs(3600 * settings.security.session_absolute_hours),
        }
    }
}

/// Builds the gateway over the services that it can reach, by name. The connection's address must be in each request's
/// extensions as `ConnectInfo<SocketAddr>`; the introduction makes the services believe it.
pub fn router(
    settings: &Settings,
    upstreams: BTreeMap<String, Channel>,
    cache: Cache,
    introduction: Introduction,
) -> Result<Router> {
    let upstreams = Upstreams::new(upstreams);
    let limits = Limits::new(cache, settings.limits.clone(), settings.trusted_proxies);
    let api = Api {
        transcoder: Transcoder::new(crm_protos::descriptors(), |method| upstreams.serve(method))?,
        upstreams,
        introduction,
        limits: limits.clone(),
        cookies: Cookies::new(&settings.public_url, settings.session_lifetime),
        timeout: Duration::from_secs(settings.limits.request_timeout_seconds),
    };
    let open = Router::new().fallback(api::answer).with_state(Arc::new(api));
    let guarded = open.clone().layer(same_origin(settings)?);
    // No other site can make a browser send a bearer token; everything else must come from our own pages.
    let choose = async move |request: Request| {
        let router = if session::bearer(request.headers()).is_some() { open } else { guarded };
        router.oneshot(request).await
    };
    let headers = Arc::new(observe::headers(&settings.public_url));
    Ok(web::routes()
        .layer(from_fn_with_state(limits, limit::count))
        .fallback(choose)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(option_layer(cors(settings)?))
        .layer(from_fn_with_state(headers, observe::observe))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(web::is_not_ready))))
}

type Refusal = fn(ProtectionError) -> Response;

fn same_origin(settings: &Settings) -> Result<CsrfLayer<Refusal>> {
    let refuse: Refusal = |_| {
        let detail = "send requests from the suite's own pages, or with an API key";
        Problem::new(StatusCode::FORBIDDEN, "CROSS_ORIGIN", detail).into_response()
    };
    let mut layer = CsrfLayer::new();
    for origin in settings.cors_origins.iter().chain([&origin(&settings.public_url)]) {
        layer = layer.add_trusted_origin(origin).map_err(|error| {
            Error::precondition("CONFIGURATION_INVALID", format!("cors.origins: {error}"))
        })?;
    }
    Ok(layer.with_rejection_response(refuse))
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn cors(settings: &Settings) -> Result<Option<CorsLayer>> {
    if settings.cors_origins.is_empty() {
        return Ok(None);
    }
    let origins = settings.cors_origins.iter().map(HeaderValue::try_from).collect::<Result<Vec<_>, _>>();
    let named = HeaderName::from_static;
    let layer = CorsLayer::new()
        .allow_origin(origins.map_err(Error::internal)?)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            named("idempotency-key"),
            named("traceparent"),
            named("x-request-id"),
        ])
        .expose_headers([RETRY_AFTER, named("x-request-id")])
        .max_age(Duration::from_secs(3600));
    Ok(Some(layer))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    tracing::error!(panic = text, "a request panicked");
    Problem::internal().into_response()
}
