//! What users are told of records.

use crm_kit::migrations::{execute, record_table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, text, timestamp_with_time_zone_null, uuid};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = record_table("notifications").with([
            uuid("user_id"),
            string("key"),
            string("kind"),
            string("resource"),
            uuid("record_id"),
            text("title"),
            timestamp_with_time_zone_null("due_time"),
            timestamp_with_time_zone_null("read_time"),
        ]);
        table.create(manager).await?;
        let indexes = [
            "CREATE UNIQUE INDEX notifications_key ON notifications (organization_id, key)",
            "CREATE INDEX notifications_user ON notifications (organization_id, user_id, id)",
            "CREATE INDEX notifications_read_time ON notifications (organization_id, user_id, read_time, id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}
