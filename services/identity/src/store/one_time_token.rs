//! Tokens that mails carry, each good once.

use chrono::{DateTime, Utc};
use crm_kit::record::Record;
use crm_kit::{Error, Result, Tx, store};
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::token::{Kind, Token};

/// A token that was mailed.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "one_time_tokens")]
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
    /// The user who gets it.
    pub user_id: Uuid,
    /// The hash of the token, its kind included.
    #[serde(skip)]
    pub token_hash: String,
    /// When it ends.
    pub expire_time: ChronoDateTimeUtc,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.one_time_token";
}

/// Keeps a new token of a user. Earlier ones stay good: mails arrive late and in any order.
pub async fn issue(tx: &Tx, user: Uuid, token: &Token, verb: &str, expire_time: DateTime<Utc>) -> Result<()> {
    remove_expired(tx, user).await?;
    let model = Model { user_id: user, token_hash: token.hash(), expire_time, ..Model::default() };
    tx.insert::<Entity>(verb, model).await.map(drop)
}

#[expect(clippy::disallowed_methods, reason = "that time has passed is no change that somebody made")]
async fn remove_expired(tx: &Tx, user: Uuid) -> Result<()> {
    let expired =
        Entity::delete_many().filter(Column::UserId.eq(user)).filter(Column::ExpireTime.lte(tx.now()));
    expired.exec(tx.connection()).await?;
    Ok(())
}

/// The token that a mail carried, if it is of the kind and still good.
pub async fn find(
    connection: &impl ConnectionTrait,
    text: &str,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<Model> {
    let token = Token::parse(text).filter(|token| token.kind() == kind).ok_or_else(invalid)?;
    let query = store::tenant::<Entity>(token.organization_id());
    let found = query.filter(Column::TokenHash.eq(token.hash())).one(connection).await?;
    found.filter(|token| token.expire_time > now).ok_or_else(invalid)
}

/// Ends every token of a user.
pub async fn end_all(tx: &Tx, user: Uuid, verb: &str) -> Result<()> {
    let query = store::tenant::<Entity>(tx.access().organization()).filter(Column::UserId.eq(user));
    for token in query.all(tx.connection()).await? {
        tx.remove::<Entity>(verb, token, "").await?;
    }
    Ok(())
}

/// A token that is not good, for whatever reason.
pub fn invalid() -> Error {
    Error::precondition("TOKEN_INVALID", "ask for a new mail, this link was used or is too old")
}
