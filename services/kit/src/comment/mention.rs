//! Whoever a comment addresses is told, once.

use std::collections::BTreeSet;

use crm_protos::identity::v1::notifications_client::NotificationsClient;
use crm_protos::identity::v1::{NotificationKind, NotifyRequest};
use sea_orm::ColumnTrait;
use sea_orm::QueryFilter;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{Column, Entity, Model};
use crate::access::Access;
use crate::db::{Db, Tx};
use crate::directory;
use crate::error::{Error, Result};
use crate::job::{self, Job};
use crate::service::Context;
use crate::store;

/// The kind of job.
pub(crate) const KIND: &str = "mention";

/// More people are not addressed by name at once.
const MOST: usize = 20;

/// Who is told of which comment, and what its record was called for its author.
#[derive(Debug, Deserialize, Serialize)]
struct Mention {
    comment: Uuid,
    user: Uuid,
    title: String,
}

/// The users whom a request addresses, each once; anybody who is no colleague is a violation.
pub(super) async fn read(db: &Db, access: &Access, ids: &[String]) -> Result<BTreeSet<Uuid>> {
    let refuse = |reason, message: &str| Err(Error::invalid("mentioned_user_ids", reason, message));
    let parsed: Option<BTreeSet<Uuid>> = ids.iter().map(|id| Uuid::try_parse(id).ok()).collect();
    let Some(ids) = parsed else { return refuse("ID_MALFORMED", "give the ids of users") };
    if ids.len() > MOST {
        return refuse("TOO_MANY", "address 20 people at most");
    }
    if ids.is_empty() {
        return Ok(ids);
    }
    let known = directory::users(db, access.organization(), ids.iter().copied()).await?;
    match known.iter().filter(|user| user.active).count() == ids.len() {
        true => Ok(ids),
        false => refuse("USER_UNKNOWN", "address colleagues who can work"),
    }
}

/// Tells whoever the comment addresses now and did not before, except its author.
pub(super) async fn schedule(tx: &Tx, comment: &Model, before: &[Uuid], title: &str) -> Result<()> {
    let mentioned = comment.mentioned().into_iter();
    for user in mentioned.filter(|user| *user != comment.author_id && !before.contains(user)) {
        let mention = Mention { comment: comment.id, user, title: title.to_owned() };
        job::add(tx, KIND, &format!("{} {user}", comment.id), &mention, tx.now()).await?;
    }
    Ok(())
}

/// Tells one user, unless the comment was taken back or addresses somebody else by now. Told twice, identity notifies
/// once.
pub(crate) async fn tell(context: Context, job: Job) -> Result<()> {
    let mention: Mention = job.payload()?;
    let query = store::tenant::<Entity>(job.organization).filter(Column::Id.eq(mention.comment));
    let Some(comment) = query.one(context.db.connection()).await? else { return Ok(()) };
    if !comment.mentioned().contains(&mention.user) {
        return Ok(());
    }
    let message = NotifyRequest {
        organization_id: job.organization.to_string(),
        user_id: mention.user.to_string(),
        key: format!("{KIND} {} {}", comment.id, mention.user),
        kind: NotificationKind::Mentioned.into(),
        resource: comment.resource,
        record_id: comment.record_id.to_string(),
        title: mention.title,
        due_time: None,
    };
    let identity = context.peers.get(directory::SOURCE)?;
    NotificationsClient::new(identity).notify(context.request(message)).await?;
    Ok(())
}
