//! The notifications that the neighbour is asked to send.

use std::sync::Mutex;

use crm_protos::identity::v1::notifications_server::Notifications;
use crm_protos::identity::v1::{
    CountUnreadNotificationsRequest, CountUnreadNotificationsResponse, ListNotificationsRequest,
    ListNotificationsResponse, MarkAllNotificationsReadRequest, MarkNotificationReadRequest, Notification,
    NotifyRequest, NotifyResponse,
};
use tonic::{Request, Response, Status};

use super::{FakeIdentity, plain};

/// What was sent, with the ids that were answered.
#[derive(Default)]
pub(super) struct Sent(Mutex<Vec<(NotifyRequest, String)>>);

impl Sent {
    pub(super) fn all(&self) -> Vec<NotifyRequest> {
        self.0.lock().expect("notifications").iter().map(|(request, _)| request.clone()).collect()
    }

    /// Keeps a notification unless its key is known; answers its id.
    fn keep(&self, request: NotifyRequest) -> String {
        let mut sent = self.0.lock().expect("notifications");
        let name = |request: &NotifyRequest| (request.organization_id.clone(), request.key.clone());
        if let Some((_, id)) = sent.iter().find(|(known, _)| name(known) == name(&request)) {
            return id.clone();
        }
        let id = crate::id::new().to_string();
        sent.push((request, id.clone()));
        id
    }
}

/// No service calls what users call.
fn unused<A>() -> Result<Response<A>, Status> {
    Err(Status::unimplemented("only identity itself shows notifications"))
}

#[async_trait::async_trait]
impl Notifications for FakeIdentity {
    async fn notify(&self, request: Request<NotifyRequest>) -> Result<Response<NotifyResponse>, Status> {
        Ok(plain(NotifyResponse { notification_id: self.0.sent.keep(request.into_inner()) }))
    }

    async fn list_notifications(
        &self,
        _: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        unused()
    }

    async fn count_unread_notifications(
        &self,
        _: Request<CountUnreadNotificationsRequest>,
    ) -> Result<Response<CountUnreadNotificationsResponse>, Status> {
        unused()
    }

    async fn mark_notification_read(
        &self,
        _: Request<MarkNotificationReadRequest>,
    ) -> Result<Response<Notification>, Status> {
        unused()
    }

    async fn mark_all_notifications_read(
        &self,
        _: Request<MarkAllNotificationsReadRequest>,
    ) -> Result<Response<()>, Status> {
        unused()
    }
}
