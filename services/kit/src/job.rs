//! Work for later: written with the change that asks for it, done at least once, tried again when it fails.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::idempotency;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ledger;
use crate::registry::Records;
use crate::service::Context;
use crate::telemetry::{self, Queue};

/// A worker that has not finished by then is taken for dead, and the job is done again.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// After so many failures a job is given up; it stays in the table with its last failure.
const MOST_ATTEMPTS: i32 = 12;
/// How often a worker looks for jobs that another process has added or that have become due.
const GLANCE: Duration = Duration::from_secs(1);
/// Deleted records are kept so long.
const KEPT_DELETED: TimeDelta = TimeDelta::days(30);
/// Idempotency keys are kept so long.
const KEPT_KEYS: TimeDelta = TimeDelta::hours(24);

/// The entity of the table `jobs`.
pub(crate) mod entity {
    use super::*;

    /// A job.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub struct Model {
        /// The id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The tenant.
        pub organization_id: Uuid,
        /// What is to be done.
        pub kind: String,
        /// Unique: a second job of the same name is the same job. One that is being done has given its name up.
        pub name: String,
        /// The arguments, JSON.
        pub payload: String,
        /// When it is due; moved on while a worker has it.
        pub run_time: ChronoDateTimeUtc,
        /// How often it was begun.
        pub attempts: i32,
        /// Why it failed last.
        pub failure: String,
        /// When it was given up.
        pub finish_time: Option<ChronoDateTimeUtc>,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A job that is being done.
pub struct Job {
    /// The tenant.
    pub organization: Uuid,
    payload: String,
}

impl Job {
    /// The arguments.
    pub fn payload<P: DeserializeOwned>(&self) -> Result<P> {
        serde_json::from_str(&self.payload).map_err(Error::internal)
    }
}

/// Adds a job that runs once the transaction is committed and the time has come. A job of the same name that waits stays as
/// it is; one that is being done is done again.
#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
pub async fn add(
    tx: &Tx,
    kind: &str,
    name: &str,
    payload: &impl Serialize,
    run_time: DateTime<Utc>,
) -> Result<()> {
    let row = entity::ActiveModel {
        id: Set(crate::id::new()),
        organization_id: Set(tx.access().organization()),
        kind: Set(kind.to_owned()),
        name: Set(format!("{kind} {name}")),
        payload: Set(serde_json::to_string(payload).map_err(Error::internal)?),
        run_time: Set(run_time),
        attempts: Set(0),
        failure: Set(String::new()),
        finish_time: Set(None),
    };
    let insert = entity::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    insert.exec_without_returning(tx.connection()).await?;
    tx.added_job();
    Ok(())
}

type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// What a service does later, by kind.
#[derive(Default)]
pub struct Jobs {
    handlers: HashMap<&'static str, Handler>,
    records: Option<Arc<Records>>,
}

impl Jobs {
    /// Says how a kind of job is done. Jobs may run twice after a crash, so doing one must be repeatable.
    pub fn on<F>(mut self, kind: &'static str, handler: impl Fn(Job) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.handlers.insert(kind, Arc::new(move |job| Box::pin(handler(job))));
        self
    }

    pub(crate) fn with_housekeeping(mut self, records: Arc<Records>) -> Self {
        self.records = Some(records);
        self
    }

    /// Does jobs, and keeps the database in order, until the shutdown.
    pub(crate) fn run(self, context: &Context) {
        let (worker, keeper) = (context.clone(), context.clone());
        let (handlers, records) = (self.handlers, self.records);
        for kind in handlers.keys() {
            telemetry::expose_job(context.db.service(), kind);
        }
        context.tasks.spawn("jobs", &context.shutdown, async move {
            let mut added = worker.db.job_commits();
            while !worker.shutdown.is_cancelled() {
                match step(&worker.db, &handlers).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "jobs wait for the database")
                    }
                }
                tokio::select! {
                    _ = added.changed() => {}
                    () = tokio::time::sleep(GLANCE) => {}
                    () = worker.shutdown.cancelled() => {}
                }
            }
        });
        context.tasks.spawn("housekeeping", &context.shutdown, async move {
            for round in 0_u64.. {
                if let Err(error) = keep_house(&keeper, records.as_deref(), round).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "housekeeping waits for the database"
                    );
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(2)) => {}
                    () = keeper.shutdown.cancelled() => return,
                }
            }
        });
    }
}

/// Numbers the logs in every round, checkpoints and removes old access records each minute, and what else is out of date
/// each hour.
#[expect(clippy::disallowed_methods, reason = "idempotency keys are not records")]
async fn keep_house(context: &Context, records: Option<&Records>, round: u64) -> Result<()> {
    let db = &context.db;
    ledger::number(db).await?;
    if round.is_multiple_of(30) {
        db.checkpoint().await?;
        let kept = TimeDelta::days(context.settings.audit.access_record_days.into());
        if kept > TimeDelta::zero() {
            ledger::purge(db, db.clock().now() - kept).await?;
        }
    }
    if round.is_multiple_of(1800) {
        let now = db.clock().now();
        let old = idempotency::Column::CreateTime.lt(now - KEPT_KEYS);
        idempotency::Entity::delete_many().filter(old).exec(db.writer()).await?;
        if let Some(records) = records {
            records.purge(db, now - KEPT_DELETED).await?;
        }
    }
    Ok(())
}

/// Does the next job that is due; false if none is.
async fn step(db: &Db, handlers: &HashMap<&'static str, Handler>) -> Result<bool> {
    let kinds: Vec<&str> = handlers.keys().copied().collect();
    if !is_due(db, &kinds).await? {
        return Ok(false);
    }
    let Some(row) = db.transact(async |tx| claim(tx, &kinds).await).await? else { return Ok(false) };
    let Some(handler) = handlers.get(row.kind.as_str()) else { return Ok(false) };
    let started = Instant::now();
    let id = crate::id::new().to_string();
    let span = telemetry::span(&format!("job {}", row.kind), "consumer", &id, None);
    let work = handler(Job { organization: row.organization_id, payload: row.payload.clone() });
    let done = telemetry::within(span.clone(), id, work).await;
    let outcome = if done.is_ok() { "done" } else { "failed" };
    telemetry::observe_job(&row.kind, outcome, started.elapsed().as_secs_f64());
    telemetry::conclude(&span, "outcome", outcome.to_owned(), done.is_err());
    drop(span);
    db.transact(async |tx| finish(tx, &row, done).await).await?;
    Ok(true)
}

fn due(now: DateTime<Utc>, kinds: &[&str]) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(entity::Column::FinishTime.is_null())
        .add(entity::Column::RunTime.lte(now))
        .add(entity::Column::Kind.is_in(kinds.iter().copied()))
}

#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
async fn is_due(db: &Db, kinds: &[&str]) -> Result<bool> {
    Ok(entity::Entity::find().filter(due(db.clock().now(), kinds)).one(db.connection()).await?.is_some())
}

#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
async fn claim(tx: &Tx, kinds: &[&str]) -> Result<Option<entity::Model>> {
    // SQLite has one writer and ignores the lock.
    let next =
        entity::Entity::find().filter(due(tx.now(), kinds)).order_by_asc(entity::Column::RunTime).limit(1);
    let next =
        next.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(tx.connection()).await?;
    let Some(row) = next else { return Ok(None) };
    let update = entity::Entity::update_many()
        // What is asked for while it is done is done after it.
        .col_expr(entity::Column::Name, Expr::value(row.id.to_string()))
        .col_expr(entity::Column::RunTime, Expr::value(tx.now() + LEASE))
        .col_expr(entity::Column::Attempts, Expr::value(row.attempts + 1));
    update.filter(entity::Column::Id.eq(row.id)).exec(tx.connection()).await?;
    Ok(Some(row))
}

#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
async fn finish(tx: &Tx, row: &entity::Model, done: Result<()>) -> Result<()> {
    let Err(error) = done else {
        entity::Entity::delete_by_id(row.id).exec(tx.connection()).await?;
        return Ok(());
    };
    let attempts = row.attempts + 1;
    let given_up = attempts >= MOST_ATTEMPTS;
    let pause = TimeDelta::seconds(5 << attempts.clamp(0, 12));
    tracing::error!(
        kind = row.kind,
        attempts,
        given_up,
        error = &error as &dyn std::error::Error,
        "a job failed"
    );
    // Whoever has asked for the same meanwhile has made another one, which does it.
    let same = entity::Entity::find().filter(entity::Column::Name.eq(&row.name));
    if !given_up && same.one(tx.connection()).await?.is_some() {
        entity::Entity::delete_by_id(row.id).exec(tx.connection()).await?;
        return Ok(());
    }
    let name = if given_up { row.id.to_string() } else { row.name.clone() };
    let update = entity::Entity::update_many()
        .col_expr(entity::Column::Name, Expr::value(name))
        .col_expr(entity::Column::Failure, Expr::value(error.to_string()))
        .col_expr(entity::Column::RunTime, Expr::value(tx.now() + pause))
        .col_expr(entity::Column::FinishTime, Expr::value(given_up.then(|| tx.now())));
    update.filter(entity::Column::Id.eq(row.id)).exec(tx.connection()).await?;
    Ok(())
}

/// How many jobs of a kind are in one state, and when the first of them is due.
#[derive(FromQueryResult)]
struct Count {
    kind: String,
    jobs: i64,
    oldest: DateTime<Utc>,
}

/// Measures what waits to be done and what was given up.
pub(crate) async fn measure(db: &Db) -> Result<()> {
    let now = db.clock().now();
    let open = || sea_orm::Condition::all().add(entity::Column::FinishTime.is_null());
    let due = count(db, open().add(entity::Column::RunTime.lte(now))).await?;
    let scheduled = count(db, open().add(entity::Column::RunTime.gt(now))).await?;
    let dead = count(db, sea_orm::Condition::all().add(entity::Column::FinishTime.is_not_null())).await?;
    let mut queues: HashMap<String, Queue> = HashMap::new();
    for found in due {
        let queue = queues.entry(found.kind).or_default();
        queue.due = found.jobs;
        queue.oldest_due = (now - found.oldest).to_std().unwrap_or_default();
    }
    for found in scheduled {
        queues.entry(found.kind).or_default().scheduled = found.jobs;
    }
    for found in dead {
        queues.entry(found.kind).or_default().dead = found.jobs;
    }
    telemetry::set_queues(db.service(), queues);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
async fn count(db: &Db, condition: sea_orm::Condition) -> Result<Vec<Count>> {
    let counts = entity::Entity::find()
        .select_only()
        .column(entity::Column::Kind)
        .column_as(entity::Column::Id.count(), "jobs")
        .column_as(entity::Column::RunTime.min(), "oldest")
        .filter(condition)
        .group_by(entity::Column::Kind);
    Ok(counts.into_model().all(db.connection()).await?)
}

/// The failures of jobs that failed at least once; for tests, which expect none.
#[cfg(feature = "testing")]
#[expect(clippy::disallowed_methods, reason = "jobs are not records")]
pub(crate) async fn failures(db: &Db) -> Result<Vec<String>> {
    let failed = entity::Entity::find().filter(entity::Column::Failure.ne("")).all(db.connection()).await?;
    Ok(failed.into_iter().map(|row| format!("{}: {}", row.kind, row.failure)).collect())
}
