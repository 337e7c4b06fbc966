//! What people keep of lists.

use crm_kit::migrations::{execute, record_table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, json, string, text, uuid};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = record_table("views").with([
            uuid("user_id"),
            string("resource"),
            string("name"),
            json("filter"),
            text("order_by"),
            text("query"),
            boolean("show_deleted"),
            json("columns"),
            boolean("shared"),
        ]);
        table.create(manager).await?;
        let mut chosen = Table::create();
        chosen
            .table("default_views")
            .col(uuid("organization_id"))
            .col(uuid("user_id"))
            .col(string("resource"))
            .col(uuid("view_id"))
            .primary_key(Index::create().col("user_id").col("resource"));
        manager.create_table(chosen).await?;
        let indexes = [
            "CREATE UNIQUE INDEX views_name ON views (organization_id, user_id, resource, name)",
            "CREATE INDEX views_shared ON views (organization_id, shared, resource, id)",
            "CREATE INDEX default_views_view ON default_views (organization_id, view_id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}
