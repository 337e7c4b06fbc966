//! Those of one grade by their revenue: the rich of a low grade stand far behind in the order of all.

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
        let index =
            "CREATE INDEX accounts_grade_revenue ON accounts (organization_id, grade, annual_revenue, id)";
        execute(manager, [index.to_owned()]).await
    }
}
