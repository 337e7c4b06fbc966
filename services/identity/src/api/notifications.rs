//! `Notifications`.

use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, Tx, convert, id, store};
use crm_protos::identity::v1::notifications_server::Notifications;
use crm_protos::identity::v1::{
    CountUnreadNotificationsRequest, CountUnreadNotificationsResponse, ListNotificationsRequest,
    ListNotificationsResponse, MarkAllNotificationsReadRequest, MarkNotificationReadRequest, Notification,
    NotificationKind, NotifyRequest, NotifyResponse,
};
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter, Select};
use tonic::{Request, Response, Status};

use super::values;
use crate::domain::notification::path;
use crate::jobs;
use crate::mail::{Mailer, letter};
use crate::store::notification::{self, Column, Entity, Model};
use crate::store::{referred, user};

/// Longer titles are cut.
const LONGEST_TITLE: usize = 200;
/// Longer keys are refused.
const LONGEST_KEY: usize = 200;

/// Serves `Notifications`.
pub struct NotificationsService {
    /// What the service was given.
    pub context: Context,
    /// Says whether notifications are mailed too.
    pub mailer: Mailer,
}

#[async_trait::async_trait]
impl Notifications for NotificationsService {
    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListNotificationsRequest { page_size, page_token, unread_only } = request;
            // Binds the page token to the user and to what is listed.
            let query = format!("{} {unread_only}", access.user());
            let list = ListQuery { page_size, page_token, query, ..ListQuery::default() };
            let wanted = Condition::all().add_option(unread_only.then(notification::unread));
            let mine = mine(access).filter(wanted);
            let page = store::page(self.context.db.connection(), access, &list, mine).await?;
            let notifications = page.items.iter().map(answer).collect();
            Ok(ListNotificationsResponse { notifications, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn count_unread_notifications(
        &self,
        request: Request<CountUnreadNotificationsRequest>,
    ) -> Result<Response<CountUnreadNotificationsResponse>, Status> {
        crm_kit::call(request, async |access, _| {
            let unread = mine(access).filter(notification::unread());
            let count = unread.count(self.context.db.connection()).await?;
            Ok(CountUnreadNotificationsResponse { count: i64::try_from(count).map_err(Error::internal)? })
        })
        .await
    }

    async fn mark_notification_read(
        &self,
        request: Request<MarkNotificationReadRequest>,
    ) -> Result<Response<Notification>, Status> {
        crm_kit::call(request, async |access, request| {
            let id = id::parse(&request.id)?;
            let read = self.context.db.write(access, async |tx| {
                notification::mark_read(tx, Column::Id.eq(id).into()).await?;
                store::by_id(tx.connection(), mine(access), id).await.map(|found| answer(&found))
            });
            read.await
        })
        .await
    }

    async fn mark_all_notifications_read(
        &self,
        request: Request<MarkAllNotificationsReadRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, _| {
            let all = Condition::all();
            self.context.db.write(access, async |tx| notification::mark_read(tx, all).await).await
        })
        .await
    }

    async fn notify(&self, request: Request<NotifyRequest>) -> Result<Response<NotifyResponse>, Status> {
        crm_kit::call(request, async |_, request| {
            let (db, model) = (&self.context.db, model(&request)?);
            let access = db.system(model.organization_id);
            let sent = match db.transact_as(&access, async |tx| self.send(tx, &model).await).await {
                // The same request came twice at the same moment.
                Err(Error::Exists { reason: notification::SENT, .. }) => {
                    notification::by_key(db.connection(), model.organization_id, &model.key).await?
                }
                sent => sent?,
            };
            Ok(NotifyResponse { notification_id: values::text(sent.map(|notification| notification.id)) })
        })
        .await
    }
}

impl NotificationsService {
    /// Keeps a notification, and has it mailed, unless it was sent before or there is nobody to tell.
    async fn send(&self, tx: &Tx, model: &Model) -> Result<Option<Model>> {
        if let Some(sent) = notification::by_key(tx.connection(), model.organization_id, &model.key).await? {
            return Ok(Some(sent));
        }
        let user = referred::<user::Entity>(tx, model.user_id).await?;
        if user.is_none_or(|user| user.status == user::DISABLED) {
            return Ok(None);
        }
        notification::remove_old(tx, model.user_id).await?;
        let sent = tx.insert::<Entity>("sent", model.clone()).await?;
        if self.mailer.is_configured() {
            jobs::mail_notification(tx, sent.id).await?;
        }
        Ok(Some(sent))
    }
}

/// The caller's notifications.
fn mine(access: &Access) -> Select<Entity> {
    notification::of_user(access.organization(), access.user())
}

/// The notification that a service asks to send. Every violation is named at once.
fn model(request: &NotifyRequest) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    if request.key.chars().count() > LONGEST_KEY || request.key.contains(char::is_control) {
        check.add("key", "KEY_INVALID", format!("give at most {LONGEST_KEY} characters that can be read"));
    }
    let kind =
        convert::enum_name::<NotificationKind>(request.kind, NotificationKind::as_str_name, "kind", check);
    let record_id = values::reference(&request.record_id, "record_id", check)?.unwrap_or_default();
    if path(&request.resource, record_id).is_none() {
        check.add("resource", "RESOURCE_INVALID", "give a kind of record, as in sales.lead");
    }
    violations.finish()?;
    Ok(Model {
        organization_id: id::parse(&request.organization_id)?,
        user_id: id::parse(&request.user_id)?,
        key: request.key.clone(),
        kind,
        resource: request.resource.clone(),
        record_id,
        title: letter::line(&request.title).chars().take(LONGEST_TITLE).collect(),
        due_time: request.due_time.as_ref().and_then(convert::time),
        ..Model::default()
    })
}

/// The notification as the API shows it.
fn answer(model: &Model) -> Notification {
    Notification {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        kind: convert::enum_number(&model.kind, NotificationKind::from_str_name),
        resource: model.resource.clone(),
        record_id: model.record_id.to_string(),
        title: model.title.clone(),
        due_time: values::time(model.due_time),
        read_time: values::time(model.read_time),
    }
}
