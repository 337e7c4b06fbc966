//! `crm serve`, from the settings to the last request.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use crm_kit::access::Introduction;
use crm_kit::config::Settings;
use crm_kit::health::Health;
use crm_kit::server;
use crm_kit::tls::{Tls, incoming};
use crm_kit::{telemetry, tls};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::print;
use crate::process::{GATEWAY, Process, chosen};

/// Serves until a signal; a failing code if a task ended unexpectedly.
pub(crate) async fn serve(settings: Settings, names: &[String]) -> Result<ExitCode> {
    let export = telemetry::init_logs(&settings, &name(names))?;
    telemetry::expose_process(env!("CARGO_PKG_VERSION"), option_env!("CRM_COMMIT").unwrap_or("unknown"));
    let mut signals = Signals::new()?;
    let services = chosen(&settings, names)?;
    let process = Process::start(settings, &services).await?;
    first_sign_in(&process).await?;
    let health = process.health();
    let mut servers = JoinSet::new();
    listen(&process, names, &health, &mut servers).await?;
    health.set_serving(true);
    welcome(&process, names);

    let failed = tokio::select! {
        () = signals.wait() => false,
        () = process.tasks.failed() => true,
        ended = servers.join_next() => {
            tracing::error!(?ended, "a server ended unexpectedly, the process stops");
            true
        }
    };

    tracing::info!("stopping");
    health.set_serving(false);
    let settings = process.settings.clone();
    let stopping = async {
        if !failed && !process.is_embedded() {
            // Balancers notice that the process is not ready before it refuses connections.
            tokio::time::sleep(Duration::from_secs(settings.server.drain_seconds)).await;
        }
        process.shutdown.cancel();
        let patience = Duration::from_secs(settings.server.shutdown_seconds);
        if tokio::time::timeout(patience, async { while servers.join_next().await.is_some() {} })
            .await
            .is_err()
        {
            tracing::warn!("requests were still under way when the time for them was over");
            servers.abort_all();
        }
        let stopped = process.stop().await;
        export.finish().await;
        stopped
    };
    tokio::select! {
        stopped = stopping => stopped?,
        () = signals.wait() => tracing::warn!("a second signal, stopping at once"),
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Opens the ports of the process.
async fn listen(
    process: &Process,
    names: &[String],
    health: &Health,
    servers: &mut JoinSet<crm_kit::Result<()>>,
) -> Result<()> {
    let (settings, shutdown) = (&process.settings, &process.shutdown);
    let patience = Duration::from_secs(settings.server.shutdown_seconds);
    let admin = server::admin(health.clone());
    let listener = bind(settings.server.admin_address, "server.admin_address").await?;
    servers.spawn(server::serve_http(admin, incoming(listener, None), shutdown.clone(), patience));
    if !process.services().is_empty() {
        let tls = process.internal_tls.as_ref().map(|tls| tls.server_config(&[b"h2"], true));
        let listener = bind(settings.server.grpc_address, "server.grpc_address").await?;
        servers.spawn(server::serve_grpc(process.local(), incoming(listener, tls), shutdown.clone()));
    }
    if serves_gateway(names) {
        let introduction = Introduction::new(process.keys.clone(), process.clock.clone());
        let router = crm_gateway::router(
            &(&**settings).into(),
            process.peers.all(),
            process.cache.clone(),
            introduction,
        )?;
        let tls = &settings.tls.gateway;
        let demands_certificate = !tls.ca.as_os_str().is_empty();
        let tls = match tls.is_enabled() {
            true => {
                Some(Tls::load("gateway", tls)?.server_config(&[b"h2", b"http/1.1"], demands_certificate))
            }
            false => None,
        };
        let listener = bind(settings.server.gateway_address, "server.gateway_address").await?;
        servers.spawn(server::serve_http(router, tls::incoming(listener, tls), shutdown.clone(), patience));
    }
    Ok(())
}

/// The name of the process in traces: its services, unless it has all.
fn name(names: &[String]) -> String {
    if names.is_empty() { "crm".to_owned() } else { format!("crm-{}", names.join("-")) }
}

fn serves_gateway(names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|name| name == GATEWAY)
}

async fn bind(address: std::net::SocketAddr, setting: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("{setting}: {address} cannot be opened"))
}

/// On the very first start, makes the organization and tells the operator whom to sign in as, at once: whatever fails
/// after it, the password is shown this once and stored nowhere in clear.
async fn first_sign_in(process: &Process) -> Result<()> {
    let Some(identity) = process.service("identity") else { return Ok(()) };
    if let Some(first) = crm_identity::bootstrap::first_organization(&identity.context).await? {
        print(&format!("Sign in as: {}", first.email));
        print(&format!("Password: {}", first.password));
        print("The password is shown this once and must be changed at the first sign-in.");
    }
    Ok(())
}

/// Tells the operator where everything is.
fn welcome(process: &Process, names: &[String]) {
    let server = &process.settings.server;
    if serves_gateway(names) {
        print(&format!("Sign in at: {}", server.public_url));
    }
    if !process.services().is_empty() {
        print(&format!("gRPC at: {}", server.grpc_address));
    }
    print(&format!("Metrics at: {}/metrics", server.admin_address));
}

/// The signals that stop a process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
