//! Lists find in their indexes what they are sifted by.

use crm_kit::migrations::sifting_indexes;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        // Its indexes are built while others write.
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sifting_indexes(manager, "accounts", ACCOUNTS).await?;
        sifting_indexes(manager, "contacts", CONTACTS).await
    }
}

const ACCOUNTS: &[(&str, &[&str])] = &[
    ("organization", &[]),
    ("owner", &["owner_id"]),
    ("department", &["department_id"]),
    ("name", &["name"]),
    ("update_time", &["update_time"]),
    ("annual_revenue", &["annual_revenue"]),
    ("grade", &["grade"]),
    ("grade_revenue", &["grade", "annual_revenue"]),
    ("parent", &["parent_account_id"]),
];

const CONTACTS: &[(&str, &[&str])] = &[
    ("organization", &[]),
    ("owner", &["owner_id"]),
    ("department", &["department_id"]),
    ("full_name", &["full_name"]),
    ("update_time", &["update_time"]),
];
