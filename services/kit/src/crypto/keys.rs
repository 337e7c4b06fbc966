//! The keys of the configuration, by id: those that sign and those that wrap. They can be replaced while they are used.

use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;

use super::{decrypt, encrypt, random};
use crate::config::NamedKey;
use crate::error::{Error, Result};

/// A key that signs.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Takes a key of at least 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() < 32 {
            return Err(Error::internal("a signing key is shorter than 32 bytes"));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    /// Derives a key for one purpose; what it signs is worth nothing for another.
    pub fn derive(&self, purpose: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &self.sign(purpose.as_bytes())))
    }

    /// Signs the data.
    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, data).as_ref().to_vec()
    }

    /// Whether the signature is this key's, found out in constant time.
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0, data, signature).is_ok()
    }
}

/// Keys by id, the current one first.
type Ring<K> = Vec<(String, K)>;

fn ring<K>(keys: &[NamedKey], make: impl Fn(&[u8]) -> Result<K>) -> Result<Ring<K>> {
    let mut ring: Ring<K> = Vec::new();
    for NamedKey { id, key } in keys {
        let well_formed = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if id.is_empty() || !well_formed || ring.iter().any(|(other, _)| other == id) {
            return Err(Error::internal(format!("the id {id:?} of a key is malformed or taken")));
        }
        let bytes = STANDARD.decode(key.expose_secret()).map_err(Error::internal)?;
        ring.push((id.clone(), make(&bytes)?));
    }
    if ring.is_empty() {
        return Err(Error::internal("there is no key"));
    }
    Ok(ring)
}

/// The keys that all processes share: they sign callers and page tokens. The first one signs; what any of them has
/// signed is believed. Clones follow one another.
#[derive(Clone)]
pub struct ClusterKeys(Arc<ArcSwap<Ring<SigningKey>>>);

impl ClusterKeys {
    /// Takes the keys of the configuration, the current one first.
    pub fn new(keys: &[NamedKey]) -> Result<Self> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(ring(keys, SigningKey::from_bytes)?))))
    }

    /// A key that no other process has: for one that talks to none.
    pub fn unshared() -> Self {
        let key = SigningKey(hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()));
        Self(Arc::new(ArcSwap::from_pointee(vec![("unshared".to_owned(), key)])))
    }

    /// Replaces the keys for every clone.
    pub fn replace(&self, keys: &[NamedKey]) -> Result<()> {
        self.0.store(Arc::new(ring(keys, SigningKey::from_bytes)?));
        Ok(())
    }

    /// Which keys are used, to be compared.
    pub(crate) fn generation(&self) -> Generation {
        Generation(self.0.load_full())
    }

    /// Signs the data for one purpose; answers the id of the key and the signature.
    pub fn sign(&self, purpose: &str, data: &[u8]) -> (String, Vec<u8>) {
        let ring = self.0.load();
        let (id, key) = &ring[0];
        (id.clone(), key.derive(purpose).sign(data))
    }

    /// Whether the key of this id has signed the data for the purpose. False if there is no such key.
    pub fn verify(&self, purpose: &str, id: &str, data: &[u8], signature: &[u8]) -> bool {
        let ring = self.0.load();
        let key = ring.iter().find(|(known, _)| known == id);
        key.is_some_and(|(_, key)| key.derive(purpose).verify(data, signature))
    }
}

/// The keys that were used at a time: equal until they are replaced.
#[derive(Clone)]
pub(crate) struct Generation(Arc<Ring<SigningKey>>);

impl PartialEq for Generation {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The keys that wrap data keys: new ones are wrapped by the first, old ones are still read with the others. Clones
/// follow one another.
#[derive(Clone)]
pub struct MasterKeys(Arc<ArcSwap<Ring<RandomizedNonceKey>>>);

impl MasterKeys {
    /// Takes the keys of the configuration, the current one first.
    pub fn new(keys: &[NamedKey]) -> Result<Self> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(ring(keys, wrapping)?))))
    }

    /// No key: for a process that seals and opens nothing.
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// Replaces the keys for every clone.
    pub fn replace(&self, keys: &[NamedKey]) -> Result<()> {
        self.0.store(Arc::new(ring(keys, wrapping)?));
        Ok(())
    }

    /// Encrypts a data key with the current master key.
    pub fn wrap(&self, data_key: &[u8]) -> Result<String> {
        let ring = self.0.load();
        let (id, key) = ring.first().ok_or_else(|| Error::internal("there is no master key"))?;
        Ok(format!("{id}.{}", encrypt(key, id.as_bytes(), data_key)?))
    }

    /// Decrypts a wrapped data key.
    pub fn unwrap(&self, wrapped: &str) -> Result<Vec<u8>> {
        let (id, text) = wrapped.split_once('.').unwrap_or_default();
        let ring = self.0.load();
        let (_, key) = ring
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| Error::internal(format!("the master key {id:?} is not configured")))?;
        decrypt(key, id.as_bytes(), text)
    }

    /// Whether the current key has wrapped this.
    pub fn is_current(&self, wrapped: &str) -> bool {
        let ring = self.0.load();
        let current = ring.first().map(|(id, _)| id.as_str());
        wrapped.split_once('.').map(|(id, _)| id) == current
    }
}

fn wrapping(bytes: &[u8]) -> Result<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::DataKey;

    fn named(id: &str) -> NamedKey {
        NamedKey { id: id.into(), key: STANDARD.encode(random::<32>()).into() }
    }

    proptest! {
        #[test]
        fn a_signature_holds_for_its_data_purpose_and_key_only(data: Vec<u8>, other: Vec<u8>) {
            prop_assume!(data != other);
            let keys = ClusterKeys::new(&[named("b"), named("a")]).unwrap();
            let (id, signature) = keys.sign("page", &data);
            prop_assert_eq!(&id, "b");
            prop_assert!(keys.verify("page", "b", &data, &signature));
            prop_assert!(!keys.verify("page", "b", &other, &signature));
            prop_assert!(!keys.verify("page", "a", &data, &signature));
            prop_assert!(!keys.verify("page", "c", &data, &signature));
            prop_assert!(!keys.verify("caller", "b", &data, &signature));
        }
    }

    #[test]
    fn what_a_listed_key_has_signed_is_believed_until_the_key_is_removed() {
        let (old, new) = (named("2025"), named("2026"));
        let first = ClusterKeys::new(std::slice::from_ref(&old)).unwrap();
        let second = first.clone();
        let (id, signature) = first.sign("caller", b"data");
        for (keys, signs, holds) in [
            (vec![old.clone(), new.clone()], "2025", true),
            (vec![new.clone(), old], "2026", true),
            (vec![new], "2026", false),
        ] {
            first.replace(&keys).unwrap();
            assert_eq!(second.sign("caller", b"data").0, signs);
            assert_eq!(second.verify("caller", &id, b"data", &signature), holds);
        }
        assert!(first.replace(&[]).is_err());
        assert_eq!(first.sign("caller", b"data").0, "2026", "what cannot be used changes nothing");
    }

    #[test]
    fn a_data_key_is_read_with_the_key_that_has_wrapped_it_and_wrapped_with_the_current_one() {
        let (old, new) = (named("2025"), named("2026"));
        let key = DataKey::generate();
        let master = MasterKeys::new(std::slice::from_ref(&old)).unwrap();
        let wrapped = master.wrap(key.bytes()).unwrap();
        assert!(master.is_current(&wrapped));
        let clone = master.clone();
        master.replace(&[new.clone(), old]).unwrap();
        assert!(!clone.is_current(&wrapped));
        assert_eq!(clone.unwrap(&wrapped).unwrap(), key.bytes());
        let again = clone.wrap(key.bytes()).unwrap();
        assert!(clone.is_current(&again) && again.starts_with("2026."));
        assert!(clone.unwrap(&wrapped.replace("2025", "2026")).is_err());
        master.replace(&[new]).unwrap();
        assert!(clone.unwrap(&wrapped).is_err());
        assert!(MasterKeys::new(&[named("2025")]).unwrap().unwrap(&wrapped).is_err());
        assert!(MasterKeys::none().wrap(key.bytes()).is_err() && MasterKeys::none().unwrap(&again).is_err());
    }

    #[test]
    fn malformed_keys_are_refused() {
        let twice = [named("a"), named("a")];
        let short = [NamedKey { id: "a".into(), key: STANDARD.encode([0; 31]).into() }];
        for keys in [&[][..], &twice, &short, &[named("a.b")], &[named("")]] {
            assert!(MasterKeys::new(keys).is_err());
            assert!(ClusterKeys::new(keys).is_err());
        }
    }
}
