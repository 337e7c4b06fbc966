//! What words find is known by its id, so that not all of it need be read.

use crm_kit::migrations::execute_for;
use crm_kit::search;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, &["leads", "opportunities", "products"], search::keep_ids).await
    }
}
