//! When the people of an organization work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut hours = json("working_hours");
        let table = Table::alter().table("organizations").add_column(hours.default("[]")).take();
        manager.alter_table(table).await
    }
}
