//! What sales knows of departments: a copy, fed by identity.

use crm_kit::Result;
use sea_orm::entity::prelude::*;

/// A department.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "departments")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The name.
    pub name: String,
    /// The department above.
    pub parent_id: Option<Uuid>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The departments of an organization, all of them: they are few.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn all(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Vec<Model>> {
    Ok(Entity::find().filter(Column::OrganizationId.eq(organization)).all(connection).await?)
}

/// True if an organization has a department.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn exists(connection: &impl ConnectionTrait, organization: Uuid, id: Uuid) -> Result<bool> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.eq(organization));
    Ok(query.one(connection).await?.is_some())
}
