//! Organizations, departments, roles, users, and what they come in by.

use crm_kit::migrations::{RecordTable, execute, execute_for, record_table};
use crm_kit::search;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, boolean, json, string, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            table.create(manager).await?;
        }
        execute_for(manager, &["departments", "roles", "users"], search::index).await?;
        let indexes = [
            "CREATE UNIQUE INDEX departments_name ON departments (organization_id, parent_id, name)",
            "CREATE UNIQUE INDEX departments_name_at_the_top ON departments (organization_id, name) WHERE parent_id IS NULL",
            "CREATE UNIQUE INDEX roles_name ON roles (organization_id, name)",
            "CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> ''",
            "CREATE INDEX users_department ON users (organization_id, department_id, id)",
            "CREATE INDEX users_display_name ON users (organization_id, display_name, id)",
            "CREATE INDEX users_update_time ON users (organization_id, update_time, id)",
            "CREATE UNIQUE INDEX sessions_token ON sessions (token_hash)",
            "CREATE INDEX sessions_user ON sessions (organization_id, user_id, id)",
            "CREATE UNIQUE INDEX api_keys_token ON api_keys (token_hash)",
            "CREATE INDEX api_keys_user ON api_keys (organization_id, user_id, id)",
            "CREATE INDEX api_keys_name ON api_keys (organization_id, name, id)",
            "CREATE UNIQUE INDEX one_time_tokens_token ON one_time_tokens (token_hash)",
            "CREATE INDEX one_time_tokens_user ON one_time_tokens (organization_id, user_id, id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}

fn tables() -> [RecordTable; 7] {
    [
        record_table("organizations").with([
            string("name"),
            string("currency"),
            string("region"),
            string("language"),
            string("time_zone"),
        ]),
        record_table("departments").with([
            string("name"),
            uuid_null("parent_id"),
            uuid_null("manager_id"),
            text("search_text"),
        ]),
        record_table("roles").with([
            string("name"),
            text("description"),
            json("grants"),
            json("field_rules"),
            boolean("built_in"),
            text("search_text"),
        ]),
        record_table("users").with([
            string("email"),
            string("display_name"),
            string("kind"),
            string("status"),
            uuid_null("department_id"),
            json("role_ids"),
            string("language"),
            timestamp_with_time_zone_null("sign_in_time"),
            string("password_hash"),
            boolean("password_change_required"),
            boolean("second_factor"),
            text_null("second_factor_secret"),
            big_integer_null("second_factor_step"),
            json("recovery_codes"),
            text("search_text"),
        ]),
        record_table("sessions").with([
            uuid("user_id"),
            string("token_hash"),
            timestamp_with_time_zone("use_time"),
            timestamp_with_time_zone("expire_time"),
            string("address"),
            text("user_agent"),
        ]),
        record_table("api_keys").with([
            uuid("user_id"),
            string("name"),
            json("permissions"),
            string("prefix"),
            string("token_hash"),
            timestamp_with_time_zone_null("use_time"),
            timestamp_with_time_zone_null("expire_time"),
            timestamp_with_time_zone_null("revoke_time"),
        ]),
        record_table("one_time_tokens").with([
            uuid("user_id"),
            string("token_hash"),
            timestamp_with_time_zone("expire_time"),
        ]),
    ]
}
