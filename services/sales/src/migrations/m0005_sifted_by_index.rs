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
        sifting_indexes(manager, "leads", LEADS).await?;
        sifting_indexes(manager, "opportunities", OPPORTUNITIES).await
    }
}

const LEADS: &[(&str, &[&str])] = &[
    ("organization", &[]),
    ("owner", &["owner_id"]),
    ("department", &["department_id"]),
    ("display_name", &["display_name"]),
    ("company", &["company"]),
    ("email", &["email"]),
    ("phone", &["phone"]),
    ("score", &["score"]),
    ("update_time", &["update_time"]),
    ("next_follow_up_time", &["next_follow_up_time"]),
    ("status", &["status"]),
    ("lead_form", &["lead_form_id"]),
    ("account", &["account_id"]),
    ("contact", &["contact_id"]),
];

const OPPORTUNITIES: &[(&str, &[&str])] = &[
    ("organization", &[]),
    ("owner", &["owner_id"]),
    ("department", &["department_id"]),
    ("name", &["name"]),
    ("amount", &["amount_minor"]),
    ("expected_close", &["expected_close_date"]),
    ("follow_up", &["next_follow_up_time"]),
    ("position", &["position"]),
    ("update_time", &["update_time"]),
    ("stage", &["stage_id", "position"]),
    ("status", &["status"]),
    ("status_close", &["status", "expected_close_date"]),
    ("account", &["account_id"]),
];
