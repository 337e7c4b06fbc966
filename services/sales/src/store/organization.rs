//! What sales knows of organizations: a copy, fed by identity.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm_kit::Tx;
use crm_kit::error::{Error, Result};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;

use super::values::WorkingWeek;

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The currency of amounts unless given.
    pub currency: String,
    /// The region of national telephone numbers.
    pub region: String,
    /// The time zone.
    pub time_zone: String,
    /// When its people work; always if it does not say.
    pub working_hours: WorkingWeek,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An organization; unavailable until identity's feed has brought it, moments after its creation.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn get(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Model> {
    Entity::find_by_id(organization).one(connection).await?.ok_or(Error::Unavailable)
}

/// Lets changes of what an organization has few of pass one after the other, until the transaction ends.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn seize(tx: &Tx, organization: Uuid) -> Result<()> {
    // SQLite has one writer and ignores the lock.
    let found = Entity::find_by_id(organization).lock_exclusive().one(tx.connection()).await?;
    found.map(drop).ok_or(Error::Unavailable)
}

impl Model {
    /// The time zone; UTC if it is not known.
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The day that a moment is part of.
    pub fn day(&self, time: DateTime<Utc>) -> NaiveDate {
        time.with_timezone(&self.zone()).date_naive()
    }

    /// The month that a moment is part of, YYYY-MM.
    pub fn month(&self, time: DateTime<Utc>) -> String {
        self.day(time).format("%Y-%m").to_string()
    }
}
