//! API keys.

use crm_kit::record::Record;
use crm_kit::{Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QuerySelect, Set};
use serde::{Deserialize, Serialize};

/// The permissions that a key has of its user's; all of them when empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Permissions(pub Vec<String>);

/// An API key.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "api_keys")]
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
    /// The user as whom the program calls.
    pub user_id: Uuid,
    /// What it is for.
    pub name: String,
    /// The permissions that it has of the user's.
    #[sea_orm(column_type = "Json")]
    pub permissions: Permissions,
    /// The first characters.
    pub prefix: String,
    /// The hash of the secret.
    #[serde(skip)]
    pub token_hash: String,
    /// When it was last used.
    pub use_time: Option<ChronoDateTimeUtc>,
    /// When it ends.
    pub expire_time: Option<ChronoDateTimeUtc>,
    /// When it was revoked.
    pub revoke_time: Option<ChronoDateTimeUtc>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.api_key";
    const SORTED: &'static [&'static str] = &["name"];
    const INDEXES: &'static [&'static [&'static str]] = &[&["user_id"]];

    fn owner() -> Option<Column> {
        Some(Column::UserId)
    }
}

/// Ends a key; one that has ended stays as it is.
pub async fn revoke(tx: &Tx, key: Model) -> Result<Model> {
    let revoke_time = key.revoke_time.or(Some(tx.now()));
    tx.update::<Entity>("revoked", key.clone(), Model { revoke_time, ..key }, "").await
}

/// Ends every key of a user.
pub async fn revoke_all(tx: &Tx, user: Uuid) -> Result<()> {
    let query = store::tenant::<Entity>(tx.access().organization()).filter(Column::UserId.eq(user));
    for key in query.filter(Column::RevokeTime.is_null()).lock_exclusive().all(tx.connection()).await? {
        revoke(tx, key).await?;
    }
    Ok(())
}

/// Keeps the time of the last use.
#[expect(clippy::disallowed_methods, reason = "using a key is not a change of it")]
pub async fn keep_use(tx: &Tx, id: Uuid) -> Result<()> {
    let used = ActiveModel { use_time: Set(Some(tx.now())), ..Default::default() };
    Entity::update_many().set(used).filter(Column::Id.eq(id)).exec(tx.connection()).await?;
    Ok(())
}
