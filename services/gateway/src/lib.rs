//! REST for the suite, without code for any endpoint: whatever the protos annotate is reachable.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use crm_kit::Result;
use crm_kit::access::Introduction;
use crm_kit::cache::Cache;
use crm_kit::channel::Channel;
use crm_kit::config::{self, LimitSettings};
use tower::ServiceExt;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

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
mod sites;
#[cfg(feature = "testing")]
pub mod testing;
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
    let upstreams = Upstreams::new(upstreams, settings.limits.concurrent_requests);
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
    let foreign = sites::foreign(open.clone());
    let guarded = open.clone().layer(sites::own(settings)?);
    // No other site can make a browser send a bearer token; everything else must come from our own pages.
    let choose = async move |request: Request| {
        let router = if session::bearer(request.headers()).is_some() { open } else { guarded };
        router.oneshot(request).await
    };
    let headers = Arc::new(observe::headers(&settings.public_url));
    let ours = web::routes()
        .layer(from_fn_with_state(limits, limit::count))
        .fallback(choose)
        .layer(option_layer(sites::trusted(settings)?));
    let paths = sites::open_paths(crm_protos::descriptors())?;
    let pass = any(async move |request: Request| foreign.oneshot(request).await);
    let all = paths.iter().fold(Router::new(), |all, path| all.route(path, pass.clone()));
    Ok(all
        .fallback_service(ours)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(headers, observe::observe))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(web::is_not_ready))))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    tracing::error!(panic = text, "a request panicked");
    Problem::internal().into_response()
}
