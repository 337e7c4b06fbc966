//! What an organization looks like and when its people work.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary_null, json};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        let mut hours = json("working_hours");
        for column in [binary_null("logo"), hours.default("[]").take()] {
            let table = Table::alter().table("organizations").add_column(column).take();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
