//! Roles.

use crm_kit::access::Scope;
use crm_kit::record::{Record, Unique};
use crm_kit::search::Words;
use crm_kit::{Result, store};
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::grants::{FieldRule, Grant, Rights};

/// What a role allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Grants(pub Vec<Grant>);

/// What a role withholds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct FieldRules(pub Vec<FieldRule>);

/// A role.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "roles")]
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
    /// The name.
    pub name: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// What it allows.
    #[sea_orm(column_type = "Json")]
    pub grants: Grants,
    /// What it withholds.
    #[sea_orm(column_type = "Json")]
    pub field_rules: FieldRules,
    /// Whether it came with the organization.
    pub built_in: bool,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What it allows and withholds.
    pub fn rights(&self) -> Rights {
        Rights { grants: self.grants.0.clone(), field_rules: self.field_rules.0.clone() }
    }

    /// Whether its users may do everything.
    pub fn is_administrator(&self) -> bool {
        self.grants.0.iter().any(|grant| grant.permission == "*" && grant.scope == Scope::All)
    }
}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.role";
    const SEARCHED: &'static [&'static str] = &["name", "description"];
    const SORTED: &'static [&'static str] = &["name"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["roles_name", "roles.organization_id"],
        reason: "NAME_TAKEN",
        message: "give a name that no other role has",
    }];

    fn words(model: &Model, words: &mut Words) {
        words.text("name", &model.name);
        words.text("description", &model.description);
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("name", model.name.clone()), ("description", model.description.clone())]
    }
}

/// What some roles give together.
pub async fn rights(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Rights> {
    let roles = among(connection, organization, ids).await?;
    Ok(Rights::merge(&roles.iter().map(Model::rights).collect::<Vec<_>>()))
}

/// Those of some roles that there are, in no order.
pub async fn among(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Model>> {
    Ok(store::tenant::<Entity>(organization).filter(Column::Id.is_in(ids)).all(connection).await?)
}
