//! What a service is, and what it is given to work with.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use chrono::TimeDelta;
use sea_orm_migration::MigrationTrait;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::access::method::methods;
use crate::access::resolver::Resolver;
use crate::access::{AccessLayer, Caller, Origin, signed_request};
use crate::access_log::AccessLog;
use crate::cache::Cache;
use crate::channel::Channel;
use crate::clock::Clock;
use crate::comment::{CommentsService, mention};
use crate::config::Settings;
use crate::crypto::ClusterKeys;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::feed::FeedService;
use crate::history::HistoryService;
use crate::job::Jobs;
use crate::registry::{Records, SearchService};
use crate::{server, telemetry};

/// The other services, local or remote; filled once all of this process have started.
#[derive(Clone, Default)]
pub struct Peers(Arc<ArcSwap<BTreeMap<String, Channel>>>);

impl Peers {
    /// Sets how every service is reached.
    pub fn set(&self, channels: BTreeMap<String, Channel>) {
        self.0.store(Arc::new(channels));
    }

    /// How a service is reached.
    pub fn get(&self, service: &str) -> Result<Channel> {
        self.0.load().get(service).cloned().ok_or(Error::Unavailable)
    }

    /// Every service that is known.
    pub fn all(&self) -> BTreeMap<String, Channel> {
        self.0.load().as_ref().clone()
    }
}

/// What a service is given. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The service's own database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The shared cache.
    pub cache: Cache,
    /// The keys under which callers are signed.
    pub keys: ClusterKeys,
    /// The other services.
    pub peers: Peers,
    /// Cancelled when the process is to stop.
    pub shutdown: CancellationToken,
    /// Runs until the shutdown; one that ends before stops the process.
    pub tasks: Tasks,
}

impl Context {
    /// A request to another service in this service's own name.
    pub fn request<M>(&self, message: M) -> tonic::Request<M> {
        let caller = Caller::service(self.db.service(), self.clock.now() + TimeDelta::seconds(60));
        signed_request(message, &caller, &self.keys, &Origin::own())
    }
}

/// The long-lived tasks of a process.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: tokio_util::task::TaskTracker,
    failed: CancellationToken,
}

impl Tasks {
    /// Runs a task until the shutdown. If it ends before, the process stops with a failing code.
    pub fn spawn(
        &self,
        name: &'static str,
        shutdown: &CancellationToken,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let (failed, shutdown) = (self.failed.clone(), shutdown.clone());
        let task = tokio::spawn(task);
        self.tracker.spawn(async move {
            let ended = task.await;
            if !shutdown.is_cancelled() {
                tracing::error!(
                    task = name,
                    panicked = ended.is_err(),
                    "a task ended unexpectedly, the process stops"
                );
                failed.cancel();
            }
        });
    }

    /// Resolves when a task has ended unexpectedly.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Waits until every task has ended.
    pub async fn finish(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// What a service brings to the process.
#[derive(Default)]
pub struct Parts {
    /// Its own RPCs.
    pub routes: Routes,
    /// Its records: searched, shown in histories, re-stamped, purged.
    pub records: Records,
    /// What it does later.
    pub jobs: Jobs,
    /// What it does with other services' changes.
    pub subscriptions: Vec<crate::feed::Subscription>,
}

/// A service of the suite.
#[async_trait]
pub trait Service: Send + Sync {
    /// The name, as in `crm.<name>.v1`.
    fn name(&self) -> &'static str;
    /// The schema changes.
    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>>;
    /// Makes the service ready to be called.
    async fn start(&self, context: &Context) -> Result<Parts>;
}

/// A service that can be called.
pub struct Running {
    /// Its RPCs with those that kit mounts everywhere, behind the access layer.
    pub channel: Channel,
    /// Its access log, to be flushed before the database is closed.
    pub access_log: AccessLog,
    /// Its records.
    pub records: Arc<Records>,
}

/// Starts a service: its own RPCs, those that every service has, its feeds and its jobs.
pub async fn start(service: &dyn Service, context: &Context) -> Result<Running> {
    context.db.open_logs().await?;
    let served = methods().map_err(Error::internal)?.keys();
    for path in served.filter(|path| server::serves(service.name(), path)) {
        telemetry::expose_rpc(path);
    }
    let parts = service.start(context).await?;
    let (records, access_log) = (Arc::new(parts.records), AccessLog::start(context.db.clone()));
    let routes = parts
        .routes
        .add_service(CommentsService::server(context.db.clone(), records.clone()))
        .add_service(FeedService::server(context))
        .add_service(HistoryService::server(context.db.clone(), records.clone()))
        .add_service(SearchService::server(context.db.clone(), records.clone()));
    let resolver = Resolver::new(
        context.cache.clone(),
        context.peers.clone(),
        context.keys.clone(),
        context.clock.clone(),
    );
    let layer = AccessLayer::new(resolver, context.keys.clone(), context.clock.clone(), access_log.clone());
    let channel = Channel::local(tower::Layer::layer(&layer, routes.prepare()));
    let mut subscriptions = parts.subscriptions;
    if service.name() != crate::directory::SOURCE {
        subscriptions.push(crate::directory::subscription(records.clone()));
    }
    for subscription in subscriptions {
        crate::feed::follow(context, subscription);
    }
    let told = context.clone();
    let jobs = parts.jobs.on(mention::KIND, move |job| mention::tell(told.clone(), job));
    jobs.with_housekeeping(records.clone()).run(context);
    Ok(Running { channel, access_log, records })
}
