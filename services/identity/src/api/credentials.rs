//! `Credentials`.

use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Tx, store};
use crm_protos::identity::v1::credentials_server::Credentials;
use crm_protos::identity::v1::{
    BeginSecondFactorRequest, BeginSecondFactorResponse, ChangePasswordRequest, ConfirmSecondFactorRequest,
    ConfirmSecondFactorResponse, DisableSecondFactorRequest, RequestPasswordResetRequest,
    ResetPasswordRequest,
};
use tonic::{Request, Response, Status};

use super::passwords::Passwords;
use super::sessions::SECOND_FACTOR;
use super::{callers, throttle, values};
use crate::domain::second_factor;
use crate::domain::token::Kind;
use crate::jobs;
use crate::store::user::{Entity, Model, RecoveryCodes};
use crate::store::{one_time_token, organization, session, user};

/// Serves `Credentials`. Nothing here runs under an idempotency key: what is stored under one would hold a hash of the
/// password that is as good as the password.
pub struct CredentialsService {
    /// What the service was given.
    pub context: Context,
    /// Checks passwords and sets new ones.
    pub passwords: Passwords,
}

#[async_trait::async_trait]
impl Credentials for CredentialsService {
    async fn change_password(&self, request: Request<ChangePasswordRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let ChangePasswordRequest { current_password, new_password } = request;
            let same = current_password == new_password;
            let user = self.passwords.confirmed(access, current_password, "current_password").await?;
            if same {
                let advice = "choose another one than your current password";
                return Err(Error::invalid("new_password", "PASSWORD_SAME", advice));
            }
            let password_hash = self.passwords.hashed(&user, new_password, "new_password").await?;
            self.change(access, &user, "password_changed", async |tx, user| {
                session::end_all(tx, user.id, Some(access.caller().session_id), "password_changed").await?;
                one_time_token::end_all(tx, user.id, "password_changed").await?;
                Ok(Model { password_hash, password_change_required: false, ..user })
            })
            .await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(())
        })
        .await
    }

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let email = values::email(&request.email);
            throttle::mail(&self.context, &email, &access.origin().address).await?;
            // No user has such an address, and no job can be stored with it.
            if email.contains(char::is_control) {
                return Ok(());
            }
            // Whether somebody has the address is found out later, so that the answer takes no time that tells.
            self.context.db.transact_as(access, async |tx| jobs::reset_password(tx, email).await).await
        })
        .await
    }

    async fn reset_password(&self, request: Request<ResetPasswordRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let token = (Kind::PasswordReset, &*request.token);
            let password = (request.new_password, "new_password");
            let reset = async |tx: &Tx, user: Model| {
                if !user.is_active() {
                    return Err(one_time_token::invalid());
                }
                session::end_all(tx, user.id, None, "password_reset").await?;
                Ok(user)
            };
            self.passwords.set_by_token(access, token, password, "password_reset", reset).await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(())
        })
        .await
    }

    async fn begin_second_factor(
        &self,
        request: Request<BeginSecondFactorRequest>,
    ) -> Result<Response<BeginSecondFactorResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let user = self.passwords.confirmed(access, request.password, "password").await?;
            let db = &self.context.db;
            let organization = organization::get(db.connection(), access.organization()).await?;
            let secret = second_factor::generate();
            let uri = second_factor::uri(&secret, &organization.name, &user.email)?;
            let sealed = db.sealer(access.organization()).await?.seal(SECOND_FACTOR, &secret)?;
            self.change(access, &user, "second_factor_begun", async |_, user| {
                require_off(&user)?;
                Ok(Model { second_factor_secret: Some(sealed), second_factor_step: None, ..user })
            })
            .await?;
            Ok(BeginSecondFactorResponse { secret, uri })
        })
        .await
    }

    async fn confirm_second_factor(
        &self,
        request: Request<ConfirmSecondFactorRequest>,
    ) -> Result<Response<ConfirmSecondFactorResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let query = store::tenant::<Entity>(access.organization());
            let user = store::by_id(db.connection(), query, access.user()).await?;
            require_off(&user)?;
            throttle::password(&self.context, user.id).await?;
            let sealed = user.second_factor_secret.clone().ok_or_else(|| {
                Error::precondition(
                    "SECOND_FACTOR_NOT_BEGUN",
                    "begin with a new secret for your authenticator app",
                )
            })?;
            let secret = db.sealer(access.organization()).await?.open(SECOND_FACTOR, &sealed).await?;
            let step = second_factor::verify(&secret, request.code.trim(), None, self.context.clock.now())?;
            let step = step.ok_or_else(|| {
                Error::invalid("code", "CODE_WRONG", "give the code that your authenticator app shows now")
            })?;
            let codes = second_factor::recovery_codes();
            let hashes = codes.iter().map(|code| second_factor::hash_recovery_code(code)).collect();
            self.change(access, &user, "second_factor_enabled", async |_, user| {
                let (second_factor_step, recovery_codes) = (Some(step), RecoveryCodes(hashes));
                Ok(Model { second_factor: true, second_factor_step, recovery_codes, ..user })
            })
            .await?;
            Ok(ConfirmSecondFactorResponse { recovery_codes: codes })
        })
        .await
    }

    async fn disable_second_factor(
        &self,
        request: Request<DisableSecondFactorRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let user = self.passwords.confirmed(access, request.password, "password").await?;
            let disable = async |_: &Tx, user: Model| Ok(user.without_second_factor());
            self.change(access, &user, "second_factor_disabled", disable).await
        })
        .await
    }
}

impl CredentialsService {
    /// Changes the caller, who must still be as the password was checked against.
    async fn change(
        &self,
        access: &Access,
        seen: &Model,
        verb: &str,
        change: impl AsyncFnOnce(&Tx, Model) -> Result<Model>,
    ) -> Result<()> {
        let changed = self.context.db.transact_as(access, async |tx| {
            let before = user::locked(tx, store::tenant::<Entity>(access.organization()), seen.id).await?;
            if before.version != seen.version {
                return Err(Error::Stale);
            }
            let after = change(tx, before.clone()).await?;
            tx.update::<Entity>(verb, before, after, "").await
        });
        changed.await.map(drop)
    }
}

fn require_off(user: &Model) -> Result<()> {
    if user.second_factor {
        let message = "switch the second factor off first, it is in force";
        return Err(Error::precondition("SECOND_FACTOR_ON", message));
    }
    Ok(())
}
