//! Sessions.

use chrono::{DateTime, TimeDelta, Utc};
use crm_kit::config::SecuritySettings;
use crm_kit::record::Record;
use crm_kit::{Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QuerySelect, Select, Set};
use serde::Serialize;

/// How exactly the time of the last use is known.
const USE_STEP: TimeDelta = TimeDelta::minutes(1);

/// A session.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The user who has signed in.
    pub user_id: Uuid,
    /// The hash of the token.
    #[serde(skip)]
    pub token_hash: String,
    /// When it was last used.
    pub use_time: ChronoDateTimeUtc,
    /// When it ends in any case.
    pub expire_time: ChronoDateTimeUtc,
    /// The address of the client.
    pub address: String,
    /// The client's name for itself.
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.session";

    fn owner() -> Option<Column> {
        Some(Column::UserId)
    }
}

impl Model {
    /// When the session ends if it is not used any more.
    pub fn end(&self, security: &SecuritySettings) -> DateTime<Utc> {
        self.expire_time.min(self.use_time + idle(security))
    }
}

fn idle(security: &SecuritySettings) -> TimeDelta {
    TimeDelta::hours(security.session_idle_hours.try_into().unwrap_or(i64::from(i32::MAX)))
}

/// That a session has not ended by itself.
pub fn live(security: &SecuritySettings, now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::ExpireTime.gt(now)).add(Column::UseTime.gt(now - idle(security)))
}

/// Ends sessions of a query.
pub async fn end(tx: &Tx, query: Select<Entity>, verb: &str) -> Result<usize> {
    let sessions = query.lock_exclusive().all(tx.connection()).await?;
    let count = sessions.len();
    for session in sessions {
        tx.remove::<Entity>(verb, session, "").await?;
    }
    Ok(count)
}

/// Ends the sessions of a user, all but one if one is to stay.
pub async fn end_all(tx: &Tx, user: Uuid, but: Option<Uuid>, verb: &str) -> Result<()> {
    let query = store::tenant::<Entity>(tx.access().organization()).filter(Column::UserId.eq(user));
    end(tx, query.filter(Column::Id.ne(but.unwrap_or_default())), verb).await.map(drop)
}

/// Removes the sessions of a user that have ended by themselves.
#[expect(clippy::disallowed_methods, reason = "that time has passed is no change that somebody made")]
pub async fn remove_ended(tx: &Tx, user: Uuid, security: &SecuritySettings) -> Result<()> {
    let ended = Condition::all().add(Column::UserId.eq(user)).add(live(security, tx.now()).not());
    Entity::delete_many().filter(ended).exec(tx.connection()).await?;
    Ok(())
}

/// Whether the time of the last use has to be kept anew.
pub fn is_due(use_time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    use_time.is_none_or(|time| now - time >= USE_STEP)
}

/// Keeps the time of the last use.
#[expect(clippy::disallowed_methods, reason = "using a session is not a change of it")]
pub async fn keep_use(tx: &Tx, id: Uuid) -> Result<()> {
    let used = ActiveModel { use_time: Set(tx.now()), ..Default::default() };
    Entity::update_many().set(used).filter(Column::Id.eq(id)).exec(tx.connection()).await?;
    Ok(())
}
