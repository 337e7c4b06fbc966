//! What the service does later: mails. The tokens in them are made here, so that no table of jobs holds one.

use std::time::Duration;

use chrono::TimeDelta;
use crm_kit::job::{self, Job, Jobs};
use crm_kit::service::Context;
use crm_kit::{Error, Result, Tx, id, store};
use crm_protos::identity::v1::NotificationKind;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::notification::path;
use crate::domain::token::{Kind, Token};
use crate::mail::{Language, Letter, Mailer, Recipient};
use crate::store::{notification, one_time_token, organization, user};

const INVITATION: &str = "invitation_mail";
const PASSWORD_RESET: &str = "password_reset_mail";
const NOTIFICATION: &str = "notification_mail";

#[derive(Serialize, Deserialize)]
struct Invitation {
    user_id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct PasswordReset {
    email: String,
}

#[derive(Serialize, Deserialize)]
struct Notification {
    notification_id: Uuid,
}

/// How each kind is done.
pub(crate) fn all(context: Context, mailer: Mailer) -> Jobs {
    let post = Post { context, mailer };
    let (second, third) = (post.clone(), post.clone());
    Jobs::default()
        .on(INVITATION, move |job| send_invitation(post.clone(), job))
        .on(PASSWORD_RESET, move |job| send_password_reset(second.clone(), job))
        .on(NOTIFICATION, move |job| send_notification(third.clone(), job))
}

/// Mails a user a link to accept the invitation.
pub(crate) async fn invite(tx: &Tx, user: Uuid) -> Result<()> {
    job::add(tx, INVITATION, &id::new().to_string(), &Invitation { user_id: user }, tx.now()).await
}

/// Mails whoever has the address a link to choose a new password.
pub(crate) async fn reset_password(tx: &Tx, email: String) -> Result<()> {
    job::add(tx, PASSWORD_RESET, &id::new().to_string(), &PasswordReset { email }, tx.now()).await
}

/// Mails a user a notification.
pub(crate) async fn mail_notification(tx: &Tx, notification: Uuid) -> Result<()> {
    let payload = Notification { notification_id: notification };
    job::add(tx, NOTIFICATION, &notification.to_string(), &payload, tx.now()).await
}

/// What mails are sent with.
#[derive(Clone)]
struct Post {
    context: Context,
    mailer: Mailer,
}

async fn send_invitation(post: Post, job: Job) -> Result<()> {
    let Invitation { user_id } = job.payload()?;
    let query = store::tenant::<user::Entity>(job.organization).filter(user::Column::Id.eq(user_id));
    match query.one(post.context.db.connection()).await? {
        Some(user) if user.status == user::INVITED => post.send(user, Kind::Invitation).await,
        _ => Ok(()),
    }
}

async fn send_password_reset(post: Post, job: Job) -> Result<()> {
    let PasswordReset { email } = job.payload()?;
    match user::by_email(post.context.db.connection(), &email).await? {
        Some(user) if user.is_active() && user.kind == user::PERSON => {
            post.send(user, Kind::PasswordReset).await
        }
        _ => Ok(()),
    }
}

async fn send_notification(post: Post, job: Job) -> Result<()> {
    let Notification { notification_id } = job.payload()?;
    let (connection, settings) = (post.context.db.connection(), &post.context.settings);
    let query = store::tenant::<notification::Entity>(job.organization);
    let query = query.filter(notification::Column::Id.eq(notification_id));
    let Some(sent) = query.one(connection).await? else { return Ok(()) };
    let query = store::tenant::<user::Entity>(job.organization).filter(user::able());
    let query = query.filter(user::Column::Id.eq(sent.user_id));
    let Some(user) = query.one(connection).await? else { return Ok(()) };
    let kind = NotificationKind::from_str_name(&sent.kind).unwrap_or_default();
    let Some(path) = path(&sent.resource, sent.record_id) else { return Ok(()) };
    let link = format!("{}/{path}", settings.server.public_url);
    let organization = organization::get(connection, job.organization).await?;
    let recipient = recipient(user, &organization);
    match Letter::notification(recipient, &organization.name, kind, &sent.title, &link) {
        Some(letter) => post.deliver(&letter).await,
        None => Ok(()),
    }
}

/// A user as a letter is written to.
fn recipient(user: user::Model, organization: &organization::Model) -> Recipient {
    let language = Some(&user.language).filter(|tag| !tag.is_empty()).unwrap_or(&organization.language);
    let language = Language::of(language);
    Recipient { address: user.email, name: user.display_name, language }
}

impl Post {
    /// Mails a link that is good once.
    async fn send(&self, user: user::Model, kind: Kind) -> Result<()> {
        let Context { db, settings, clock, .. } = &self.context;
        let organization = organization::get(db.connection(), user.organization_id).await?;
        let (path, verb, seconds) = match kind {
            Kind::PasswordReset => {
                ("reset-password", "reset_mailed", settings.security.password_reset_minutes * 60)
            }
            _ => ("activate", "invitation_mailed", settings.security.invitation_hours * 3600),
        };
        let lifetime = Duration::from_secs(seconds);
        let expire_time = clock.now() + TimeDelta::from_std(lifetime).map_err(Error::internal)?;
        let token = Token::generate(kind, user.organization_id);
        let access = db.system(user.organization_id);
        let issue = db.transact_as(&access, async |tx| {
            one_time_token::issue(tx, user.id, &token, verb, expire_time).await
        });
        issue.await?;
        let link = format!("{}/{path}?token={}", settings.server.public_url, token.reveal());
        let recipient = recipient(user, &organization);
        let letter = match kind {
            Kind::PasswordReset => Letter::password_reset(recipient, &organization.name, &link, lifetime),
            _ => Letter::invitation(recipient, &organization.name, &link, lifetime),
        };
        self.deliver(&letter).await
    }

    async fn deliver(&self, letter: &Letter) -> Result<()> {
        match self.mailer.send(letter).await {
            // Another try would end the same way; the mailer has logged why.
            Err(Error::Precondition { .. }) => Ok(()),
            sent => sent,
        }
    }
}
