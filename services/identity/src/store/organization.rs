//! Organizations.

use crm_kit::record::Record;
use crm_kit::{Result, Tx, store};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use serde::Serialize;

/// An organization; it is its own tenant.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id again.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The name.
    pub name: String,
    /// The currency of amounts unless given.
    pub currency: String,
    /// The region of national telephone numbers.
    pub region: String,
    /// The language of mails.
    pub language: String,
    /// The time zone.
    pub time_zone: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.organization";
}

/// An organization.
pub async fn get(connection: &impl ConnectionTrait, id: Uuid) -> Result<Model> {
    store::by_id::<Entity>(connection, store::tenant::<Entity>(id), id).await
}

/// Lets changes of users, roles and departments pass one after the other: what one has checked, such as that a role is
/// in no user's hands, no other changes before it is committed.
pub async fn lock(tx: &Tx) -> Result<()> {
    let id = tx.access().organization();
    let query = store::tenant::<Entity>(id).lock_exclusive();
    store::by_id::<Entity>(tx.connection(), query, id).await.map(drop)
}
