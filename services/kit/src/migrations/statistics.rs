//! What SQLite is told of its indexes.
//!
//! Without statistics it takes any first column of an index for rare, even the organization, which most of a table belongs
//! to, and walks all of it where ids were asked for. Statistics of what there is would change its plans with the data; these
//! are the same for every database, so a plan that was measured is the plan that is used.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

/// How many records a table is said to have.
const RECORDS: u64 = 10_000_000;

/// How many of them are said to be of one organization.
const OF_ORGANIZATION: u64 = 1_000_000;

/// How many times fewer are said to be left by one value of a further column.
const NARROWED: u64 = 100;

/// The columns of every index of records in their order, and whether the index is unique. What is derived from records has no
/// ids, and so few rows that the guesses are better.
const INDEXES: &str = "SELECT t.name AS of, i.name AS name, i.\"unique\" AS is_unique, c.name AS column \
                       FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c \
                       WHERE t.type = 'table' AND c.name IS NOT NULL \
                       AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) id WHERE id.name = 'id') \
                       ORDER BY t.name, i.name, c.seqno";

/// Says of every index of records that begins with the organization how many records each part of it leads to, unless it is
/// said already. One table of the file is known.
pub(super) async fn tell(connection: &impl ConnectionTrait, known: &str) -> Result<(), DbErr> {
    let wanted = wanted(connection).await?;
    if told(connection).await? == wanted {
        return Ok(());
    }
    // The table of statistics cannot be made otherwise.
    connection.execute_unprepared(&format!("ANALYZE {known}")).await?;
    connection.execute_unprepared("DELETE FROM sqlite_stat1").await?;
    for values in wanted {
        let insert = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)";
        let insert = Statement::from_sql_and_values(DbBackend::Sqlite, insert, values.map(Into::into));
        connection.execute_raw(insert).await?;
    }
    // This connection reads them again; those that are open already do when the schema changes.
    connection.execute_unprepared("ANALYZE sqlite_schema").await?;
    Ok(())
}

/// Tables, indexes and what is said of them.
type Statistics = BTreeSet<[String; 3]>;

async fn told(connection: &impl ConnectionTrait) -> Result<Statistics, DbErr> {
    let is_there = "SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'";
    if rows(connection, is_there).await?.is_empty() {
        return Ok(Statistics::new());
    }
    let told = rows(connection, "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL").await?;
    let told = told
        .iter()
        .map(|row| Ok([row.try_get("", "tbl")?, row.try_get("", "idx")?, row.try_get("", "stat")?]));
    told.collect()
}

async fn wanted(connection: &impl ConnectionTrait) -> Result<Statistics, DbErr> {
    let mut indexes: BTreeMap<(String, String), (bool, Vec<String>)> = BTreeMap::new();
    for row in rows(connection, INDEXES).await? {
        let index = indexes.entry((row.try_get("", "of")?, row.try_get("", "name")?)).or_default();
        index.0 = row.try_get("", "is_unique")?;
        index.1.push(row.try_get("", "column")?);
    }
    let said = indexes.into_iter().filter_map(|((table, index), (is_unique, columns))| {
        Some([table, index, statistics(&columns, is_unique)?])
    });
    Ok(said.collect())
}

async fn rows(connection: &impl ConnectionTrait, query: &str) -> Result<Vec<QueryResult>, DbErr> {
    connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, query)).await
}

/// How many records there are, and how many are left by one value of each column after the other.
fn statistics(columns: &[String], is_unique: bool) -> Option<String> {
    columns.first().filter(|first| *first == "organization_id")?;
    let mut left = OF_ORGANIZATION;
    let mut numbers = vec![RECORDS, left];
    for column in &columns[1..] {
        left = if column == "id" { 1 } else { (left / NARROWED).max(1) };
        numbers.push(left);
    }
    if let Some(last) = numbers.last_mut().filter(|_| is_unique) {
        *last = 1;
    }
    Some(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, Database, DatabaseConnection};

    use super::*;

    async fn database(statements: &str) -> DatabaseConnection {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        connection.execute_unprepared(statements).await.unwrap();
        connection
    }

    async fn plan(connection: &DatabaseConnection, query: &str) -> String {
        let explain =
            Statement::from_string(connection.get_database_backend(), format!("EXPLAIN QUERY PLAN {query}"));
        let row = connection.query_one_raw(explain).await.unwrap().unwrap();
        row.try_get("", "detail").unwrap()
    }

    #[test]
    fn a_column_narrows_and_an_id_leaves_one() {
        let told = |columns: &[&str], is_unique| {
            statistics(&columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>(), is_unique)
        };
        assert_eq!(
            told(&["organization_id", "grade", "id", "owner_id"], false).as_deref(),
            Some("10000000 1000000 10000 1 1")
        );
        assert_eq!(told(&["organization_id", "code"], true).as_deref(), Some("10000000 1000000 1"));
        assert_eq!(told(&["position"], false), None);
    }

    #[tokio::test]
    async fn ids_are_looked_up_though_an_index_of_the_organization_has_all_that_is_asked() {
        let tables = "CREATE TABLE known (name text); \
                      CREATE TABLE accounts (id blob PRIMARY KEY, organization_id blob, name text, delete_time text); \
                      CREATE INDEX accounts_organization ON accounts (organization_id, id); \
                      CREATE INDEX accounts_name ON accounts (organization_id, name, id, delete_time)";
        let connection = database(tables).await;
        let query = "SELECT id, name FROM accounts \
                     WHERE organization_id = 1 AND delete_time IS NULL AND id IN (1, 2, 3)";
        assert!(plan(&connection, query).await.contains("accounts_name (organization_id=?)"));
        tell(&connection, "known").await.unwrap();
        let plan = plan(&connection, query).await;
        assert!(plan.contains("id=?"), "{plan}");
    }
}
