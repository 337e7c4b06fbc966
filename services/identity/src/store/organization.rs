//! Organizations.

use crm_kit::record::Record;
use crm_kit::{Tx, crypto, store};
use crm_values::WorkingHours;
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QuerySelect};
use serde::{Deserialize, Serialize, Serializer};

/// When somebody works.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct WorkingWeek(pub Vec<WorkingHours>);

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
    /// The logo: a picture. The log tells one from another without keeping them.
    #[serde(serialize_with = "fingerprint")]
    pub logo: Option<Vec<u8>>,
    /// When its people work; always if it does not say.
    pub working_hours: WorkingWeek,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.organization";
}

fn fingerprint<S: Serializer>(picture: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    picture.as_ref().map(|picture| hex::encode(crypto::sha256(&[picture]))).serialize(serializer)
}

/// An organization.
pub async fn get(connection: &impl ConnectionTrait, id: Uuid) -> crm_kit::Result<Model> {
    store::by_id::<Entity>(connection, store::tenant::<Entity>(id), id).await
}

/// Lets changes of users, roles and departments pass one after the other: what one has checked, such as that a role is
/// in no user's hands, no other changes before it is committed.
pub async fn lock(tx: &Tx) -> crm_kit::Result<()> {
    let id = tx.access().organization();
    let query = store::tenant::<Entity>(id).lock_exclusive();
    store::by_id::<Entity>(tx.connection(), query, id).await.map(drop)
}
