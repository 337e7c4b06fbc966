//! Departments in the order of their names.

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
        let index = "CREATE INDEX departments_by_name ON departments (organization_id, name, id)";
        execute(manager, [index.to_owned()]).await
    }
}
