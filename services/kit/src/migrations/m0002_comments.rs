//! The table of what people say about records.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, text, uuid};

use super::{execute, record_table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            string("resource"),
            uuid("record_id"),
            uuid("author_id"),
            text("text"),
            text("mentioned_user_ids"),
        ];
        record_table("comments").with(columns).create(manager).await?;
        let index = "CREATE INDEX comments_record ON comments (organization_id, resource, record_id, id)";
        execute(manager, [index.to_owned()]).await
    }
}
