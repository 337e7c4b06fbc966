//! Those of one status by the day they are expected to close: the open ones stand far behind all that were closed.

use crm_kit::migrations::execute;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX opportunities_status_close ON opportunities (organization_id, status, expected_close_date, id)";
        execute(manager, [index.to_owned()]).await
    }
}
