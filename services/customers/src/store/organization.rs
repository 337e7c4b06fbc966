//! What customers knows of organizations: a copy, fed by identity.

use crm_kit::Result;
use crm_values::phone::{self, Region};
use sea_orm::entity::prelude::*;

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// The organization.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The region of national telephone numbers.
    pub region: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The region in which an organization's national telephone numbers are read; none until identity's feed has brought it.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn region(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Option<Region>> {
    let organization = Entity::find_by_id(organization).one(connection).await?;
    Ok(organization.and_then(|organization| phone::region(&organization.region)))
}
