//! Whether migrations leave a former version something to serve on.

use std::collections::BTreeMap;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use sea_orm_migration::MigrationTrait;

/// What a contraction has in its name: it takes away what no version in use needs any more.
const CONTRACTION: &str = "_contract_";

/// A column as a version that writes without knowing it sees it.
#[derive(Debug, PartialEq)]
struct Column {
    kind: String,
    required: bool,
    has_default: bool,
}

/// Tables and their columns.
type Schema = BTreeMap<String, BTreeMap<String, Column>>;

/// Applies kit's and a service's migrations one by one; fails if one takes away what the version before it needs.
///
/// # Panics
///
/// If a migration that is no contraction removes, retypes or requires what was there, or requires what is new.
pub async fn demand_expansion(migrations: fn() -> Vec<Box<dyn MigrationTrait>>) {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.expect("a database in memory");
    let mut before = Schema::new();
    for name in crate::migrations::names(migrations) {
        crate::migrations::step(&connection, migrations).await.expect("the migration applies");
        let after = schema(&connection).await;
        if !name.contains(CONTRACTION) {
            let faults = faults(&before, &after);
            assert!(faults.is_empty(), "{name} is no expansion: {}", faults.join(", "));
        }
        before = after;
    }
}

async fn schema(connection: &DatabaseConnection) -> Schema {
    let select = "SELECT t.name AS of, c.name, c.type, c.\"notnull\" AS required, c.dflt_value IS NOT NULL AS has_default \
                  FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'";
    let select = Statement::from_string(connection.get_database_backend(), select);
    let mut schema = Schema::new();
    for row in connection.query_all_raw(select).await.expect("the schema can be read") {
        let text = |column| row.try_get::<String>("", column).expect("a text");
        let flag = |column| row.try_get::<bool>("", column).expect("a flag");
        let (kind, required, has_default) = (text("type"), flag("required"), flag("has_default"));
        let columns = schema.entry(text("of")).or_default();
        columns.insert(text("name"), Column { kind, required, has_default });
    }
    schema
}

fn faults(before: &Schema, after: &Schema) -> Vec<String> {
    let mut faults = Vec::new();
    for (table, columns) in before {
        let Some(now) = after.get(table) else {
            faults.push(format!("{table} is gone"));
            continue;
        };
        for (name, column) in columns {
            match now.get(name) {
                None => faults.push(format!("{table}.{name} is gone")),
                Some(now) if now.kind != column.kind => {
                    faults.push(format!("{table}.{name} has another type"))
                }
                Some(now) if now.required && !column.required => {
                    faults.push(format!("{table}.{name} became required"));
                }
                Some(_) => {}
            }
        }
        for (name, column) in now.iter().filter(|(name, _)| !columns.contains_key(*name)) {
            if column.required && !column.has_default {
                faults.push(format!("{table}.{name} is required and has no default"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, &str, bool, bool)]) -> Schema {
        let columns = columns.iter().map(|(name, kind, required, has_default)| {
            let (kind, required, has_default) = ((*kind).to_owned(), *required, *has_default);
            ((*name).to_owned(), Column { kind, required, has_default })
        });
        BTreeMap::from([("notes".to_owned(), columns.collect())])
    }

    #[test]
    fn only_what_the_former_version_does_not_mind_is_an_expansion() {
        let before = schema(&[("id", "integer", true, false), ("text", "text", false, false)]);
        for (after, expected) in [
            (schema(&[("id", "integer", true, false), ("text", "text", false, false)]), vec![]),
            (
                schema(&[
                    ("id", "integer", true, false),
                    ("text", "text", false, false),
                    ("more", "text", false, false),
                    ("kind", "text", true, true),
                ]),
                vec![],
            ),
            (schema(&[("id", "integer", true, false)]), vec!["notes.text is gone"]),
            (
                schema(&[("id", "text", true, false), ("text", "text", true, false)]),
                vec!["notes.id has another type", "notes.text became required"],
            ),
            (
                schema(&[
                    ("id", "integer", true, false),
                    ("text", "text", false, false),
                    ("kind", "text", true, false),
                ]),
                vec!["notes.kind is required and has no default"],
            ),
            (Schema::new(), vec!["notes is gone"]),
        ] {
            assert_eq!(faults(&before, &after), expected);
        }
        assert!(faults(&Schema::new(), &before).is_empty());
    }
}
