//! Indexes of tables that are in use.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use super::execute;
use crate::record::SIFTED;

/// Makes indexes of owned, restorable records again, so that they also hold what lists are sifted by: a list reads only the
/// records that fit. Given are the table, and of each index the rest of its name and its fields between the organization and
/// the id.
///
/// Postgres builds them while others write, so the migration must have no transaction; one that was stopped begins again.
pub async fn sifting_indexes(
    manager: &SchemaManager<'_>,
    table: &str,
    indexes: &[(&str, &[&str])],
) -> Result<(), DbErr> {
    for (name, fields) in indexes {
        let columns = columns(fields, &SIFTED);
        let name = format!("{table}_{name}");
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => vec![
                format!("DROP INDEX CONCURRENTLY IF EXISTS {name}_again"),
                format!("CREATE INDEX CONCURRENTLY {name}_again ON {table} ({columns})"),
                format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"),
                format!("ALTER INDEX {name}_again RENAME TO {name}"),
            ],
            _ => vec![format!("DROP INDEX {name}"), format!("CREATE INDEX {name} ON {table} ({columns})")],
        };
        execute(manager, statements).await?;
    }
    Ok(())
}

/// The columns of an index of lists, and what else is found in it.
pub(super) fn columns(fields: &[&str], sifted: &[&str]) -> String {
    let sifted = sifted.iter().filter(|sifted| !fields.contains(sifted));
    let columns = ["organization_id"].iter().chain(fields).chain(&["id"]).chain(sifted);
    columns.copied().collect::<Vec<_>>().join(", ")
}
