//! The currency that an exchange rate is in, which stays when the organization takes another one.

use crm_kit::migrations::execute;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut base = string("base_currency");
        manager
            .alter_table(Table::alter().table("exchange_rates").add_column(base.default("")).take())
            .await?;
        let statements = [
            "UPDATE exchange_rates SET base_currency = organizations.currency FROM organizations \
                 WHERE organizations.id = exchange_rates.organization_id",
            "DROP INDEX exchange_rates_date",
            "CREATE UNIQUE INDEX exchange_rates_date \
                 ON exchange_rates (organization_id, base_currency, currency, date)",
        ];
        execute(manager, statements.map(str::to_owned)).await
    }
}
