//! Changes between services: each serves its own, and follows those of others, exactly once and in order.

use std::sync::Arc;
use std::time::Duration;

use crm_protos::feed::v1::feed_client::FeedClient;
use crm_protos::feed::v1::feed_server::{Feed, FeedServer};
use crm_protos::feed::v1::{Change, PullRequest, PullResponse};
use futures::future::BoxFuture;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{QueryFilter, QueryOrder, QuerySelect, Set};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use crate::change;
use crate::convert::{structure, timestamp};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::ledger;
use crate::service::Context;
use crate::telemetry;

/// How many changes one answer holds unless asked otherwise, and at most.
const BATCH: u64 = 500;
/// How long a reader may wait for a change.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How often a waiting reader looks for changes that another process has made.
const GLANCE: Duration = Duration::from_millis(250);

/// The entity of the table `feed_cursors`.
pub(crate) mod cursor {
    use super::*;

    /// How far a feed has been applied.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "feed_cursors")]
    pub struct Model {
        /// The feed.
        #[sea_orm(primary_key, auto_increment = false)]
        pub feed: String,
        /// The position of the last applied change.
        pub position: i64,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Serves `Feed.Pull` over the change log of a service.
pub(crate) struct FeedService {
    context: Context,
}

impl FeedService {
    pub(crate) fn server(context: &Context) -> FeedServer<Self> {
        FeedServer::new(Self { context: context.clone() })
    }
}

#[async_trait::async_trait]
impl Feed for FeedService {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        crate::call(request, async |_, request| {
            let db = &self.context.db;
            let mut commits = db.commits();
            let wait =
                Duration::from_millis(u64::try_from(request.wait_ms).unwrap_or_default()).min(LONGEST_WAIT);
            let deadline = Instant::now() + wait;
            loop {
                ledger::number_changes(db).await?;
                let answer = pull(db, &request).await?;
                if !answer.changes.is_empty()
                    || Instant::now() >= deadline
                    || self.context.shutdown.is_cancelled()
                {
                    return Ok(answer);
                }
                let glance = tokio::time::sleep_until(deadline.min(Instant::now() + GLANCE));
                tokio::select! {
                    _ = commits.changed() => {}
                    () = glance => {}
                    () = self.context.shutdown.cancelled() => {}
                }
            }
        })
        .await
    }
}

#[expect(clippy::disallowed_methods, reason = "changes are not records")]
async fn pull(db: &Db, request: &PullRequest) -> Result<PullResponse> {
    let limit =
        u64::try_from(request.limit).ok().filter(|limit| *limit > 0).map_or(BATCH, |limit| limit.min(BATCH));
    // The head is read first: what is numbered after it is left for the next answer.
    let head = ledger::head::Entity::find_by_id("changes")
        .one(db.connection())
        .await?
        .map_or(0, |head| head.position);
    let mut query = change::Entity::find()
        .filter(change::Column::Position.gt(request.after))
        .filter(change::Column::Position.lte(head));
    if !request.resources.is_empty() {
        query = query.filter(change::Column::Resource.is_in(&request.resources));
    }
    let rows = query.order_by_asc(change::Column::Position).limit(limit).all(db.connection()).await?;
    let full = rows.len() as u64 == limit;
    let position =
        rows.last().filter(|_| full).and_then(|row| row.position).unwrap_or(head.max(request.after));
    Ok(PullResponse { changes: rows.iter().map(message).collect(), position })
}

/// A change as the protos write it.
pub(crate) fn message(row: &change::Model) -> Change {
    let fields = |text: &str| serde_json::from_str(text).ok().map(|json| structure(&json));
    let text = |id: Uuid| if id.is_nil() { String::new() } else { id.to_string() };
    Change {
        id: row.id.to_string(),
        position: row.position.unwrap_or_default(),
        organization_id: text(row.organization_id),
        resource: row.resource.clone(),
        record_id: row.record_id.to_string(),
        verb: row.verb.clone(),
        before: fields(&row.before),
        after: fields(&row.after),
        actor_id: text(row.actor_id),
        request_id: row.request_id.clone(),
        create_time: Some(timestamp(row.create_time)),
    }
}

type Apply = Arc<dyn for<'a> Fn(&'a Tx, &'a Change) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// What a service does with the changes of another.
#[derive(Clone)]
pub struct Subscription {
    /// The name of the feed; the cursor is kept under it.
    pub name: &'static str,
    /// The service whose changes are followed.
    pub source: &'static str,
    /// The kinds of record that matter.
    pub resources: &'static [&'static str],
    /// Applies one change. A failure stops the feed there until it succeeds: a change is never skipped.
    pub apply: Apply,
}

/// Follows a feed until the shutdown.
pub(crate) fn follow(context: &Context, subscription: Subscription) {
    let follower = context.clone();
    telemetry::expose_feed(context.db.service(), subscription.name);
    context.tasks.spawn("feed", &context.shutdown, async move {
        let shutdown = follower.shutdown.clone();
        tokio::select! {
            () = run(&follower, &subscription) => {}
            () = shutdown.cancelled() => {}
        }
    });
}

async fn run(context: &Context, subscription: &Subscription) {
    let mut pause = Duration::from_millis(100);
    loop {
        match step(context, subscription).await {
            Ok(()) => pause = Duration::from_millis(100),
            Err(error) => {
                telemetry::count_feed_error(context.db.service(), subscription.name);
                // A peer that is starting or restarting is no fault; a change that cannot be applied is one.
                if !matches!(error, Error::Unavailable) {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(
                        feed = subscription.name,
                        error,
                        "a feed has stopped at a change and tries again"
                    );
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
            }
        }
    }
}

/// Pulls and applies the next changes. Batch and cursor are one transaction, so each change is applied exactly once.
async fn step(context: &Context, subscription: &Subscription) -> Result<()> {
    let (reader, feed) = (context.db.service(), subscription.name);
    let after = cursor(&context.db, feed).await?;
    let message = PullRequest {
        after,
        limit: 0,
        resources: subscription.resources.iter().map(|name| (*name).to_owned()).collect(),
        wait_ms: i32::try_from(LONGEST_WAIT.as_millis()).unwrap_or_default(),
    };
    let mut client =
        FeedClient::new(context.peers.get(subscription.source)?).max_decoding_message_size(64 << 20);
    let answer = client.pull(context.request(message)).await?.into_inner();
    let waiting = i64::try_from(answer.changes.len()).unwrap_or(i64::MAX);
    telemetry::set_feed_lag(reader, feed, waiting);
    if answer.position > after {
        let id = crate::id::new().to_string();
        let span = telemetry::span(&format!("feed {reader} {feed}"), "consumer", &id, None);
        telemetry::within(span, id, apply(&context.db, subscription, after, &answer)).await?;
    }
    telemetry::set_feed_lag(reader, feed, 0);
    telemetry::feed_pulled(reader, feed);
    Ok(())
}

async fn apply(db: &Db, subscription: &Subscription, after: i64, answer: &PullResponse) -> Result<()> {
    db.transact(async |tx| {
        // Moving the cursor first holds off another process that pulled the same changes.
        if !advance(tx, subscription.name, after, answer.position).await? {
            return Ok(());
        }
        for change in &answer.changes {
            (subscription.apply)(tx, change).await?;
        }
        Ok(())
    })
    .await
}

#[expect(clippy::disallowed_methods, reason = "cursors are not records")]
async fn cursor(db: &Db, feed: &str) -> Result<i64> {
    if let Some(row) = cursor::Entity::find_by_id(feed).one(db.connection()).await? {
        return Ok(row.position);
    }
    let row = cursor::ActiveModel { feed: Set(feed.to_owned()), position: Set(0) };
    let insert = cursor::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    insert.exec_without_returning(db.writer()).await?;
    Ok(0)
}

/// True if a feed has not brought everything that its source has committed.
#[expect(clippy::disallowed_methods, reason = "heads are not records")]
pub async fn is_behind(reader: &Db, feed: &str, source: &Db) -> Result<bool> {
    ledger::number_changes(source).await?;
    let head = ledger::head::Entity::find_by_id("changes").one(source.connection()).await?;
    Ok(cursor(reader, feed).await? < head.map_or(0, |head| head.position))
}

/// Lets nothing of a feed be applied until the transaction ends: for what comes before the feed.
#[expect(clippy::disallowed_methods, reason = "cursors are not records")]
pub async fn hold(tx: &Tx, feed: &str) -> Result<()> {
    let row = cursor::ActiveModel { feed: Set(feed.to_owned()), position: Set(0) };
    // Writing what is there locks it, also before the feed has begun.
    let same = Expr::col((cursor::Entity, cursor::Column::Position));
    let mut conflict = OnConflict::column(cursor::Column::Feed);
    conflict.value(cursor::Column::Position, same);
    cursor::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Moves the cursor of a feed over changes that are applied with this transaction; false if it stands elsewhere.
#[expect(clippy::disallowed_methods, reason = "cursors are not records")]
pub async fn advance(tx: &Tx, feed: &str, from: i64, to: i64) -> Result<bool> {
    let update = cursor::Entity::update_many().col_expr(cursor::Column::Position, Expr::value(to));
    let update = update.filter(cursor::Column::Feed.eq(feed)).filter(cursor::Column::Position.eq(from));
    Ok(update.exec(tx.connection()).await?.rows_affected == 1)
}
