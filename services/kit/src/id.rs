//! Ids: time-ordered UUIDs.

use uuid::Uuid;

use crate::error::{Error, Result, Violation};

/// Makes a new id; later ids sort after earlier ones.
#[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
pub fn new() -> Uuid {
    Uuid::now_v7()
}

/// Reads the id of a record from a request; anything that is no id names no record.
pub fn parse(text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(|_| Error::NotFound)
}

/// Reads an optional reference in a field; empty is none.
pub fn reference(field: &str, text: &str) -> Result<Option<Uuid>> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = Uuid::try_parse(text);
    parsed.map(Some).map_err(|_| Violation::new(field, "ID_MALFORMED", "give the id of a record").into())
}
