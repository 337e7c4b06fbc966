//! Representatives.

use std::collections::HashMap;

use crm_kit::record::{Record, Unique};
use crm_kit::{Result, store};
use crm_protos::sales::v1::LeadStatus;
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::lead;
use super::values::{Absences, Skills, Texts, WorkingWeek};

/// A user who takes leads.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "representatives")]
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
    /// The user.
    pub user_id: Uuid,
    /// True if the user gets no leads.
    pub disabled: bool,
    /// What the user is able to do.
    #[sea_orm(column_type = "Json")]
    pub skills: Skills,
    /// Countries, states and cities.
    #[sea_orm(column_type = "Json")]
    pub territories: Texts,
    /// How many leads the user gets compared with others.
    pub weight: i32,
    /// How many open leads at most; 0 for any number.
    pub capacity: i32,
    /// When the user works; empty means always.
    #[sea_orm(column_type = "Json")]
    pub working_hours: WorkingWeek,
    /// The time zone; empty means the organization's.
    pub time_zone: String,
    /// When the user is away.
    #[sea_orm(column_type = "Json")]
    pub absences: Absences,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.representative";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["representatives_user", "representatives.organization_id"],
        reason: "REPRESENTATIVE_EXISTS",
        message: "change the representative that the user is already",
    }];
}

/// How many representatives an organization has at most: every assignment looks at all of them.
pub const MOST: u64 = 1000;

/// The states of a lead on which there is still something to do.
pub const OPEN: [LeadStatus; 3] = [LeadStatus::New, LeadStatus::Working, LeadStatus::Qualified];

/// The representatives of an organization.
pub async fn all(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Vec<Model>> {
    Ok(store::tenant::<Entity>(organization).limit(MOST).all(connection).await?)
}

/// How many leads some users have on which there is still something to do; one query.
pub async fn open_leads(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    users: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, i64>> {
    let counts = store::tenant::<lead::Entity>(organization)
        .filter(store::not_deleted::<lead::Entity>())
        .filter(lead::Column::Status.is_in(OPEN.map(|status| status.as_str_name())))
        .filter(lead::Column::OwnerId.is_in(users))
        .select_only()
        .column(lead::Column::OwnerId)
        .column_as(lead::Column::Id.count(), "count")
        .group_by(lead::Column::OwnerId)
        .into_tuple::<(Uuid, i64)>();
    Ok(counts.all(connection).await?.into_iter().collect())
}
