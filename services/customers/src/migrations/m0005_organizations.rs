//! What customers knows of organizations.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, uuid};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut organizations = Table::create();
        organizations.table("organizations").col(uuid("id")).col(string("region"));
        organizations.primary_key(Index::create().col("id"));
        manager.create_table(organizations).await
    }
}
