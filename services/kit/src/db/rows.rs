//! Many rows in few statements, of which a connection keeps few prepared.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Asterisk, Func, InsertStatement, Query, Value};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, Iterable};

/// SQLite takes 32,766 parameters in a statement, Postgres twice as many.
const MOST_PARAMETERS: usize = 30_000;

/// Rows in parts, each of which becomes a statement with so many parameters a row. Every number of rows is a statement of
/// its own, which a connection keeps prepared: the parts have few sizes.
pub(crate) fn parts<T>(mut rows: Vec<T>, parameters: usize) -> impl Iterator<Item = Vec<T>> {
    let most = (MOST_PARAMETERS / parameters.max(1)).max(1);
    std::iter::from_fn(move || {
        let size = 1 << rows.len().min(most).checked_ilog2()?;
        let rest = rows.split_off(size);
        Some(std::mem::replace(&mut rows, rest))
    })
}

/// Inserts rows.
#[expect(clippy::disallowed_methods, reason = "the one place where many records or log entries are inserted")]
pub(super) async fn insert<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    rows: Vec<E::ActiveModel>,
) -> Result<(), DbErr>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    if connection.get_database_backend() == DbBackend::Postgres
        && !rows.is_empty()
        && let Some(statement) = unnested::<E>(&rows)
    {
        connection.execute(&statement).await?;
        return Ok(());
    }
    for part in parts(rows, E::Column::iter().count()) {
        E::insert_many(part).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// One statement for any number of rows, with an array for each column: half the work for Postgres, which otherwise reads
/// and plans each value by itself. None if a column has a value in some of the rows only, because arrays hold no nulls.
fn unnested<E: EntityTrait>(rows: &[E::ActiveModel]) -> Option<InsertStatement> {
    let (mut columns, mut arrays) = (Vec::new(), Vec::new());
    for column in E::Column::iter() {
        let value = |row: &E::ActiveModel| row.get(column).into_value().filter(Value::is_some);
        let values: Vec<Value> = rows.iter().filter_map(value).collect();
        match values.first().map(Value::array_type) {
            Some(kind) if values.len() == rows.len() => {
                columns.push(column);
                arrays.push(Expr::value(Value::Array(kind, Some(Box::new(values)))));
            }
            Some(_) => return None,
            None => {}
        }
    }
    let rows =
        Query::select().column(Asterisk).from_function(Func::cust("UNNEST").args(arrays), "rows").take();
    let mut insert = Query::insert();
    insert.into_table(E::default()).columns(columns).select_from(rows).ok()?;
    Some(insert)
}
