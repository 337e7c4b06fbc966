//! `Sessions`.

use chrono::{DateTime, TimeDelta, Utc};
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, convert, id, store};
use crm_protos::identity::v1::sessions_server::Sessions;
use crm_protos::identity::v1::{
    ListSessionsRequest, ListSessionsResponse, RevokeSessionRequest, Session, SignInRequest, SignInResponse,
    SignOutEverywhereRequest, SignOutRequest,
};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use tonic::{Request, Response, Status};

use super::passwords::Passwords;
use super::{callers, throttle, values};
use crate::domain::second_factor;
use crate::domain::token::{Kind, Token};
use crate::store::session::{self, Column, Entity, Model};
use crate::store::user;

/// Where the secret of the second factor is sealed.
pub(super) const SECOND_FACTOR: &str = "identity.user.second_factor_secret";
/// Longer names of clients are cut.
const LONGEST_AGENT: usize = 300;

/// Serves `Sessions`.
pub struct SessionsService {
    /// What the service was given.
    pub context: Context,
    /// Checks passwords.
    pub passwords: Passwords,
}

#[async_trait::async_trait]
impl Sessions for SessionsService {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let user = self.known(access, &request).await?;
            let token = Token::generate(Kind::Session, user.organization_id);
            // Without an idempotency key: what is stored under one would hold the token.
            let (user, session) = self.begin(access, user, &request, &token).await?;
            Ok(SignInResponse {
                session: Some(self.answer(access, &session)),
                token: token.reveal().to_owned(),
                password_change_required: user.password_change_required,
            })
        })
        .await
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, _| {
            let mine = mine(access).filter(Column::Id.eq(access.caller().session_id));
            self.end(access, mine, "signed_out").await.map(drop)
        })
        .await
    }

    async fn sign_out_everywhere(
        &self,
        request: Request<SignOutEverywhereRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, _| self.end(access, mine(access), "signed_out").await.map(drop))
            .await
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListSessionsRequest { page_size, page_token } = request;
            // Binds the page token to the user.
            let query = access.user().to_string();
            let list = ListQuery { page_size, page_token, query, ..ListQuery::default() };
            let live = session::live(&self.context.settings.security, self.context.clock.now());
            let page =
                store::page(self.context.db.connection(), access, &list, mine(access).filter(live)).await?;
            let sessions = page.items.iter().map(|session| self.answer(access, session)).collect();
            Ok(ListSessionsResponse { sessions, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn revoke_session(&self, request: Request<RevokeSessionRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let one = mine(access).filter(Column::Id.eq(id::parse(&request.id)?));
            match self.end(access, one, "revoked").await? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// The caller's sessions.
fn mine(access: &Access) -> Select<Entity> {
    store::tenant::<Entity>(access.organization()).filter(Column::UserId.eq(access.user()))
}

fn refused(reason: &'static str, message: &str) -> Error {
    Error::Unauthenticated { reason, message: message.to_owned() }
}

impl SessionsService {
    /// The user of an address and password. A wrong one of either gets the same answer, after the same time.
    async fn known(&self, access: &Access, request: &SignInRequest) -> Result<user::Model> {
        let email = values::email(&request.email);
        throttle::sign_in(&self.context, &email, &access.origin().address).await?;
        let found = user::by_email(self.context.db.connection(), &email).await?;
        if let Some(user) = &found {
            access.identify(user.organization_id, user.id);
        }
        let able = found.filter(|user| user.is_active() && !user.password_hash.is_empty());
        let hasher = &self.passwords.hasher;
        let stored = able.as_ref().map(|user| user.password_hash.clone());
        let known = hasher.verify(request.password.clone(), stored).await?;
        let mut user = able.filter(|_| known).ok_or_else(wrong)?;
        if hasher.needs_rehash(&user.password_hash) {
            user.password_hash = hasher.hash(request.password.clone()).await?;
        }
        Ok(user)
    }

    /// Begins a session of a user whose password was right, if the second factor is too.
    async fn begin(
        &self,
        access: &Access,
        user: user::Model,
        request: &SignInRequest,
        token: &Token,
    ) -> Result<(user::Model, Model)> {
        let (db, security) = (&self.context.db, &self.context.settings.security);
        let secret = match &user.second_factor_secret {
            Some(sealed) if user.second_factor => {
                Some(db.sealer(user.organization_id).await?.open(SECOND_FACTOR, sealed).await?)
            }
            _ => None,
        };
        db.transact_as(access, async |tx| {
            let query = store::tenant::<user::Entity>(user.organization_id);
            let mut current = user::locked(tx, query, user.id).await?;
            if !current.is_active() {
                return Err(wrong());
            }
            // Another password or secret in between: what was checked says nothing any more.
            if current.version != user.version {
                return Err(Error::Unavailable);
            }
            if let Some(secret) = &secret {
                use_code(&mut current, secret, &request.code, tx.now())?;
            }
            current.sign_in_time = Some(tx.now());
            current.password_hash = user.password_hash;
            user::keep_sign_in(tx, &current).await?;
            session::remove_ended(tx, current.id, security).await?;
            let hours = i64::try_from(security.session_absolute_hours).unwrap_or(i64::from(i32::MAX));
            let origin = access.origin();
            let agent = Some(request.user_agent.trim()).filter(|agent| !agent.is_empty());
            let session = Model {
                user_id: current.id,
                token_hash: token.hash(),
                use_time: tx.now(),
                expire_time: tx.now() + TimeDelta::hours(hours),
                address: origin.address.clone(),
                user_agent: agent
                    .unwrap_or(&origin.agent)
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(LONGEST_AGENT)
                    .collect(),
                ..Model::default()
            };
            let session = tx.insert::<Entity>("signed_in", session).await?;
            Ok((current, session))
        })
        .await
    }

    /// Ends sessions before the answer: the next request with one of their tokens is refused.
    async fn end(&self, access: &Access, query: Select<Entity>, verb: &str) -> Result<usize> {
        let ended =
            self.context.db.transact_as(access, async |tx| session::end(tx, query, verb).await).await?;
        callers::forget(&self.context, access.organization()).await;
        Ok(ended)
    }

    fn answer(&self, access: &Access, model: &Model) -> Session {
        Session {
            id: model.id.to_string(),
            create_time: Some(convert::timestamp(model.create_time)),
            use_time: Some(convert::timestamp(model.use_time)),
            expire_time: Some(convert::timestamp(model.end(&self.context.settings.security))),
            address: model.address.clone(),
            user_agent: model.user_agent.clone(),
            current: model.id == access.caller().session_id,
        }
    }
}

fn wrong() -> Error {
    refused("CREDENTIALS_INVALID", "the e-mail address or the password is wrong")
}

/// Uses up a code of the authenticator app, or a recovery code.
fn use_code(user: &mut user::Model, secret: &str, code: &str, now: DateTime<Utc>) -> Result<()> {
    let code = code.trim();
    if let Some(step) = second_factor::verify(secret, code, user.second_factor_step, now)? {
        user.second_factor_step = Some(step);
        return Ok(());
    }
    let left = second_factor::use_recovery_code(code, &user.recovery_codes.0);
    let advice = "give the code of your authenticator app, or a recovery code";
    user.recovery_codes = user::RecoveryCodes(left.ok_or_else(|| refused("SECOND_FACTOR_REQUIRED", advice))?);
    Ok(())
}
