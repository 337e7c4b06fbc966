//! What people say about records: whoever may read a record may read its comments.

pub(crate) mod mention;
mod record;

use std::collections::HashMap;
use std::sync::Arc;

use crm_protos::comment::v1::comments_server::{Comments, CommentsServer};
use crm_protos::comment::v1::{
    Comment, CreateCommentRequest, DeleteCommentRequest, EditCommentRequest, ListCommentsRequest,
    ListCommentsResponse,
};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::access::Access;
use crate::convert::timestamp;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::page::ListQuery;
use crate::registry::Records;
use crate::{directory, store};
use record::{Column, Entity, Model};

/// Longer texts belong into a file.
const LONGEST_TEXT: usize = 10_000;

/// Serves `Comments` on the records of a service.
pub(crate) struct CommentsService {
    db: Db,
    records: Arc<Records>,
}

impl CommentsService {
    pub(crate) fn server(db: Db, records: Arc<Records>) -> CommentsServer<Self> {
        CommentsServer::new(Self { db, records })
    }

    /// Adds the authors' names; one query.
    async fn named(&self, access: &Access, mut comments: Vec<Comment>) -> Result<Vec<Comment>> {
        let authors = comments.iter().filter_map(|comment| Uuid::try_parse(&comment.author_id).ok());
        let users = directory::users(&self.db, access.organization(), authors).await?;
        let mut names: HashMap<String, String> =
            users.into_iter().map(|user| (user.id.to_string(), user.display_name)).collect();
        for comment in &mut comments {
            comment.author_name = names.entry(comment.author_id.clone()).or_default().clone();
        }
        Ok(comments)
    }

    async fn answer(&self, access: &Access, comment: Comment) -> Result<Comment> {
        self.named(access, vec![comment]).await?.pop().ok_or(Error::NotFound)
    }
}

#[async_trait::async_trait]
impl Comments for CommentsService {
    async fn create_comment(
        &self,
        request: Request<CreateCommentRequest>,
    ) -> Result<Response<Comment>, Status> {
        crate::call(request, async |access, request| {
            let title = self.records.title(&self.db, access, &request.resource, &request.record_id).await?;
            let comment = Model {
                record_id: crate::id::parse(&request.record_id)?,
                resource: request.resource,
                author_id: access.user(),
                text: text(&request.text)?,
                mentioned_user_ids: mentioned(&self.db, access, &request.mentioned_user_ids).await?,
                ..Model::default()
            };
            let said = self.db.write(access, async |tx| {
                let comment = tx.insert::<Entity>("created", comment).await?;
                mention::schedule(tx, &comment, &[], &title).await?;
                Ok(message(&comment))
            });
            self.answer(access, said.await?).await
        })
        .await
    }

    async fn list_comments(
        &self,
        request: Request<ListCommentsRequest>,
    ) -> Result<Response<ListCommentsResponse>, Status> {
        crate::call(request, async |access, request| {
            self.records.visible(&self.db, access, &request.resource, &request.record_id).await?;
            let list = ListQuery {
                page_size: request.page_size,
                page_token: request.page_token,
                // Binds the page token to the record.
                query: format!("{} {}", request.resource, request.record_id),
                ..ListQuery::default()
            };
            let all = store::tenant::<Entity>(access.organization());
            let about = about(all, &request.resource, &request.record_id)?;
            let page = store::page(self.db.connection(), access, &list, about).await?;
            let comments = self.named(access, page.items.iter().map(message).collect()).await?;
            Ok(ListCommentsResponse { comments, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn edit_comment(&self, request: Request<EditCommentRequest>) -> Result<Response<Comment>, Status> {
        crate::call(request, async |access, request| {
            let title = self.records.title(&self.db, access, &request.resource, &request.record_id).await?;
            let mentioned = mentioned(&self.db, access, &request.mentioned_user_ids).await?;
            let (text, id) = (text(&request.text)?, crate::id::parse(&request.id)?);
            let all = store::tenant::<Entity>(access.organization());
            let about = about(all, &request.resource, &request.record_id)?;
            let edited = self.db.write(access, async |tx| {
                let before = store::by_id::<Entity>(tx.connection(), about, id).await?;
                if before.author_id != access.user() {
                    let message =
                        "answer with a comment of your own, only its author changes this one".to_owned();
                    return Err(Error::Denied { reason: "NOT_THE_AUTHOR", message });
                }
                let after = Model { text, mentioned_user_ids: mentioned, ..before.clone() };
                let told = before.mentioned();
                let after = tx.update::<Entity>("edited", before, after, &request.etag).await?;
                mention::schedule(tx, &after, &told, &title).await?;
                Ok(message(&after))
            });
            self.answer(access, edited.await?).await
        })
        .await
    }

    async fn delete_comment(&self, request: Request<DeleteCommentRequest>) -> Result<Response<()>, Status> {
        crate::call(request, async |access, request| {
            self.records.visible(&self.db, access, &request.resource, &request.record_id).await?;
            let id = crate::id::parse(&request.id)?;
            let reached = store::select::<Entity>(access)?;
            let reached = about(reached, &request.resource, &request.record_id)?;
            let removed = self.db.write(access, async |tx| {
                let before = store::by_id::<Entity>(tx.connection(), reached, id).await?;
                tx.remove::<Entity>("deleted", before, &request.etag).await
            });
            removed.await
        })
        .await
    }
}

/// What was said about a record.
fn about(comments: Select<Entity>, resource: &str, record_id: &str) -> Result<Select<Entity>> {
    let comments = comments.filter(Column::Resource.eq(resource));
    Ok(comments.filter(Column::RecordId.eq(crate::id::parse(record_id)?)))
}

/// A text that says something.
fn text(text: &str) -> Result<String> {
    let text = text.trim();
    let refuse = |reason, message: &str| Err(Error::invalid("text", reason, message));
    match text.chars().count() {
        0 => refuse("REQUIRED", "say something"),
        length if length > LONGEST_TEXT => refuse("TOO_LONG", "say it in 10,000 characters"),
        _ if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => {
            refuse("CONTROL_CHARACTER", "leave out characters that cannot be seen")
        }
        _ => Ok(text.to_owned()),
    }
}

async fn mentioned(db: &Db, access: &Access, ids: &[String]) -> Result<String> {
    let users = mention::read(db, access, ids).await?;
    serde_json::to_string(&users).map_err(Error::internal)
}

fn message(row: &Model) -> Comment {
    Comment {
        id: row.id.to_string(),
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.create_time)),
        update_time: Some(timestamp(row.update_time)),
        resource: row.resource.clone(),
        record_id: row.record_id.to_string(),
        author_id: row.author_id.to_string(),
        author_name: String::new(),
        text: row.text.clone(),
        mentioned_user_ids: row.mentioned().iter().map(Uuid::to_string).collect(),
    }
}

/// Removes what was said about records that are gone for good.
#[expect(clippy::disallowed_methods, reason = "the records' own deletion is what is logged")]
pub(crate) async fn remove_of(tx: &Tx, resource: &str, records: &[Uuid]) -> Result<()> {
    use sea_orm::EntityTrait;
    let gone = Entity::delete_many()
        .filter(Column::Resource.eq(resource))
        .filter(Column::RecordId.is_in(records.iter().copied()));
    gone.exec(tx.connection()).await?;
    Ok(())
}
