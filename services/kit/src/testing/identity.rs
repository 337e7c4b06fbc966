//! A neighbour that plays identity: organizations, departments and users, tokens, the feed of what changes about them,
//! and the notifications that it is asked to send.

mod notifications;
mod records;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crm_protos::access::v1::SignedCaller;
use crm_protos::feed::v1::feed_server::FeedServer;
use crm_protos::identity::v1::callers_server::{Callers, CallersServer};
use crm_protos::identity::v1::notifications_server::NotificationsServer;
use crm_protos::identity::v1::{LookUpUserRequest, LookUpUserResponse, NotifyRequest, ResolveCallerRequest};
use serde_json::json;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use self::notifications::Sent;
use self::records::Records;
use super::TestCaller;
use crate::channel::Channel;
use crate::crypto::ClusterKeys;
use crate::service::Context;

/// The scripted identity service.
#[derive(Clone)]
pub struct FakeIdentity(Arc<State>);

struct State {
    keys: ClusterKeys,
    users: Mutex<HashMap<String, LookUpUserResponse>>,
    tokens: Mutex<HashMap<String, crate::access::Caller>>,
    records: Records,
    sent: Sent,
}

impl FakeIdentity {
    pub(super) fn new(context: &Context) -> Self {
        Self(Arc::new(State {
            keys: context.keys.clone(),
            users: Mutex::default(),
            tokens: Mutex::default(),
            records: Records::new(context.clock.clone()),
            sent: Sent::default(),
        }))
    }

    /// Adds an organization, or changes its currency or time zone.
    pub fn put_organization(&self, organization: Uuid, currency: &str, time_zone: &str) {
        let fields = json!({
            "name": "Huateng",
            "currency": currency,
            "region": "CN",
            "language": "zh-CN",
            "time_zone": time_zone,
        });
        self.0.records.put(organization, "identity.organization", organization, fields);
    }

    /// Says where an organization is.
    pub fn put_region(&self, organization: Uuid, region: &str) {
        self.0.records.set(organization, "identity.organization", organization, "region", json!(region));
    }

    /// Says when the people of an organization work, as the records of identity say it.
    pub fn put_working_hours(&self, organization: Uuid, hours: serde_json::Value) {
        self.0.records.set(organization, "identity.organization", organization, "working_hours", hours);
    }

    /// Adds a department, or renames or moves one.
    pub fn put_department(&self, organization: Uuid, department: Uuid, name: &str, parent: Option<Uuid>) {
        let fields = json!({ "name": name, "parent_id": parent });
        self.0.records.put(organization, "identity.department", department, fields);
    }

    /// Deletes a department.
    pub fn remove_department(&self, organization: Uuid, department: Uuid) {
        self.0.records.remove(organization, "identity.department", department);
    }

    /// Adds a user, or moves one to another department.
    pub fn put_user(&self, organization: Uuid, user: Uuid, name: &str, department: Option<Uuid>) {
        let record = LookUpUserResponse {
            display_name: name.to_owned(),
            department_id: department.map(|id| id.to_string()).unwrap_or_default(),
            active: true,
        };
        self.0.users.lock().expect("users").insert(format!("{organization} {user}"), record);
        let fields =
            json!({ "display_name": name, "status": "USER_STATUS_ACTIVE", "department_id": department });
        self.0.records.put(organization, "identity.user", user, fields);
    }

    /// Lets a token stand for a caller.
    pub fn put_token(&self, token: &str, caller: &TestCaller) {
        self.0.tokens.lock().expect("tokens").insert(token.to_owned(), caller.caller.clone());
    }

    /// Ends a token.
    pub fn remove_token(&self, token: &str) {
        self.0.tokens.lock().expect("tokens").remove(token);
    }

    /// What users were notified of, oldest first; once for each key.
    pub fn notifications(&self) -> Vec<NotifyRequest> {
        self.0.sent.all()
    }

    pub(super) fn channel(&self) -> Channel {
        let routes = tonic::service::Routes::new(CallersServer::new(self.clone()))
            .add_service(NotificationsServer::new(self.clone()))
            .add_service(FeedServer::new(self.clone()));
        Channel::local(routes.prepare())
    }
}

#[async_trait::async_trait]
impl Callers for FakeIdentity {
    async fn resolve_caller(
        &self,
        request: Request<ResolveCallerRequest>,
    ) -> Result<Response<SignedCaller>, Status> {
        let tokens = self.0.tokens.lock().expect("tokens");
        let caller =
            tokens.get(&request.get_ref().token).ok_or_else(|| Status::unauthenticated("no such token"))?;
        Ok(plain(caller.sign(&self.0.keys)))
    }

    async fn look_up_user(
        &self,
        request: Request<LookUpUserRequest>,
    ) -> Result<Response<LookUpUserResponse>, Status> {
        let LookUpUserRequest { organization_id, user_id } = request.into_inner();
        let users = self.0.users.lock().expect("users");
        let user = users.get(&format!("{organization_id} {user_id}"));
        user.cloned().map(plain).ok_or_else(|| Status::not_found("no such user"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a neighbour that is not built on kit")]
fn plain<M>(message: M) -> Response<M> {
    Response::new(message)
}
