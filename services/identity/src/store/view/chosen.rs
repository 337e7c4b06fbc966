//! With which view a list opens for a user.

use crm_kit::{Access, Result, Tx};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

/// A choice of a user.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "default_views")]
pub struct Model {
    /// The tenant.
    pub organization_id: Uuid,
    /// Whose list it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The kind of record that the list shows.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource: String,
    /// The view that it opens with.
    pub view_id: Uuid,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The view that the caller's list opens with, whether the caller still sees it or not.
#[expect(clippy::disallowed_methods, reason = "a choice is no record")]
pub async fn get(connection: &impl ConnectionTrait, access: &Access, resource: &str) -> Result<Option<Uuid>> {
    let chosen = Entity::find()
        .filter(Column::OrganizationId.eq(access.organization()))
        .filter(Column::UserId.eq(access.user()))
        .filter(Column::Resource.eq(resource));
    Ok(chosen.one(connection).await?.map(|chosen| chosen.view_id))
}

/// Makes the caller's list open with a view, or with none.
#[expect(
    clippy::disallowed_methods,
    reason = "how one looks at a list is no change that others have to know of"
)]
pub async fn set(tx: &Tx, resource: &str, view: Option<Uuid>) -> Result<()> {
    let (organization, user) = (tx.access().organization(), tx.access().user());
    let Some(view_id) = view else {
        let chosen = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::UserId.eq(user))
            .filter(Column::Resource.eq(resource));
        chosen.exec(tx.connection()).await?;
        return Ok(());
    };
    let chosen = ActiveModel {
        organization_id: Set(organization),
        user_id: Set(user),
        resource: Set(resource.to_owned()),
        view_id: Set(view_id),
    };
    let mut instead = OnConflict::columns([Column::UserId, Column::Resource]);
    instead.update_column(Column::ViewId);
    Entity::insert(chosen).on_conflict(instead).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Lets nobody's list open with a view that is removed.
#[expect(clippy::disallowed_methods, reason = "a choice goes with what was chosen, which is logged")]
pub async fn remove_of(tx: &Tx, view: Uuid) -> Result<()> {
    let chosen = Entity::delete_many()
        .filter(Column::OrganizationId.eq(tx.access().organization()))
        .filter(Column::ViewId.eq(view));
    chosen.exec(tx.connection()).await?;
    Ok(())
}
