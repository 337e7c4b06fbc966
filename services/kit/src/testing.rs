//! Runs a service for its tests: a real database of its own, a clock that stands still, scripted neighbours.
//!
//! With `CRM_TEST_POSTGRES` and `CRM_TEST_REDIS` set the service runs on Postgres and Redis, else on SQLite and memory.

mod expansion;
pub mod identity;
mod indexes;
pub mod micro;
mod tenancy;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Database};
use tokio_util::sync::CancellationToken;
use tonic::Request;
use uuid::Uuid;

use crate::access::{Caller, FieldAccess, Origin, Scope, signed_request};
use crate::cache::Cache;
use crate::channel::Channel;
use crate::clock::Clock;
use crate::config::{NamedKey, Settings};
use crate::crypto::{ClusterKeys, MasterKeys};
use crate::db::Db;
use crate::service::{self, Context, Peers, Service, Tasks};

pub use expansion::demand_expansion;
pub use identity::FakeIdentity;

/// A service under test.
pub struct Harness {
    /// What the service was given.
    pub context: Context,
    /// The way to the service, through its access layer.
    pub channel: Channel,
    /// The neighbour that answers for users and tokens, unless the service under test is identity itself.
    pub identity: FakeIdentity,
    /// The records of the service.
    pub records: Arc<crate::registry::Records>,
    access_log: crate::access_log::AccessLog,
    _directory: tempfile::TempDir,
}

impl Harness {
    /// Runs a test against a fresh service; fails if the service leaves a failed job behind.
    pub async fn run(service: impl Service + 'static, test: impl AsyncFnOnce(&Self)) {
        Self::run_with(service, |_| {}, test).await;
    }

    /// Does the same with other settings than the defaults.
    pub async fn run_with(
        service: impl Service + 'static,
        adjust: impl FnOnce(&mut Settings),
        test: impl AsyncFnOnce(&Self),
    ) {
        let harness = Self::start(Arc::new(service), adjust).await;
        test(&harness).await;
        let failures = crate::job::failures(&harness.context.db).await.expect("the jobs can be read");
        assert!(failures.is_empty(), "jobs have failed: {failures:?}");
        harness.context.shutdown.cancel();
        harness.context.tasks.finish().await;
        // The service and its neighbours hold each other, so nobody else would ever close the connections.
        harness.context.db.close().await.expect("the database closes");
    }

    async fn start(service: Arc<dyn Service>, adjust: impl FnOnce(&mut Settings)) -> Self {
        crate::tls::install_provider();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clock = Clock::fixed(start_time());
        let keys = ClusterKeys::unshared();
        let mut settings = settings(service.as_ref(), directory.path()).await;
        adjust(&mut settings);
        let settings = Arc::new(settings);
        let db = connect(service.name(), &settings, &clock, &keys).await;
        if db.backend() == sea_orm::DbBackend::Sqlite {
            db.migrate(service.migrations()).await.expect("the migrations apply");
        }
        let cache = match variable("CRM_TEST_REDIS") {
            Some(url) => Cache::redis(&url).await.expect("the cache's address"),
            None => Cache::memory(),
        };
        let (peers, shutdown, tasks) = (Peers::default(), CancellationToken::new(), Tasks::default());
        let context = Context { settings, db, clock, cache, keys, peers, shutdown, tasks };
        let identity = FakeIdentity::new(&context);
        let neighbours = BTreeMap::from([("identity".to_owned(), identity.channel())]);
        context.peers.set(neighbours.clone());
        let running = service::start(service.as_ref(), &context).await.expect("the service starts");
        let mut all = neighbours;
        all.insert(service.name().to_owned(), running.channel.clone());
        context.peers.set(all);
        let service::Running { channel, access_log, records } = running;
        Self { context, channel, identity, records, access_log, _directory: directory }
    }

    /// A caller of an organization who may do nothing yet.
    pub fn caller(&self, organization: Uuid) -> TestCaller {
        let expire_time = self.context.clock.now() + TimeDelta::days(3650);
        let caller = Caller {
            organization_id: organization,
            user_id: crate::id::new(),
            expire_time,
            ..Caller::default()
        };
        TestCaller { caller, context: self.context.clone() }
    }

    /// A caller of a new organization who may do everything.
    pub fn administrator(&self) -> TestCaller {
        self.caller(crate::id::new()).grant("*", Scope::All)
    }

    /// Lets another scripted service be called under a name, beside those that are there.
    pub fn add_neighbour(&self, name: &str, channel: Channel) {
        let mut all = self.context.peers.all();
        all.insert(name.to_owned(), channel);
        self.context.peers.set(all);
    }

    /// Waits until every call that has ended is in the access log.
    pub async fn flush_access_log(&self) {
        self.access_log.flush().await;
    }

    /// True when the service runs on Postgres.
    pub fn on_postgres(&self) -> bool {
        self.context.db.backend() == sea_orm::DbBackend::Postgres
    }

    /// Runs a statement in the service's database, as an intruder would.
    pub async fn tamper(&self, statement: &str) {
        self.context.db.writer().execute_unprepared(statement).await.expect("the statement runs");
    }
}

/// Someone who calls the service under test.
#[derive(Clone)]
pub struct TestCaller {
    caller: Caller,
    context: Context,
}

impl TestCaller {
    /// Grants a permission.
    pub fn grant(mut self, permission: &str, scope: Scope) -> Self {
        self.caller.grants.push((permission.to_owned(), scope));
        self
    }

    /// Restricts a field.
    pub fn restrict(mut self, field: &str, access: FieldAccess) -> Self {
        self.caller.field_rules.insert(field.to_owned(), access);
        self
    }

    /// Puts the caller in a department with others below it.
    pub fn department(mut self, department: Uuid, below: &[Uuid]) -> Self {
        self.caller.department_id = Some(department);
        self.caller.department_ids = std::iter::once(department).chain(below.iter().copied()).collect();
        self
    }

    /// Takes the identity of a given user.
    pub fn user(mut self, user: Uuid) -> Self {
        self.caller.user_id = user;
        self
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The tenant.
    pub fn organization(&self) -> Uuid {
        self.caller.organization_id
    }

    /// The user's id.
    pub fn id(&self) -> Uuid {
        self.caller.user_id
    }

    /// A request of the caller.
    pub fn request<M>(&self, message: M) -> Request<M> {
        signed_request(message, &self.caller, &self.context.keys, &Origin::default())
    }

    /// A request of the caller under an idempotency key.
    pub fn keyed_request<M>(&self, key: &str, message: M) -> Request<M> {
        let mut request = self.request(message);
        request.metadata_mut().insert("idempotency-key", key.parse().expect("a key of ASCII characters"));
        request
    }
}

/// Waits for something to become true.
///
/// # Panics
///
/// If it is not true within ten seconds.
pub async fn eventually(what: &str, check: impl AsyncFn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !check().await {
        assert!(tokio::time::Instant::now() < deadline, "{what} within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// When the clocks of tests begin.
pub fn start_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_603_600, 0).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where their servers are")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

async fn connect(service: &str, settings: &Settings, clock: &Clock, keys: &ClusterKeys) -> Db {
    let master = MasterKeys::new(&settings.security.master_keys).expect("master keys");
    Db::connect(service, settings, clock.clone(), keys.clone(), master).await.expect("the database answers")
}

/// The settings of a test; on Postgres with a database of its own, cloned from one that was migrated once.
#[expect(clippy::disallowed_methods, reason = "the lock is held by a transaction of its own")]
async fn settings(service: &dyn Service, directory: &std::path::Path) -> Settings {
    let defaults = include_str!("../../crm/default.toml");
    let mut settings = Settings::load_with(defaults, None, std::iter::empty()).expect("the default settings");
    settings.database.data_directory = directory.to_owned();
    settings.security.master_keys =
        vec![NamedKey { id: "test".to_owned(), key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into() }];
    let Some(server) = variable("CRM_TEST_POSTGRES") else { return settings };
    let template = format!("template_{}", service.name());
    let admin = Database::connect(format!("{server}/postgres")).await.expect("the test server answers");
    let locked = sea_orm::TransactionTrait::begin(&admin).await.expect("a transaction");
    locked.execute_unprepared("SELECT pg_advisory_xact_lock(4711)").await.expect("the lock");
    let exists = sea_orm::Statement::from_string(
        sea_orm::DbBackend::Postgres,
        format!("SELECT 1 AS found FROM pg_database WHERE datname = '{template}'"),
    );
    if admin.query_one_raw(exists).await.expect("the list of databases").is_none() {
        admin.execute_unprepared(&format!("CREATE DATABASE making_{template}")).await.expect("a template");
        settings.database.url = format!("{server}/making_{template}").into();
        let db = connect(service.name(), &settings, &Clock::default(), &ClusterKeys::unshared()).await;
        db.migrate(service.migrations()).await.expect("the migrations apply");
        db.close().await.expect("the template is closed");
        let rename = format!("ALTER DATABASE making_{template} RENAME TO {template}");
        admin.execute_unprepared(&rename).await.expect("the template's name");
    }
    let name = format!("test_{}", crate::id::new().simple());
    admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.expect("a clone");
    locked.commit().await.expect("the lock is given back");
    admin.close().await.expect("the connection closes");
    settings.database.url = format!("{server}/{name}").into();
    settings.database.max_connections = 8;
    settings
}
