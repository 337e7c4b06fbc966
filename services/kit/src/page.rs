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
/// What the cluster's keys sign tokens for.
const PURPOSE: &str = "page";
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
    /// Whether it is known that no index leads to few records, so that the list is walked.
    #[serde(default)]
    pub(crate) is_walked: bool,
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
        let (key, text) = self.page_token.split_once('.').ok_or_else(invalid)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let (signature, payload) = bytes.split_at_checked(32).ok_or_else(invalid)?;
        if !access.keys().verify(PURPOSE, key, &self.signed(access, payload), signature) {
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
        let (key, mut bytes) = access.keys().sign(PURPOSE, &self.signed(access, &payload));
        bytes.extend(payload);
        Ok(format!("{key}.{}", URL_SAFE_NO_PAD.encode(bytes)))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::{Caller, Origin};
    use crate::clock::Clock;
    use crate::crypto::ClusterKeys;

    /// The same keys for everybody.
    fn keys() -> ClusterKeys {
        static KEYS: std::sync::OnceLock<ClusterKeys> = std::sync::OnceLock::new();
        KEYS.get_or_init(ClusterKeys::unshared).clone()
    }

    fn access(organization: Uuid) -> Access {
        let caller = Caller { organization_id: organization, ..Caller::default() };
        let clock = Clock::fixed(chrono::DateTime::from_timestamp(1_000_000, 0).unwrap());
        Access::new(caller, None, Origin::default(), keys(), clock)
    }

    fn list(order_by: &str, filter: &[String], page_token: String) -> ListQuery {
        ListQuery {
            order_by: order_by.to_owned(),
            filter: filter.to_vec(),
            page_token,
            ..ListQuery::default()
        }
    }

    proptest! {
        #[test]
        fn a_token_leads_back_to_its_position_in_its_own_list_only(
            value in "\\PC{0,20}",
            order_by in "[a-z]{0,5}",
            filter in proptest::collection::vec("[a-z=]{0,8}", 0..3),
            other in "[a-z]{6}",
        ) {
            let (here, elsewhere) = (access(Uuid::from_u128(1)), access(Uuid::from_u128(2)));
            let position = Position { value: value.into(), id: Uuid::from_u128(3), is_walked: false };
            let token = list(&order_by, &filter, String::new()).token(&here, position.clone()).unwrap();
            let read = |access: &Access, order_by: &str| list(order_by, &filter, token.clone()).position(access);
            prop_assert_eq!(read(&here, &order_by).unwrap(), Some(position));
            prop_assert!(read(&elsewhere, &order_by).is_err());
            prop_assert!(read(&here, &other).is_err());
        }

        #[test]
        fn an_altered_token_is_refused(place in 0usize..1000, flip in 1u8..=255) {
            let here = access(Uuid::from_u128(1));
            let position = Position { value: "value".into(), id: Uuid::from_u128(3), is_walked: false };
            let token = list("", &[], String::new()).token(&here, position).unwrap();
            let (key, text) = token.split_once('.').unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            let place = place % bytes.len();
            bytes[place] ^= flip;
            let altered = format!("{key}.{}", URL_SAFE_NO_PAD.encode(bytes));
            prop_assert!(list("", &[], altered).position(&here).is_err());
            let others = format!("other.{text}");
            prop_assert!(list("", &[], others).position(&here).is_err());
        }

        #[test]
        fn no_text_is_taken_for_a_token(text in "\\PC{1,80}") {
            prop_assert!(list("", &[], text).position(&access(Uuid::from_u128(1))).is_err());
        }
    }
}
