//! Callers whose signatures were verified: the same ones come again and again, and are read once.

use std::sync::Arc;

use bytes::Bytes;
use moka::sync::Cache;

use super::Caller;
use crate::clock::Clock;
use crate::crypto::{ClusterKeys, Generation};
use crate::error::{Error, Result};

/// How many are remembered, some kilobytes each.
const MOST_KNOWN: u64 = 2_000;

/// Reads signed callers. Clones remember together.
#[derive(Clone)]
pub(super) struct Known {
    keys: ClusterKeys,
    clock: Clock,
    callers: Cache<Bytes, (Generation, Arc<Caller>)>,
}

impl Known {
    pub(super) fn new(keys: ClusterKeys, clock: Clock) -> Self {
        Self { keys, clock, callers: Cache::new(MOST_KNOWN) }
    }

    /// The caller of a signed form. `None` if it is forged, malformed or too old.
    pub(super) fn caller(&self, signed: &[u8]) -> Option<Arc<Caller>> {
        self.read(signed).filter(|caller| caller.expire_time > self.clock.now())
    }

    /// The caller of a signature that was made for this very call. That it has ended already means that the clocks of the
    /// two processes differ, which is no fault of the client's. `None` if it is forged or malformed.
    pub(super) fn fresh(&self, signed: &[u8]) -> Result<Option<Arc<Caller>>> {
        let Some(caller) = self.read(signed) else { return Ok(None) };
        if caller.expire_time > self.clock.now() {
            return Ok(Some(caller));
        }
        tracing::error!(expired = %caller.expire_time, "the clocks of the processes differ, set them by NTP");
        let message = "the clocks of the servers differ, try again and tell the operator".to_owned();
        Err(Error::Disrupted { reason: "CLOCKS_DIFFER", message })
    }

    /// What a key has signed that is not used any more is not believed, remembered or not.
    fn read(&self, signed: &[u8]) -> Option<Arc<Caller>> {
        let generation = self.keys.generation();
        let known = self.callers.get(signed).filter(|(of, _)| *of == generation);
        if let Some((_, caller)) = known {
            return Some(caller);
        }
        let caller = Arc::new(Caller::read(signed, &self.keys)?);
        self.callers.insert(Bytes::copy_from_slice(signed), (generation, caller.clone()));
        Some(caller)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use prost::Message;

    use super::*;
    use crate::config::NamedKey;

    fn key(id: &str, byte: &str) -> NamedKey {
        NamedKey { id: id.to_owned(), key: format!("{}=", byte.repeat(43)).into() }
    }

    #[test]
    fn who_is_remembered_is_believed_until_the_signature_ends_or_its_key_is_gone() {
        let (old, new) = (key("old", "A"), key("new", "E"));
        let keys = ClusterKeys::new(std::slice::from_ref(&old)).unwrap();
        let clock = Clock::fixed(chrono::DateTime::UNIX_EPOCH);
        let known = Known::new(keys.clone(), clock.clone());
        let caller = Caller::service("sales", clock.now() + TimeDelta::seconds(60));
        let signed = caller.sign(&keys).encode_to_vec();
        for _ in 0..2 {
            assert_eq!(known.caller(&signed).as_deref(), Some(&caller));
            assert_eq!(known.fresh(&signed).unwrap().as_deref(), Some(&caller));
        }
        keys.replace(&[new.clone(), old]).unwrap();
        assert_eq!(known.caller(&signed).as_deref(), Some(&caller), "its key is still good");
        keys.replace(&[new]).unwrap();
        assert_eq!(known.caller(&signed), None);
        assert!(known.fresh(&signed).unwrap().is_none());
        let signed = caller.sign(&keys).encode_to_vec();
        assert!(known.caller(&signed).is_some());
        clock.advance(TimeDelta::seconds(60));
        assert_eq!(known.caller(&signed), None);
        assert!(known.fresh(&signed).is_err());
    }
}
