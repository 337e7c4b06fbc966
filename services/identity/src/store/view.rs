//! Views of lists, and with which of them a user's lists open.

pub mod chosen;

use crm_kit::access::Scope;
use crm_kit::record::{Record, Unique};
use crm_kit::{Access, store};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromJsonQueryResult, Select};
use serde::{Deserialize, Serialize};

/// What lets a user show views to others; for all, also change those that others show.
pub const SHARE: &str = "identity.view.share";

/// The conditions of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Filter(pub Vec<String>);

/// The columns of a list from left to right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Columns(pub Vec<ViewColumn>);

/// A column of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// The field.
    pub name: String,
    /// The width in pixels; 0 for the usual one.
    pub width: i32,
}

/// A view.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "views")]
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
    /// Whose it is.
    pub user_id: Uuid,
    /// The kind of record that the list shows.
    pub resource: String,
    /// The name.
    pub name: String,
    /// The conditions.
    #[sea_orm(column_type = "Json")]
    pub filter: Filter,
    /// The order.
    #[sea_orm(column_type = "Text")]
    pub order_by: String,
    /// The words that are searched for.
    #[sea_orm(column_type = "Text")]
    pub query: String,
    /// Whether it lists the deleted ones.
    pub show_deleted: bool,
    /// The columns.
    #[sea_orm(column_type = "Json")]
    pub columns: Columns,
    /// Whether everybody sees it.
    pub shared: bool,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.view";
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["views_name", "views.organization_id"],
        reason: "NAME_TAKEN",
        message: "give a name that no other of your views of the list has",
    }];

    fn owner() -> Option<Column> {
        Some(Column::UserId)
    }
}

/// The views that a caller sees: the own ones and those that are shared.
pub fn seen(access: &Access) -> Select<Entity> {
    let own = Column::UserId.eq(access.user());
    let shared = Column::Shared.eq(true);
    store::tenant::<Entity>(access.organization()).filter(Condition::any().add(own).add(shared))
}

/// The views of a user.
pub fn of_user(organization: Uuid, user: Uuid) -> Select<Entity> {
    store::tenant::<Entity>(organization).filter(Column::UserId.eq(user))
}

/// True if a caller who sees a view may also change it.
pub fn is_changed_by(access: &Access, view: &Model) -> bool {
    view.user_id == access.user() || access.require(SHARE).is_ok_and(|scope| scope == Scope::All)
}
