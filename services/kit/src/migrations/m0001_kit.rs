//! The tables that every service has: logs, idempotency keys, jobs, cursors, data keys, directory.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, boolean, integer, string, text,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use super::execute;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// A time, which SQLite keeps as text.
fn time(name: &'static str) -> ColumnDef {
    timestamp_with_time_zone(name)
}

fn table(
    name: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
    key: &[&'static str],
) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    table.to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            // SQLite numbers its rows itself.
            let sequences = ["changes", "access_records"].map(|table| {
                format!("ALTER TABLE {table} ADD COLUMN sequence bigint GENERATED ALWAYS AS IDENTITY")
            });
            execute(manager, sequences).await?;
        }
        let indexes = [
            "CREATE UNIQUE INDEX changes_position ON changes (position)",
            "CREATE INDEX changes_unnumbered ON changes (id) WHERE position IS NULL",
            "CREATE INDEX changes_record ON changes (organization_id, resource, record_id, id)",
            "CREATE INDEX changes_resource ON changes (resource, position)",
            "CREATE INDEX changes_organization ON changes (organization_id, id)",
            "CREATE INDEX changes_actor ON changes (organization_id, actor_id, id)",
            "CREATE UNIQUE INDEX access_records_position ON access_records (position)",
            "CREATE INDEX access_records_unnumbered ON access_records (id) WHERE position IS NULL",
            "CREATE INDEX access_records_organization ON access_records (organization_id, id)",
            "CREATE INDEX access_records_actor ON access_records (organization_id, actor_id, id)",
            "CREATE INDEX idempotency_keys_time ON idempotency_keys (create_time)",
            "CREATE INDEX jobs_due ON jobs (run_time) WHERE finish_time IS NULL",
            "CREATE UNIQUE INDEX jobs_name ON jobs (name)",
            "CREATE UNIQUE INDEX data_keys_generation ON data_keys (organization_id, generation)",
            "CREATE INDEX directory_users_department ON directory_users (organization_id, department_id)",
        ];
        execute(manager, indexes.map(str::to_owned)).await
    }
}

fn tables() -> [TableCreateStatement; 8] {
    [
        table(
            "changes",
            [
                uuid("id"),
                big_integer_null("position"),
                uuid("organization_id"),
                string("resource"),
                uuid("record_id"),
                string("verb"),
                text("before"),
                text("after"),
                uuid("actor_id"),
                string("request_id"),
                time("create_time"),
                binary("seal"),
                binary_null("hash"),
            ],
            &["id"],
        ),
        table(
            "access_records",
            [
                uuid("id"),
                big_integer_null("position"),
                uuid("organization_id"),
                uuid("actor_id"),
                uuid("session_id"),
                string("address"),
                string("method"),
                text("record_ids"),
                integer("count"),
                string("code"),
                string("request_id"),
                time("create_time"),
                binary("seal"),
                binary_null("hash"),
            ],
            &["id"],
        ),
        table(
            "log_heads",
            [string("log"), big_integer("position"), binary("hash"), binary("seal")],
            &["log"],
        ),
        table(
            "idempotency_keys",
            [
                uuid("organization_id"),
                uuid("actor_id"),
                string("key"),
                binary("request_hash"),
                binary_null("answer"),
                time("create_time"),
            ],
            &["organization_id", "actor_id", "key"],
        ),
        table(
            "jobs",
            [
                uuid("id"),
                uuid("organization_id"),
                string("kind"),
                string("name"),
                text("payload"),
                time("run_time"),
                integer("attempts"),
                text("failure"),
                timestamp_with_time_zone_null("finish_time"),
            ],
            &["id"],
        ),
        table("feed_cursors", [string("feed"), big_integer("position")], &["feed"]),
        table(
            "data_keys",
            [
                uuid("id"),
                uuid("organization_id"),
                integer("generation"),
                text("wrapped"),
                time("create_time"),
            ],
            &["id"],
        ),
        table(
            "directory_users",
            [
                uuid("id"),
                uuid("organization_id"),
                string("display_name"),
                uuid_null("department_id"),
                boolean("active"),
            ],
            &["id"],
        ),
    ]
}
