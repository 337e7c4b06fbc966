//! A neighbour that plays identity: users with departments, tokens, and the feed of what changes about them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crm_protos::access::v1::SignedCaller;
use crm_protos::feed::v1::feed_server::{Feed, FeedServer};
use crm_protos::feed::v1::{Change, PullRequest, PullResponse};
use crm_protos::identity::v1::callers_server::{Callers, CallersServer};
use crm_protos::identity::v1::{LookUpUserRequest, LookUpUserResponse, ResolveCallerRequest};
use serde_json::json;
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::TestCaller;
use crate::channel::Channel;
use crate::convert::structure;
use crate::crypto::ClusterKey;
use crate::service::Context;

/// The scripted identity service.
#[derive(Clone)]
pub struct FakeIdentity(Arc<State>);

struct State {
    key: ClusterKey,
    users: Mutex<HashMap<String, LookUpUserResponse>>,
    tokens: Mutex<HashMap<String, crate::access::Caller>>,
    changes: Mutex<Vec<Change>>,
    changed: watch::Sender<u64>,
}

impl FakeIdentity {
    pub(super) fn new(context: &Context) -> Self {
        Self(Arc::new(State {
            key: context.key.clone(),
            users: Mutex::default(),
            tokens: Mutex::default(),
            changes: Mutex::default(),
            changed: watch::Sender::new(0),
        }))
    }

    /// Adds a user, or moves one to another department.
    pub fn put_user(&self, organization: Uuid, user: Uuid, name: &str, department: Option<Uuid>) {
        let department = department.map(|id| id.to_string()).unwrap_or_default();
        let record = LookUpUserResponse {
            display_name: name.to_owned(),
            department_id: department.clone(),
            active: true,
        };
        self.0.users.lock().expect("users").insert(format!("{organization} {user}"), record);
        let after =
            json!({ "display_name": name, "status": "USER_STATUS_ACTIVE", "department_id": department });
        let mut changes = self.0.changes.lock().expect("changes");
        let position = i64::try_from(changes.len() + 1).expect("few changes");
        changes.push(Change {
            id: crate::id::new().to_string(),
            position,
            organization_id: organization.to_string(),
            resource: "identity.user".to_owned(),
            record_id: user.to_string(),
            verb: "updated".to_owned(),
            after: Some(structure(&after)),
            ..Change::default()
        });
        self.0.changed.send_modify(|count| *count += 1);
    }

    /// Lets a token stand for a caller.
    pub fn put_token(&self, token: &str, caller: &TestCaller) {
        self.0.tokens.lock().expect("tokens").insert(token.to_owned(), caller.caller.clone());
    }

    /// Ends a token.
    pub fn remove_token(&self, token: &str) {
        self.0.tokens.lock().expect("tokens").remove(token);
    }

    pub(super) fn channel(&self) -> Channel {
        let routes = tonic::service::Routes::new(CallersServer::new(self.clone()))
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
        Ok(plain(caller.sign(&self.0.key)))
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

#[async_trait::async_trait]
impl Feed for FakeIdentity {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        let after = request.get_ref().after;
        let mut changed = self.0.changed.subscribe();
        loop {
            let changes: Vec<Change> = {
                let all = self.0.changes.lock().expect("changes");
                all.iter().filter(|change| change.position > after).cloned().collect()
            };
            if let Some(last) = changes.last() {
                let position = last.position;
                return Ok(plain(PullResponse { changes, position }));
            }
            changed.changed().await.map_err(|_| Status::unavailable("the test is over"))?;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a neighbour that is not built on kit")]
fn plain<M>(message: M) -> Response<M> {
    Response::new(message)
}
