//! The copies of what somebody owns, whose department follows its owner's.

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
        let indexes = [
            "CREATE INDEX accounts_owner ON accounts (organization_id, owner_id)",
            "CREATE INDEX contacts_owner ON contacts (organization_id, owner_id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}
