//! Whether there are the indexes that lists count on.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::Harness;

impl Harness {
    /// Fails unless there is an index for every order that records name. SQLite tells for both databases.
    ///
    /// # Panics
    ///
    /// If an index is missing.
    pub async fn assert_lists_have_indexes(&self) {
        if self.on_postgres() {
            return;
        }
        let mut missing = Vec::new();
        let all = self.records.indexes();
        for (table, fields) in all.flat_map(|(table, all)| all.iter().map(move |fields| (table, fields))) {
            let begins = ["organization_id"].iter().chain(fields).copied().collect::<Vec<_>>();
            let ordered = begins.iter().chain(&["id"]).copied().collect::<Vec<_>>();
            let found = self.indexes(table).await;
            let serves = |(is_unique, columns): &(bool, Vec<String>)| {
                columns.iter().zip(&ordered).filter(|(one, other)| one == other).count() == ordered.len()
                    // What is unique needs no id to be in an order.
                    || *is_unique && *columns == begins
            };
            if !found.iter().any(serves) {
                missing.push(format!("{table} ({})", ordered.join(", ")));
            }
        }
        assert!(missing.is_empty(), "there is no index {}", missing.join(", "));
    }

    /// The indexes of all records of a table: whether they are unique, and their columns.
    async fn indexes(&self, table: &str) -> Vec<(bool, Vec<String>)> {
        let query = "SELECT i.name AS name, i.\"unique\" AS is_unique, c.name AS column \
                     FROM pragma_index_list(?) i, pragma_index_info(i.name) c \
                     WHERE i.partial = 0 ORDER BY i.name, c.seqno";
        let query = Statement::from_sql_and_values(DbBackend::Sqlite, query, [table.into()]);
        let rows = self.context.db.connection().query_all_raw(query).await.expect("the indexes can be read");
        let mut indexes = BTreeMap::<String, (bool, Vec<String>)>::new();
        for row in rows {
            let text = |name| row.try_get::<String>("", name).expect("a name");
            let index = indexes.entry(text("name")).or_default();
            index.0 = row.try_get("", "is_unique").expect("a flag");
            index.1.push(text("column"));
        }
        indexes.into_values().collect()
    }
}
