//! Whether a process can serve: what it needs, asked anew whenever somebody wants to know.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use sea_orm_migration::MigrationTrait;
use serde::Serialize;
use tokio::time::timeout;

use crate::cache::Cache;
use crate::db::Db;
use crate::{job, telemetry};

/// How long a database may take; shorter than a probe waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// A database and the schema changes that it must have.
pub type Schema = (Db, fn() -> Vec<Box<dyn MigrationTrait>>);

/// What a process needs to serve. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    serving: AtomicBool,
    schemas: Vec<Schema>,
    cache: Cache,
    data_directory: PathBuf,
}

/// What was found.
#[derive(Debug, PartialEq, Serialize)]
pub struct Report {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// What keeps the process from being ready.
    pub failed: Vec<String>,
    /// What is missed, though everything works without it.
    pub degraded: Vec<String>,
}

impl Health {
    /// The health of a process that does not serve yet.
    pub fn new(schemas: Vec<Schema>, cache: Cache, data_directory: PathBuf) -> Self {
        Self(Arc::new(Inner { serving: AtomicBool::new(false), schemas, cache, data_directory }))
    }

    /// Says whether the process wants requests: it does from when its ports are open until it is told to stop.
    pub fn set_serving(&self, serving: bool) {
        self.0.serving.store(serving, Ordering::SeqCst);
    }

    /// Asks everything that the process needs. Feeds are not part of it: what others have changed may wait.
    pub async fn check(&self) -> Report {
        let serving = self.0.serving.load(Ordering::SeqCst);
        let databases = join_all(self.0.schemas.iter().map(check_database));
        let (databases, cache) = futures::join!(databases, self.0.cache.ping());
        let mut checks = BTreeMap::from([("serving".to_owned(), serving)]);
        checks.extend(databases.into_iter().flatten());
        let failed: Vec<_> =
            checks.iter().filter(|(_, passed)| !**passed).map(|(name, _)| name.clone()).collect();
        let mut degraded = if cache { Vec::new() } else { vec!["cache".to_owned()] };
        // What is there can still be read, so requests are welcome.
        let full = self.0.schemas.iter().filter(|(db, _)| db.is_full());
        degraded.extend(full.map(|(db, _)| format!("storage/{}", db.service())));
        checks.insert("cache".to_owned(), cache);
        let report = Report { ready: failed.is_empty(), failed, degraded };
        telemetry::set_ready(report.ready, checks.iter().map(|(name, passed)| (name.as_str(), *passed)));
        report
    }

    /// Measures what changes by itself: connections, files, jobs, space.
    pub async fn measure(&self) {
        telemetry::observe_disk(&self.0.data_directory);
        for (db, _) in &self.0.schemas {
            telemetry::observe_database(db);
        }
        let queues = self.0.schemas.iter().map(|(db, _)| timeout(PATIENCE, job::measure(db)));
        for counted in join_all(queues).await {
            if !matches!(counted, Ok(Ok(()))) {
                tracing::debug!("the jobs of a database were not counted");
            }
        }
    }
}

/// Whether a database answers, and whether it has every schema change.
async fn check_database((db, migrations): &Schema) -> [(String, bool); 2] {
    let pending = match timeout(PATIENCE, db.pending_migrations(*migrations)).await {
        Ok(Ok(pending)) => Some(pending.len()),
        Ok(Err(error)) => {
            tracing::warn!(database = db.service(), error = &error as &dyn std::error::Error, "not ready");
            None
        }
        Err(_) => {
            tracing::warn!(database = db.service(), "not ready: the database does not answer in time");
            None
        }
    };
    if let Some(pending) = pending {
        telemetry::set_pending_migrations(db.service(), pending);
    }
    let name = |what: &str| format!("{what}/{}", db.service());
    // What is not known is not held against the schema.
    [(name("database"), pending.is_some()), (name("migrations"), pending.is_none_or(|pending| pending == 0))]
}
