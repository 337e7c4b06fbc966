//! Departments.

use crm_kit::record::{Record, Unique};
use crm_kit::search::Words;
use crm_kit::{Result, store};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::department::Tree;

/// A department.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "departments")]
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
    /// The department above.
    pub parent_id: Option<Uuid>,
    /// The user who leads it.
    pub manager_id: Option<Uuid>,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "identity.department";
    const SEARCHED: &'static [&'static str] = &["name"];
    const SORTED: &'static [&'static str] = &["name"];
    const UNIQUE: &'static [Unique] = &[Unique {
        // The index of the names at the top begins with the same word.
        index: ["departments_name", "departments.organization_id"],
        reason: "NAME_TAKEN",
        message: "give a name that no department beside it has",
    }];

    fn words(model: &Model, words: &mut Words) {
        words.text("name", &model.name);
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("name", model.name.clone()), ("name", String::new())]
    }
}

/// The tree of an organization's departments.
pub async fn tree(connection: &impl ConnectionTrait, organization: Uuid) -> Result<Tree> {
    let query = store::tenant::<Entity>(organization).select_only();
    let query = query.columns([Column::Id, Column::ParentId]).into_tuple::<(Uuid, Option<Uuid>)>();
    Ok(Tree::new(query.all(connection).await?))
}
