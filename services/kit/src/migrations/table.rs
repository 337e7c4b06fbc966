//! The columns and indexes that every record has, so that a migration names only what is its own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use super::execute;
use super::index::columns;
use crate::record::SIFTED;

/// A table of records in the making.
pub struct RecordTable {
    name: &'static str,
    columns: Vec<ColumnDef>,
    owned: bool,
    restorable: bool,
}

/// A table with `id`, `organization_id`, `version`, `create_time` and `update_time`.
pub fn record_table(name: &'static str) -> RecordTable {
    let columns = vec![
        uuid("id"),
        uuid("organization_id"),
        big_integer("version"),
        timestamp_with_time_zone("create_time"),
        timestamp_with_time_zone("update_time"),
    ];
    RecordTable { name, columns, owned: false, restorable: false }
}

impl RecordTable {
    /// Adds `owner_id` and `department_id`.
    pub fn owned(mut self) -> Self {
        self.columns.extend([uuid("owner_id"), uuid_null("department_id")]);
        self.owned = true;
        self
    }

    /// Adds `delete_time`.
    pub fn restorable(mut self) -> Self {
        self.columns.push(timestamp_with_time_zone_null("delete_time"));
        self.restorable = true;
        self
    }

    /// Adds the record's own columns.
    pub fn with(mut self, columns: impl IntoIterator<Item = ColumnDef>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// Creates the table and the indexes that serve lists, scopes and purging.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.table(self.name);
        for column in &self.columns {
            table.col(column.clone());
        }
        table.primary_key(Index::create().col("id"));
        manager.create_table(table).await?;
        let name = self.name;
        let sifted: &[&str] = if self.owned && self.restorable { &SIFTED } else { &[] };
        let index = |of: &str, fields: &[&str]| {
            format!("CREATE INDEX {name}_{of} ON {name} ({})", columns(fields, sifted))
        };
        let mut indexes = vec![index("organization", &[])];
        if self.owned {
            indexes.push(index("owner", &["owner_id"]));
            indexes.push(index("department", &["department_id"]));
        }
        if self.restorable {
            indexes.push(format!(
                "CREATE INDEX {name}_deleted ON {name} (delete_time) WHERE delete_time IS NOT NULL"
            ));
        }
        execute(manager, indexes).await
    }
}
