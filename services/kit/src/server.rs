//! The ports of a process: gRPC for services and internal apps, HTTP for the gateway, HTTP for the operators.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use futures::{Stream, StreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::Connected;
use tower::ServiceExt;

use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::health::Health;
use crate::tls::Connection;

/// The metadata by which a client that calls a process with several services says whose shared RPCs it means.
pub const SERVICE_METADATA: &str = "crm-service";

/// Serves services over gRPC, with health and reflection, until the shutdown; then finishes what is under way.
pub async fn serve_grpc(
    services: BTreeMap<String, Channel>,
    incoming: impl Stream<Item = std::io::Result<Connection>> + Send + 'static,
    shutdown: CancellationToken,
) -> Result<()> {
    let (reporter, health) = tonic_health::server::health_reporter();
    let mut names = vec!["grpc.health.v1.Health".to_owned()];
    for service in crm_protos::descriptors().services() {
        let name = service.full_name().to_owned();
        let mounted = services.contains_key(service_of(&name)) || is_shared(&name);
        if mounted {
            reporter.set_service_status(&name, tonic_health::ServingStatus::Serving).await;
            names.push(name);
        }
    }
    let reflection = || {
        let builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(crm_protos::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        names.iter().fold(builder, |builder, name| builder.with_service_name(name))
    };
    // Most clients still ask in the older version of the protocol.
    let older = reflection().build_v1alpha().map_err(Error::internal)?;
    let reflection = reflection().build_v1().map_err(Error::internal)?;
    let draining = (reporter, shutdown.clone());
    tokio::spawn(async move {
        draining.1.cancelled().await;
        draining.0.set_service_status("", tonic_health::ServingStatus::NotServing).await;
    });
    let mounted = tower::service_fn(move |request: axum::extract::Request| {
        let channel = choose(&services, &request);
        async move {
            let Some(channel) = channel else {
                return Ok::<_, Infallible>(
                    tonic::Status::unimplemented("there is no such service here").into_http(),
                );
            };
            Ok(match channel.oneshot(request.map(tonic::body::Body::new)).await {
                Ok(response) => response,
                Err(status) => status.into_http(),
            })
        }
    });
    let router = Routes::new(health).add_service(reflection).add_service(older);
    let router = router.into_axum_router().fallback_service(mounted);
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .max_connection_age(Duration::from_secs(300))
        .max_connection_age_grace(Duration::from_secs(30))
        .max_concurrent_streams(1024)
        .serve_with_incoming_shutdown(Routes::from(router), incoming, shutdown.cancelled_owned())
        .await
        .map_err(Error::internal)
}

/// The service that a call is for. Those that every service mounts go to the one that the client names, or the first.
fn choose(services: &BTreeMap<String, Channel>, request: &axum::extract::Request) -> Option<Channel> {
    let name = request.uri().path().trim_start_matches('/');
    if is_shared(name) {
        let named = request.headers().get(SERVICE_METADATA).and_then(|value| value.to_str().ok());
        return match named {
            Some(named) => services.get(named).cloned(),
            None => services.values().next().cloned(),
        };
    }
    services.get(service_of(name)).cloned()
}

/// True for the RPCs that every service mounts.
pub fn is_shared(name: &str) -> bool {
    ["crm.comment.", "crm.feed.", "crm.search."].iter().any(|package| name.starts_with(package))
}

/// Whether a service answers a method, which is named by its path.
pub(crate) fn serves(service: &str, path: &str) -> bool {
    let name = path.trim_start_matches('/');
    is_shared(name) || service_of(name) == service
}

/// `crm.customers.v1.Accounts` as `customers`.
pub fn service_of(name: &str) -> &str {
    name.split('.').nth(1).unwrap_or_default()
}

/// Who is at the other end of a connection that has no address any more.
const UNKNOWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Ends if nothing was asked on a connection for longer than anybody takes to begin.
async fn silence(asked: &AtomicBool) {
    tokio::time::sleep(Duration::from_secs(30)).await;
    if asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

/// Serves HTTP/1.1 and HTTP/2 until the shutdown; then finishes what is under way, within a limit.
pub async fn serve_http(
    router: Router,
    incoming: impl Stream<Item = std::io::Result<Connection>> + Send,
    shutdown: CancellationToken,
    patience: Duration,
) -> Result<()> {
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new());
    // A client that never finishes its headers must not hold a connection.
    builder.http2().timer(hyper_util::rt::TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
    builder.http1().max_buf_size(64 << 10);
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(Duration::from_secs(20));
    let mut incoming = std::pin::pin!(incoming);
    loop {
        let connection = tokio::select! {
            connection = incoming.next() => connection,
            () = shutdown.cancelled() => break,
        };
        let Some(connection) = connection else { break };
        let connection = match connection {
            Ok(connection) => connection,
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a connection was not made");
                continue;
            }
        };
        let peer = connection.connect_info().remote_addr();
        // Handlers learn from the request's extensions who is at the other end.
        let service = router.clone().layer(Extension(ConnectInfo(peer.unwrap_or(UNKNOWN))));
        let asked = Arc::new(AtomicBool::new(false));
        let asks = asked.clone();
        let service = service.map_request(move |request: hyper::Request<hyper::body::Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.map(axum::body::Body::new)
        });
        let serving = builder
            .serve_connection_with_upgrades(TokioIo::new(connection), TowerToHyperService::new(service));
        let serving = graceful.watch(serving.into_owned());
        tokio::spawn(async move {
            tokio::select! {
                ended = serving => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                },
                () = silence(&asked) => tracing::debug!("a connection that asked nothing was closed"),
            }
        });
    }
    if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when the time for them was over");
    }
    Ok(())
}

/// The routes for operators: alive, ready, metrics.
pub fn admin(health: Health) -> Router {
    let ready = async |State(health): State<Health>| {
        let report = health.check().await;
        let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, [("content-type", "application/json")], serde_json::json!(report).to_string())
    };
    // Whoever scrapes sees what is so now, not what the last probe saw.
    let metrics = async |State(health): State<Health>| {
        health.check().await;
        health.measure().await;
        ([("content-type", "text/plain; version=0.0.4")], crate::telemetry::metrics_text())
    };
    Router::new()
        .route("/livez", get(async || "alive"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}
