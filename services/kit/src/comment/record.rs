//! A comment as it is kept.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::record::Record;

/// What somebody said about a record.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was said.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The kind of record that it is about.
    pub resource: String,
    /// The record.
    pub record_id: Uuid,
    /// Who said it.
    pub author_id: Uuid,
    /// What was said.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// Whom it addresses, JSON.
    #[sea_orm(column_type = "Text")]
    pub mentioned_user_ids: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "comment.comment";

    fn owner() -> Option<Column> {
        Some(Column::AuthorId)
    }
}

impl Model {
    /// Whom it addresses.
    pub fn mentioned(&self) -> Vec<Uuid> {
        serde_json::from_str(&self.mentioned_user_ids).unwrap_or_default()
    }
}
