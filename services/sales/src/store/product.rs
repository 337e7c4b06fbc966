//! Products.

use crm_kit::record::{Record, Unique};
use crm_kit::search::Words;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::Prices;

/// Something that is sold.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "products")]
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
    /// When it was deleted.
    pub delete_time: Option<ChronoDateTimeUtc>,
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// What it is counted in.
    pub unit: String,
    /// The category.
    pub category: String,
    /// The list price in each currency.
    #[sea_orm(column_type = "Json")]
    pub prices: Prices,
    /// The tax on it.
    pub tax_basis_points: i32,
    /// True if it is not sold any more.
    pub disabled: bool,
    /// What is worth knowing.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.product";
    const SORTED: &'static [&'static str] = &["code", "name", "category", "update_time"];
    const SEARCHED: &'static [&'static str] = &["code", "name", "category"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["products_code", "products.organization_id"],
        reason: "CODE_TAKEN",
        message: "give a code that no other product has",
    }];

    fn words(model: &Model, words: &mut Words) {
        words.text("code", &model.code);
        words.text("name", &model.name);
        words.text("category", &model.category);
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("name", model.name.clone()), ("code", model.code.clone())]
    }
}
