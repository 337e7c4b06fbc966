//! `Callers`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use crm_kit::access::{Caller, resolver};
use crm_kit::service::Context;
use crm_kit::{Error, Result, store};
use crm_protos::access::v1::SignedCaller;
use crm_protos::identity::v1::callers_server::Callers;
use crm_protos::identity::v1::{LookUpUserRequest, LookUpUserResponse, ResolveCallerRequest};
use sea_orm::{ColumnTrait, QueryFilter};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::values;
use crate::domain::token::{Kind, Token};
use crate::store::{api_key, department, role, session, user};

/// How often a cache that does not answer is asked again to forget; longer than it keeps a caller.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_secs(2);

/// Serves `Callers`.
pub struct CallersService {
    /// What the service was given.
    pub context: Context,
}

/// What a token stands for.
struct Bearer {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    /// The permissions that are left of the user's; all of them when empty.
    permissions: Vec<String>,
    /// When the token ends, if it does.
    end: Option<DateTime<Utc>>,
}

#[async_trait::async_trait]
impl Callers for CallersService {
    async fn resolve_caller(
        &self,
        request: Request<ResolveCallerRequest>,
    ) -> Result<Response<SignedCaller>, Status> {
        crm_kit::call(request, async |_, request| {
            let bearer = self.bearer(&request.token).await?;
            Ok(self.caller(bearer).await?.sign(&self.context.keys))
        })
        .await
    }

    async fn look_up_user(
        &self,
        request: Request<LookUpUserRequest>,
    ) -> Result<Response<LookUpUserResponse>, Status> {
        crm_kit::call(request, async |_, request| {
            let organization = crm_kit::id::parse(&request.organization_id)?;
            let query = store::tenant::<user::Entity>(organization);
            let id = crm_kit::id::parse(&request.user_id)?;
            let user = store::by_id(self.context.db.connection(), query, id).await?;
            Ok(LookUpUserResponse {
                active: user.status != user::DISABLED,
                display_name: user.display_name,
                department_id: values::text(user.department_id),
            })
        })
        .await
    }
}

impl CallersService {
    async fn bearer(&self, text: &str) -> Result<Bearer> {
        let token = Token::parse(text).ok_or_else(invalid)?;
        let bearer = match token.kind() {
            Kind::Session => self.session(&token).await?,
            Kind::ApiKey => self.api_key(&token).await?,
            Kind::Invitation | Kind::PasswordReset => return Err(invalid()),
        };
        if bearer.end.is_some_and(|end| end <= self.context.clock.now()) {
            let message = "sign in again, this session or key has ended".to_owned();
            return Err(Error::Unauthenticated { reason: "SESSION_ENDED", message });
        }
        Ok(bearer)
    }

    async fn session(&self, token: &Token) -> Result<Bearer> {
        let (db, now) = (&self.context.db, self.context.clock.now());
        let query = store::tenant::<session::Entity>(token.organization_id());
        let query = query.filter(session::Column::TokenHash.eq(token.hash()));
        let session = query.one(db.connection()).await?.ok_or_else(invalid)?;
        let end = session.end(&self.context.settings.security);
        if end > now && session::is_due(Some(session.use_time), now) {
            db.transact(async |tx| session::keep_use(tx, session.id).await).await?;
        }
        Ok(Bearer {
            id: session.id,
            organization_id: session.organization_id,
            user_id: session.user_id,
            permissions: Vec::new(),
            end: Some(end),
        })
    }

    async fn api_key(&self, token: &Token) -> Result<Bearer> {
        let (db, now) = (&self.context.db, self.context.clock.now());
        let query = store::tenant::<api_key::Entity>(token.organization_id());
        let query = query.filter(api_key::Column::TokenHash.eq(token.hash()));
        let key = query.filter(api_key::Column::RevokeTime.is_null()).one(db.connection()).await?;
        let key = key.ok_or_else(invalid)?;
        if session::is_due(key.use_time, now) {
            db.transact(async |tx| api_key::keep_use(tx, key.id).await).await?;
        }
        Ok(Bearer {
            id: key.id,
            organization_id: key.organization_id,
            user_id: key.user_id,
            permissions: key.permissions.0,
            end: key.expire_time,
        })
    }

    async fn caller(&self, bearer: Bearer) -> Result<Caller> {
        let (connection, organization_id) = (self.context.db.connection(), bearer.organization_id);
        let users = store::tenant::<user::Entity>(organization_id);
        let user = match store::by_id(connection, users, bearer.user_id).await {
            Ok(user) if user.is_active() => user,
            Ok(_) | Err(Error::NotFound) => return Err(invalid()),
            Err(error) => return Err(error),
        };
        let rights = role::rights(connection, organization_id, user.role_ids.0.iter().copied()).await?;
        let rights = rights.restrict(&bearer.permissions);
        let department_ids = match user.department_id {
            Some(department) => department::tree(connection, organization_id).await?.subtree(department),
            None => Vec::new(),
        };
        let seconds = i64::try_from(self.context.settings.security.caller_seconds).unwrap_or(60);
        let expire_time = self.context.clock.now() + TimeDelta::seconds(seconds);
        Ok(Caller {
            organization_id,
            user_id: user.id,
            department_id: user.department_id,
            department_ids,
            grants: rights.grants.into_iter().map(|grant| (grant.permission, grant.scope)).collect(),
            field_rules: rights.field_rules.into_iter().map(|rule| (rule.field, rule.access)).collect(),
            session_id: bearer.id,
            // Nobody is believed longer than the token is good.
            expire_time: bearer.end.map_or(expire_time, |end| end.min(expire_time)),
            service: None,
            password_change_required: user.password_change_required,
        })
    }
}

fn invalid() -> Error {
    let message = "sign in again or send a valid API key".to_owned();
    Error::Unauthenticated { reason: "TOKEN_INVALID", message }
}

/// Makes the next request of everybody in an organization be judged by what is committed now. To be called before a
/// change of users, roles, departments or tokens is answered.
pub(super) async fn forget(context: &Context, organization: Uuid) {
    if resolver::forget_callers(&context.cache, organization).await {
        return;
    }
    // While the cache does not answer, nobody reads a cached caller either; it may come back with old ones, though.
    tracing::warn!("the cache does not answer, so resolved callers are forgotten later");
    let context = context.clone();
    tokio::spawn(async move {
        for _ in 0..TRIES {
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.shutdown.cancelled() => return,
            }
            if resolver::forget_callers(&context.cache, organization).await {
                return;
            }
        }
    });
}
