//! Accounts and contacts.

use crm_kit::migrations::{execute, execute_for, record_table};
use crm_kit::search;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, json, string, text, text_null, uuid_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let accounts = record_table("accounts").owned().restorable().with([
            string("name"),
            string("website"),
            string("industry"),
            string("type"),
            string("grade"),
            string("credit_status"),
            string("source"),
            json("phones"),
            json("emails"),
            json("billing_address"),
            json("shipping_address"),
            integer("employees"),
            big_integer("annual_revenue"),
            string("currency"),
            uuid_null("parent_account_id"),
            json("tags"),
            text_null("id_card_number"),
            text_null("bank_card_number"),
            text("description"),
            text("search_text"),
        ]);
        let contacts = record_table("contacts").owned().restorable().with([
            string("salutation"),
            string("given_name"),
            string("family_name"),
            string("full_name"),
            string("title"),
            json("emails"),
            json("phones"),
            json("accounts"),
            string("birthday"),
            text("preferences"),
            string("source"),
            json("tags"),
            json("address"),
            text("description"),
            text("search_text"),
        ]);
        for table in [&accounts, &contacts] {
            table.create(manager).await?;
        }
        execute_for(manager, &["accounts", "contacts"], search::index).await?;
        let indexes = [
            "CREATE INDEX accounts_name ON accounts (organization_id, name, id)",
            "CREATE INDEX accounts_update_time ON accounts (organization_id, update_time, id)",
            "CREATE INDEX accounts_annual_revenue ON accounts (organization_id, annual_revenue, id)",
            "CREATE INDEX accounts_grade ON accounts (organization_id, grade, id)",
            "CREATE INDEX accounts_parent ON accounts (organization_id, parent_account_id, id)",
            "CREATE INDEX contacts_full_name ON contacts (organization_id, full_name, id)",
            "CREATE INDEX contacts_update_time ON contacts (organization_id, update_time, id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}
