//! What sales knows of organizations: a copy, fed by identity.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm_kit::error::{Error, Result};
use sea_orm::entity::prelude::*;

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

impl Model {
    /// The time zone; UTC if it is not known.
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The day that a moment is part of.
    pub fn day(&self, time: DateTime<Utc>) -> NaiveDate {
        time.with_timezone(&self.zone()).date_naive()
    }
}
