//! Keys, hashes, and sensitive fields at rest.
//!
//! A sensitive field is encrypted with the data key of its organization; data keys are stored wrapped by a master
//! key, which only the configuration holds. So rotating a master key re-wraps a few data keys and no field.

mod keys;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretBox};
use uuid::Uuid;

pub(crate) use keys::Generation;
pub use keys::{ClusterKeys, MasterKeys, SigningKey};

use crate::error::{Error, Result};

/// Hashes the parts as if they were one text; callers separate them where that matters.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Draws random bytes fit for keys.
#[expect(clippy::expect_used, reason = "aws-lc aborts before its generator fails")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("random bytes");
    bytes
}

/// Makes an opaque token that nobody guesses.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The key of one organization's sensitive fields.
#[derive(Clone)]
pub struct DataKey {
    id: Uuid,
    bytes: Arc<SecretBox<[u8; 32]>>,
    index: hmac::Key,
}

impl DataKey {
    /// Makes a new key.
    pub fn generate() -> Self {
        Self::with(crate::id::new(), random())
    }

    /// Takes a key that was stored.
    pub fn from_bytes(id: Uuid, bytes: &[u8]) -> Result<Self> {
        Ok(Self::with(id, bytes.try_into().map_err(Error::internal)?))
    }

    fn with(id: Uuid, bytes: [u8; 32]) -> Self {
        let index = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"crm blind index");
        let index = hmac::Key::new(hmac::HMAC_SHA256, index.as_ref());
        Self { id, bytes: Arc::new(SecretBox::new(Box::new(bytes))), index }
    }

    /// The id of the key.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The key itself, to be wrapped.
    pub fn bytes(&self) -> &[u8; 32] {
        self.bytes.expose_secret()
    }

    /// How every value begins that this key has sealed.
    pub(crate) fn mark(&self) -> String {
        format!("1|{}|", self.id.simple())
    }

    /// Encrypts a field; the place, such as `customers.account.id_card_number`, and the organization are bound to it.
    pub fn seal(&self, place: &str, organization: Uuid, plain: &str) -> Result<Sealed> {
        let head = format!("{}{}", self.mark(), self.blind_index(place, plain));
        let mask = mask(plain);
        let bound = bound(&head, &mask, place, organization);
        let text = encrypt(&self.cipher()?, bound.as_bytes(), plain.as_bytes())?;
        Ok(Sealed(format!("{head}|{text}|{mask}")))
    }

    /// Decrypts a field; fails if it was altered, or copied here from another place or organization.
    pub fn open(&self, place: &str, organization: Uuid, sealed: &Sealed) -> Result<String> {
        let [version, id, index, text, mask] = sealed.parts();
        let bound = bound(&format!("{version}|{id}|{index}"), mask, place, organization);
        String::from_utf8(decrypt(&self.cipher()?, bound.as_bytes(), text)?).map_err(Error::internal)
    }

    /// The hash under which a text is found without being decrypted; spelling with spaces or dashes is the same.
    pub fn blind_index(&self, place: &str, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(place.as_bytes());
        context.update(&[0]);
        context.update(normalize(text).as_bytes());
        hex::encode(&context.sign().as_ref()[..16])
    }

    fn cipher(&self) -> Result<RandomizedNonceKey> {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.bytes()), b"crm encryption");
        RandomizedNonceKey::new(&AES_256_GCM, derived.as_ref()).map_err(Error::internal)
    }
}

/// The stored form of a sensitive field; whatever prints or serializes it sees the mask only.
///
/// One text: version, data key, blind index, ciphertext and mask. The mask is last, as it may hold any character.
#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct Sealed(String);

impl Sealed {
    /// A value as its column holds it.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// What everybody may see, such as `****1234`.
    pub fn mask(&self) -> &str {
        self.parts()[4]
    }

    /// The id of the key that has encrypted it; nil if the stored text is damaged.
    pub fn data_key_id(&self) -> Uuid {
        Uuid::try_parse(self.parts()[1]).unwrap_or_default()
    }

    /// The blind index.
    pub fn index(&self) -> &str {
        self.parts()[2]
    }

    /// A damaged text has empty parts, which do not decrypt.
    fn parts(&self) -> [&str; 5] {
        let mut parts = self.0.splitn(5, '|');
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.mask())
    }
}

impl serde::Serialize for Sealed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.mask())
    }
}

/// What a ciphertext is bound to. The mask ends it and the organization has a fixed length: nothing is ambiguous.
fn bound(head: &str, mask: &str, place: &str, organization: Uuid) -> String {
    format!("{head}|{}|{place}|{mask}", organization.simple())
}

fn normalize(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

fn mask(plain: &str) -> String {
    let text = normalize(plain);
    let length = text.chars().count();
    let shown: String = if length < 8 { String::new() } else { text.chars().skip(length - 4).collect() };
    format!("****{shown}")
}

fn encrypt(key: &RandomizedNonceKey, bound: &[u8], plain: &[u8]) -> Result<String> {
    let mut text = plain.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(bound), &mut text).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &text].concat()))
}

fn decrypt(key: &RandomizedNonceKey, bound: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(Error::internal)?;
    let (nonce, text) =
        bytes.split_at_mut_checked(12).ok_or_else(|| Error::internal("a ciphertext is damaged"))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(Error::internal)?;
    let plain = key.open_in_place(nonce, Aad::from(bound), text).map_err(Error::internal)?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: &str = "customers.account.id_card_number";

    proptest! {
        #[test]
        fn a_sealed_field_opens_only_where_it_was_sealed(
            plain in ".{0,40}", organization: u128, other: u128, place in "[a-z.]{1,20}",
        ) {
            let (organization, other) = (Uuid::from_u128(organization), Uuid::from_u128(other));
            prop_assume!(organization != other && place != PLACE);
            let key = DataKey::generate();
            let sealed = key.seal(PLACE, organization, &plain).unwrap();
            prop_assert_eq!(key.open(PLACE, organization, &sealed).unwrap(), plain);
            prop_assert!(key.open(PLACE, other, &sealed).is_err());
            prop_assert!(key.open(&place, organization, &sealed).is_err());
            prop_assert!(DataKey::generate().open(PLACE, organization, &sealed).is_err());
        }

        #[test]
        fn no_character_of_a_sealed_field_can_be_changed(
            plain in "[0-9]{0,19}", at: prop::sample::Index, with in "[0-9A-Za-z|*_-]",
        ) {
            let key = DataKey::generate();
            let sealed = key.seal(PLACE, Uuid::nil(), &plain).unwrap();
            let mut text = sealed.0.clone();
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
            prop_assume!(text != sealed.0);
            prop_assert!(key.open(PLACE, Uuid::nil(), &Sealed(text)).is_err());
        }

        #[test]
        fn any_text_is_opened_or_refused(text in ".{0,200}") {
            let sealed = Sealed(text);
            prop_assert!(DataKey::generate().open(PLACE, Uuid::nil(), &sealed).is_err());
            let _ = (sealed.mask(), sealed.index(), sealed.data_key_id());
        }
    }

    #[test]
    fn a_sealed_field_shows_only_its_mask() {
        let key = DataKey::generate();
        let sealed = key.seal(PLACE, Uuid::nil(), "1101 0519-4912 31 002x").unwrap();
        assert_eq!(sealed.mask(), "****002X");
        assert_eq!(format!("{sealed:?}"), "****002X");
        assert_eq!(serde_json::to_string(&sealed).unwrap(), "\"****002X\"");
        assert_eq!(key.seal(PLACE, Uuid::nil(), "1234567").unwrap().mask(), "****");
        assert_eq!(sealed.data_key_id(), key.id());
        assert!(!sealed.0.contains("110105"));
    }

    #[test]
    fn a_blind_index_finds_other_spellings_in_the_same_field_only() {
        let key = DataKey::generate();
        let sealed = key.seal(PLACE, Uuid::nil(), "6222-0200 1234abcd").unwrap();
        assert_eq!(sealed.index(), key.blind_index(PLACE, "622202001234ABCD"));
        assert_eq!(sealed.index().len(), 32);
        assert_ne!(sealed.index(), key.blind_index("customers.account.bank_card_number", "622202001234ABCD"));
        assert_ne!(sealed.index(), DataKey::generate().blind_index(PLACE, "622202001234ABCD"));
    }

    #[test]
    fn a_stored_data_key_opens_what_it_sealed() {
        let key = DataKey::generate();
        let sealed = key.seal(PLACE, Uuid::nil(), "secret").unwrap();
        let stored = DataKey::from_bytes(key.id(), key.bytes()).unwrap();
        assert_eq!(stored.open(PLACE, Uuid::nil(), &sealed).unwrap(), "secret");
        assert!(DataKey::from_bytes(key.id(), &key.bytes()[1..]).is_err());
    }

    #[test]
    fn hashes_and_tokens_are_what_they_say() {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(sha256(&[b"a", b"bc"])), hash);
        assert_eq!(token().len(), 43);
        assert_ne!(token(), token());
    }
}
