//! Pages of a list by keyset: a token holds where the last page ended, bound to the list it belongs to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::error::{Error, Result};

/// The page size unless one is asked for.
pub const DEFAULT_SIZE: u64 = 50;
/// The largest page.
pub const LARGEST_SIZE: u64 = 200;
/// How long a token is good.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What a caller asks of a list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// How many records at most; 0 for the default.
    pub page_size: i32,
    /// The token of the previous page.
    pub page_token: String,
    /// The conditions.
    pub filter: Vec<String>,
    /// The order.
    pub order_by: String,
    /// The words.
    pub query: String,
    /// True to list the deleted records instead.
    pub show_deleted: bool,
}

/// A page of records.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// The records.
    pub items: Vec<M>,
    /// The token of the next page; empty on the last.
    pub next_page_token: String,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The value of the field that orders the list.
    pub(crate) value: serde_json::Value,
    /// The id of the last record.
    pub(crate) id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(flatten)]
    position: Position,
    expires: i64,
}

impl ListQuery {
    /// The number of records on a page.
    pub fn size(&self) -> Result<u64> {
        match u64::try_from(self.page_size) {
            Ok(0) => Ok(DEFAULT_SIZE),
            Ok(size) => Ok(size.min(LARGEST_SIZE)),
            Err(_) => Err(Error::invalid("page_size", "PAGE_SIZE_INVALID", "give a number from 1 to 200")),
        }
    }

    /// Where the previous page ended; `None` for the first page.
    pub(crate) fn position(&self, access: &Access) -> Result<Option<Position>> {
        if self.page_token.is_empty() {
            return Ok(None);
        }
        let invalid = || Error::invalid("page_token", "PAGE_TOKEN_INVALID", "begin again without page token");
        let bytes = URL_SAFE_NO_PAD.decode(&self.page_token).map_err(|_| invalid())?;
        let (signature, payload) = bytes.split_at_checked(32).ok_or_else(invalid)?;
        if !access.key().derive("page").verify(&self.signed(access, payload), signature) {
            return Err(invalid());
        }
        let token: Token = serde_json::from_slice(payload).map_err(|_| invalid())?;
        if token.expires < access.clock().now().timestamp() {
            return Err(Error::invalid("page_token", "PAGE_TOKEN_EXPIRED", "begin again without page token"));
        }
        Ok(Some(token.position))
    }

    /// The token of the page that begins after a position.
    pub(crate) fn token(&self, access: &Access, position: Position) -> Result<String> {
        let expires = (access.clock().now() + LIFETIME).timestamp();
        let payload = serde_json::to_vec(&Token { position, expires }).map_err(Error::internal)?;
        let mut bytes = access.key().derive("page").sign(&self.signed(access, &payload));
        bytes.extend(payload);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What the signature covers: the method, the tenant and the question, so that a token fits no other list.
    fn signed(&self, access: &Access, payload: &[u8]) -> Vec<u8> {
        let method = access.method().map_or("", |method| method.path.as_str());
        let question =
            (method, access.organization(), &self.filter, &self.order_by, &self.query, self.show_deleted);
        let mut signed = serde_json::to_vec(&question).unwrap_or_default();
        signed.extend(payload);
        signed
    }
}
