//! What has changed since somebody looked.

use std::collections::BTreeSet;

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde_json::{Map, Value as Json};

use super::Tx;
use super::transaction::version;
use crate::access::Access;
use crate::change;
use crate::error::{Error, Result};
use crate::record::{Record, id_in};
use crate::store;

/// More versions are not looked through.
const MOST: u64 = 100;

/// The error for whoever changes a record that somebody else has changed since.
pub(super) async fn error<E: Record>(tx: &Tx, record: &E::Model, etag: &str) -> Error {
    find::<E>(tx, record, etag).await.unwrap_or_else(|error| error)
}

/// Every version of a record has one entry in the log, so the newest entries tell what a caller has missed. Callers who
/// do not say what they saw are only told that they are late.
async fn find<E: Record>(tx: &Tx, record: &E::Model, etag: &str) -> Result<Error> {
    let (organization, id) = (tx.access().organization(), id_in::<E>(record, "id"));
    let current = store::by_id::<E>(tx.connection(), store::tenant::<E>(organization), id).await;
    let (Ok(current), Ok(seen)) = (current, etag.parse::<i64>()) else { return Ok(Error::Stale) };
    let current = version::<E>(&current);
    let Ok(missed) = u64::try_from(current - seen) else { return Ok(Error::Stale) };
    let entries = store::tenant::<change::Entity>(organization)
        .filter(change::Column::Resource.eq(E::RESOURCE))
        .filter(change::Column::RecordId.eq(id))
        .order_by_desc(change::Column::Id)
        .limit(missed.min(MOST));
    let entries = entries.all(tx.connection()).await?;
    let changed_fields = fields(tx.access(), &entries);
    Ok(Error::Overtaken { etag: current.to_string(), changed_fields })
}

fn fields(access: &Access, entries: &[change::Model]) -> Vec<String> {
    let texts = entries.iter().flat_map(|entry| [(entry, &entry.before), (entry, &entry.after)]);
    let names = texts.flat_map(|(entry, text)| {
        let fields: Map<String, Json> = serde_json::from_str(text).unwrap_or_default();
        fields.into_iter().map(|(name, _)| name).filter(|name| !access.hides(&entry.resource, name))
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}
