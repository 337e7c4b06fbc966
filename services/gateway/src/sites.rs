//! Whose pages may call the API: our own, those of trusted sites, and for a few methods those of every site.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, IF_MATCH, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use crm_kit::{Error, Result};
use prost_reflect::DescriptorPool;
use tower_http::cors::{Any, CorsLayer};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::problem::Problem;
use crate::{Settings, annotation};

type Refusal = fn(ProtectionError) -> Response;

/// Lets only our own pages and those of trusted sites send what a cookie proves.
pub(crate) fn own(settings: &Settings) -> Result<CsrfLayer<Refusal>> {
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

/// Lets the pages of trusted sites call the API as our own do.
pub(crate) fn trusted(settings: &Settings) -> Result<Option<CorsLayer>> {
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

/// The paths of the methods that the pages of every site may call.
pub(crate) fn open_paths(pool: &DescriptorPool) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        if annotation::access(&method).is_some_and(|access| access.any_site) {
            paths.extend(annotation::bindings(&method)?.into_iter().map(|binding| binding.template));
        }
    }
    Ok(paths)
}

/// Lets the pages of every site call a router. Browsers send no cookie along, and none that comes is looked at.
pub(crate) fn foreign(router: Router) -> Router {
    let any = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([CONTENT_TYPE, HeaderName::from_static("idempotency-key")])
        .max_age(Duration::from_secs(3600));
    let without_cookie = map_request(async |mut request: Request| {
        request.headers_mut().remove(COOKIE);
        request
    });
    router.layer(without_cookie).layer(any)
}
