//! What a process is made of: settings, keys, cache, databases, services, and the ways between them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use crm_customers::Customers;
use crm_identity::Identity;
use crm_kit::cache::Cache;
use crm_kit::channel::Channel;
use crm_kit::clock::Clock;
use crm_kit::config::Settings;
use crm_kit::crypto::ClusterKeys;
use crm_kit::db::Db;
use crm_kit::health::{Health, Schema};
use crm_kit::registry::Records;
use crm_kit::service::{self, Context, Peers, Running, Service, Tasks};
use crm_kit::tls::Tls;
use crm_sales::Sales;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::keys::Keys;

/// The name of the gateway among the services; it has no database.
pub(crate) const GATEWAY: &str = "gateway";

/// Every service that has a database.
pub(crate) fn every_service() -> Vec<Box<dyn Service>> {
    vec![Box::new(Identity), Box::new(Customers), Box::new(Sales)]
}

/// A service that runs in this process.
pub(crate) struct Started {
    pub(crate) context: Context,
    pub(crate) records: Arc<Records>,
    schema: Schema,
    running: Running,
}

/// A process with some of the services.
pub(crate) struct Process {
    pub(crate) settings: Arc<Settings>,
    pub(crate) cache: Cache,
    pub(crate) clock: Clock,
    pub(crate) keys: ClusterKeys,
    pub(crate) peers: Peers,
    pub(crate) shutdown: CancellationToken,
    pub(crate) tasks: Tasks,
    pub(crate) internal_tls: Option<Tls>,
    databases: Vec<Db>,
    started: Vec<Started>,
}

impl Process {
    /// Opens the databases of services without starting anything.
    async fn open(
        settings: Settings,
        services: &[Box<dyn Service>],
        clock: Clock,
        keys: Keys,
    ) -> Result<Self> {
        let cache = match settings.cache.url.expose_secret() {
            "" => Cache::memory(),
            url => Cache::redis(url).await?,
        };
        let internal = &settings.tls.internal;
        let internal_tls = if internal.is_enabled() { Some(Tls::load("internal", internal)?) } else { None };
        let settings = Arc::new(settings);
        let mut databases = Vec::new();
        for service in services {
            databases.push(open_database(service.name(), &settings, &clock, &keys).await?);
        }
        let (peers, shutdown, tasks) = (Peers::default(), CancellationToken::new(), Tasks::default());
        let (started, keys) = (Vec::new(), keys.cluster);
        Ok(Self { settings, cache, clock, keys, peers, shutdown, tasks, internal_tls, databases, started })
    }

    /// Opens every database, for commands that need no service.
    pub(crate) async fn connect(settings: Settings) -> Result<Self> {
        let keys = Keys::with_data(&settings)?;
        Self::open(settings, &every_service(), Clock::default(), keys).await
    }

    /// Starts services, on databases that have every schema change.
    pub(crate) async fn start(settings: Settings, services: &[Box<dyn Service>]) -> Result<Self> {
        Self::start_with(settings, services, Clock::default()).await
    }

    /// Does the same with a clock that need not tell the time.
    pub(crate) async fn start_with(
        settings: Settings,
        services: &[Box<dyn Service>],
        clock: Clock,
    ) -> Result<Self> {
        let keys = match services {
            [] => Keys::without_data(&settings)?,
            _ => Keys::with_data(&settings)?,
        };
        let mut process = Self::open(settings, services, clock, keys).await?;
        for (service, db) in services.iter().zip(process.databases.clone()) {
            process.prepare(service.as_ref(), &db).await?;
            let schema = (db.clone(), service.migrations());
            let context = process.context(db);
            let running = service::start(service.as_ref(), &context).await?;
            process.started.push(Started { context, records: running.records.clone(), schema, running });
        }
        process.peers.set(process.channels()?);
        Ok(process)
    }

    /// A small installation brings its files up to date itself. On Postgres that is a command of its own, so that many
    /// processes can start at once and none of them needs the right to change the schema.
    async fn prepare(&self, service: &dyn Service, db: &Db) -> Result<()> {
        if self.is_embedded() {
            return Ok(db.migrate(service.migrations()).await?);
        }
        let pending = db.pending_migrations(service.migrations()).await?;
        if !pending.is_empty() {
            bail!("the database of {} misses {}: run crm migrate", service.name(), pending.join(", "));
        }
        Ok(())
    }

    /// True for a small installation, which is one process on files of its own. One that keeps no records, such as a
    /// gateway, belongs to others.
    pub(crate) fn is_embedded(&self) -> bool {
        !self.databases.is_empty() && self.settings.database.is_embedded()
    }

    fn context(&self, db: Db) -> Context {
        Context {
            settings: self.settings.clone(),
            db,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            keys: self.keys.clone(),
            peers: self.peers.clone(),
            shutdown: self.shutdown.clone(),
            tasks: self.tasks.clone(),
        }
    }

    /// How every service is reached: those of this process directly, the others over the network.
    fn channels(&self) -> Result<BTreeMap<String, Channel>> {
        let mut channels = self.local();
        for (name, url) in &self.settings.services {
            if !url.is_empty() && !channels.contains_key(name) {
                let channel = Channel::remote(url, self.internal_tls.as_ref())?;
                channels.insert(name.clone(), channel.to_service(name)?);
            }
        }
        Ok(channels)
    }

    /// The services of this process.
    pub(crate) fn local(&self) -> BTreeMap<String, Channel> {
        let started = self.started.iter();
        started
            .map(|service| (service.context.db.service().to_owned(), service.running.channel.clone()))
            .collect()
    }

    /// A service of this process.
    pub(crate) fn service(&self, name: &str) -> Option<&Started> {
        self.started.iter().find(|service| service.context.db.service() == name)
    }

    /// The services of this process.
    pub(crate) fn services(&self) -> &[Started] {
        &self.started
    }

    /// What this process needs to serve.
    pub(crate) fn health(&self) -> Health {
        let schemas = self.started.iter().map(|service| service.schema.clone()).collect();
        Health::new(schemas, self.cache.clone(), self.settings.database.data_directory.clone())
    }

    /// The databases of this process.
    pub(crate) fn databases(&self) -> &[Db] {
        &self.databases
    }

    /// Stops the tasks, writes what is still to be written, closes the databases; gives up when the time for it is over.
    pub(crate) async fn stop(self) -> Result<()> {
        let patience = Duration::from_secs(self.settings.server.shutdown_seconds);
        let stopped = tokio::time::timeout(patience, self.finish()).await;
        stopped.context("the process did not stop in time, the last access records may be lost")?
    }

    async fn finish(self) -> Result<()> {
        self.shutdown.cancel();
        self.tasks.finish().await;
        for service in &self.started {
            service.running.access_log.flush().await;
        }
        for db in &self.databases {
            db.close().await?;
        }
        Ok(())
    }
}

async fn open_database(service: &str, settings: &Settings, clock: &Clock, keys: &Keys) -> Result<Db> {
    let db = Db::connect(service, settings, clock.clone(), keys.cluster.clone(), keys.master.clone()).await;
    db.with_context(|| format!("the database of {service} cannot be opened"))
}

/// The services of the names; if none is named, those that the settings do not say to run elsewhere.
pub(crate) fn chosen(settings: &Settings, names: &[String]) -> Result<Vec<Box<dyn Service>>> {
    let all = every_service();
    let known = |name: &str| name == GATEWAY || all.iter().any(|service| service.name() == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<_> = all.iter().map(|service| service.name()).collect();
        bail!("there is no service {unknown}: name some of {}, {GATEWAY}", all.join(", "));
    }
    let remote = |name: &str| settings.services.get(name).is_some_and(|url| !url.is_empty());
    let wanted =
        |name: &str| if names.is_empty() { !remote(name) } else { names.iter().any(|wanted| wanted == name) };
    Ok(every_service().into_iter().filter(|service| wanted(service.name())).collect())
}

/// Applies pending schema changes to the database of every service.
pub(crate) async fn migrate(mut settings: Settings) -> Result<()> {
    // An index on a large table takes as long as it takes.
    settings.database.statement_timeout_seconds = 0;
    let services = every_service();
    let process = Process::open(settings, &services, Clock::default(), Keys::none()).await?;
    for (service, db) in services.iter().zip(process.databases()) {
        let pending = db.pending_migrations(service.migrations()).await?;
        db.migrate(service.migrations()).await?;
        crate::print(&format!("{}: {} schema changes applied", service.name(), pending.len()));
    }
    process.stop().await
}

/// Creates another organization and says how its administrator signs in.
pub(crate) async fn create_organization(settings: Settings, name: &str, email: &str) -> Result<()> {
    let process = Process::start(settings, &[Box::new(Identity)]).await?;
    let identity = process.service("identity").context("identity did not start")?;
    let first = crm_identity::bootstrap::create_organization(&identity.context, name, email).await?;
    crate::print(&format!("Sign in as: {}\nPassword: {}", first.email, first.password));
    process.stop().await
}

#[cfg(test)]
mod tests {
    use super::every_service;

    #[tokio::test]
    async fn the_version_before_serves_on_what_a_migration_has_made() {
        for service in every_service() {
            crm_kit::testing::demand_expansion(service.migrations()).await;
        }
    }
}
