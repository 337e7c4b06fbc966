//! Passwords in the hands of their users: tried, chosen, and set by a mailed token.

use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Tx, store};

use super::throttle;
use crate::domain::password;
use crate::domain::token::Kind;
use crate::hasher::Hasher;
use crate::store::{one_time_token, user};

/// Checks passwords and sets new ones.
#[derive(Clone)]
pub struct Passwords {
    /// What the service was given.
    pub context: Context,
    /// Does the work of hashing.
    pub hasher: Hasher,
}

impl Passwords {
    /// The caller, who has proved with the password to be more than somebody with a stolen session.
    pub(super) async fn confirmed(
        &self,
        access: &Access,
        password: String,
        field: &str,
    ) -> Result<user::Model> {
        let db = &self.context.db;
        let query = store::tenant::<user::Entity>(access.organization());
        let user = store::by_id(db.connection(), query, access.user()).await?;
        throttle::password(&self.context, user.id).await?;
        let stored = Some(user.password_hash.clone()).filter(|hash| !hash.is_empty());
        if !self.hasher.verify(password, stored).await? {
            return Err(Error::invalid(field, "PASSWORD_WRONG", "give your current password"));
        }
        Ok(user)
    }

    /// The hash of a new password that is good enough for a user.
    pub(super) async fn hashed(&self, user: &user::Model, password: String, field: &str) -> Result<String> {
        let mut violations = Violations::default();
        let shortest = self.context.settings.security.password_minimum_length;
        password::check(&password, shortest, &user.personal(), field, &mut violations);
        violations.finish()?;
        self.hasher.hash(password).await
    }

    /// Sets the password of the user to whom a token was mailed. `change` says what else the token does, or that it
    /// does nothing any more.
    pub(super) async fn set_by_token(
        &self,
        access: &Access,
        (kind, token): (Kind, &str),
        (password, field): (String, &str),
        verb: &str,
        change: impl AsyncFnOnce(&Tx, user::Model) -> Result<user::Model>,
    ) -> Result<user::Model> {
        let db = &self.context.db;
        let found = one_time_token::find(db.connection(), token, kind, self.context.clock.now()).await?;
        let users = || store::tenant::<user::Entity>(found.organization_id);
        let user = store::by_id(db.connection(), users(), found.user_id).await?;
        access.identify(found.organization_id, user.id);
        let password_hash = self.hashed(&user, password, field).await?;
        db.transact_as(access, async |tx| {
            let before = user::locked(tx, users(), user.id).await?;
            // Looked for again under the lock: it is good once.
            one_time_token::find(tx.connection(), token, kind, tx.now()).await?;
            one_time_token::end_all(tx, before.id, "used").await?;
            let changed = change(tx, before.clone()).await?;
            let after = user::Model { password_hash, password_change_required: false, ..changed };
            tx.update::<user::Entity>(verb, before, after, "").await
        })
        .await
    }
}
