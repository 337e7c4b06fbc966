//! Notifications.

use chrono::TimeDelta;
use crm_kit::record::{Record, Unique};
use crm_kit::{Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, Select};
use serde::Serialize;

/// The reason why a notification cannot be sent again under its key.
pub const SENT: &str = "NOTIFICATION_SENT";
/// What a user has read is kept so long.
const KEPT_READ: TimeDelta = TimeDelta::days(90);

/// A notification.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was sent.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// Who is told.
    pub user_id: Uuid,
    /// What the sender calls it.
    pub key: String,
    /// The name of a `NotificationKind`.
    pub kind: String,
    /// The kind of record that it is about.
    pub resource: String,
    /// The record.
    pub record_id: Uuid,
    /// The record's name.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// When something is to be done.
    pub due_time: Option<ChronoDateTimeUtc>,
    /// When the user read it.
    pub read_time: Option<ChronoDateTimeUtc>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.notification";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["notifications_key", "notifications.organization_id"],
        reason: SENT,
        message: "give a key that no other notification has",
    }];

    fn owner() -> Option<Column> {
        Some(Column::UserId)
    }
}

/// The notifications of a user.
pub fn of_user(organization: Uuid, user: Uuid) -> Select<Entity> {
    store::tenant::<Entity>(organization).filter(Column::UserId.eq(user))
}

/// That the user has not read it.
pub fn unread() -> Condition {
    Condition::all().add(Column::ReadTime.is_null())
}

/// The notification that was sent under a key.
pub async fn by_key(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    key: &str,
) -> Result<Option<Model>> {
    Ok(store::tenant::<Entity>(organization).filter(Column::Key.eq(key)).one(connection).await?)
}

/// Marks those of the caller's unread notifications as read that fit a condition, in one statement however many they
/// are.
#[expect(
    clippy::disallowed_methods,
    reason = "reading is no change that others have to know of; the access log tells it"
)]
pub async fn mark_read(tx: &Tx, which: Condition) -> Result<()> {
    let read = Entity::update_many()
        .col_expr(Column::ReadTime, Expr::value(tx.now()))
        .col_expr(Column::UpdateTime, Expr::value(tx.now()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::OrganizationId.eq(tx.access().organization()))
        .filter(Column::UserId.eq(tx.access().user()));
    read.filter(unread()).filter(which).exec(tx.connection()).await?;
    Ok(())
}

/// Removes what a user read long ago.
#[expect(clippy::disallowed_methods, reason = "that time has passed is no change that somebody made")]
pub async fn remove_old(tx: &Tx, user: Uuid) -> Result<()> {
    let old = Entity::delete_many()
        .filter(Column::OrganizationId.eq(tx.access().organization()))
        .filter(Column::UserId.eq(user))
        .filter(Column::ReadTime.lt(tx.now() - KEPT_READ));
    old.exec(tx.connection()).await?;
    Ok(())
}
