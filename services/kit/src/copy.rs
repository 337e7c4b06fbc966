//! Copies of other services' records, kept by what their changes say.

use chrono::{DateTime, Utc};
use crm_protos::feed::v1::Change;
use prost_types::value::Kind;
use sea_orm::Iterable;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::convert;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Inserts a copy or puts it in the place of the one that is there.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
pub async fn put<E: EntityTrait>(tx: &Tx, row: E::ActiveModel) -> Result<()> {
    let conflict = OnConflict::column("id").update_columns(E::Column::iter()).to_owned();
    let insert = E::insert(row.reset_all()).on_conflict(conflict);
    insert.exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The id of the record.
pub fn record(change: &Change) -> Result<Uuid> {
    Uuid::try_parse(&change.record_id).map_err(Error::internal)
}

/// The organization of the record.
pub fn tenant(change: &Change) -> Result<Uuid> {
    Uuid::try_parse(&change.organization_id).map_err(Error::internal)
}

/// True if a field was set or cleared: one that was cleared is named before the change only.
pub fn touches(change: &Change, name: &str) -> bool {
    [&change.before, &change.after].into_iter().flatten().any(|fields| fields.fields.contains_key(name))
}

/// A text as it became.
pub fn text<'a>(change: &'a Change, name: &str) -> Option<&'a str> {
    match change.after.as_ref()?.fields.get(name)?.kind.as_ref()? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A value of any kind as it became.
pub fn field(change: &Change, name: &str) -> Option<serde_json::Value> {
    convert::json(change.after.as_ref()?).get(name).cloned()
}

/// A reference as it became.
pub fn reference(change: &Change, name: &str) -> Option<Uuid> {
    Uuid::try_parse(text(change, name)?).ok()
}

/// A time as it became.
pub fn time(change: &Change, name: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text(change, name)?).ok()?.to_utc())
}
