//! Turns a bearer token into a caller through the shared cache, and through identity on a miss.
//!
//! A cached caller is good only under the organization's current epoch. Identity replaces the epoch before it answers a
//! change of roles, users, departments or sessions, so the next request anywhere is judged by the new rules.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use crm_protos::access::v1::SignedCaller;
use crm_protos::identity::v1::{ResolveCallerRequest, callers_client::CallersClient};
use prost::Message;
use tonic::Code;
use uuid::Uuid;

use super::known::Known;
use super::{Caller, Origin, signed_request};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::crypto::{ClusterKeys, random, sha256};
use crate::error::{Error, Result};
use crate::service::Peers;

/// How long a cached caller may be used without asking identity again.
const LIFETIME: Duration = Duration::from_secs(60);
/// Epochs outlive every caller cached under them.
const EPOCH_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Finds out whose token it is.
#[derive(Clone)]
pub struct Resolver {
    cache: Cache,
    peers: Peers,
    keys: ClusterKeys,
    clock: Clock,
    known: Known,
}

impl Resolver {
    /// A resolver that asks the identity service among the peers.
    pub fn new(cache: Cache, peers: Peers, keys: ClusterKeys, clock: Clock) -> Self {
        let known = Known::new(keys.clone(), clock.clone());
        Self { cache, peers, keys, clock, known }
    }

    /// The caller that a service has signed for a call. `None` if the signature is forged or malformed.
    pub(super) fn signed(&self, signed: &[u8]) -> Result<Option<Arc<Caller>>> {
        self.known.fresh(signed)
    }

    /// The caller behind a token.
    pub async fn resolve(&self, token: &str, origin: &Origin) -> Result<Arc<Caller>> {
        let organization = organization_of(token).ok_or_else(invalid_token)?;
        let entry_key = format!("access:{organization}:caller:{}", hex::encode(sha256(&[token.as_bytes()])));
        let [epoch, entry] = self.cache.get_many([&epoch_key(organization), &entry_key]).await;
        if let (Some(epoch), Some(entry)) = (&epoch, entry)
            && let Some(signed) = entry.strip_prefix(epoch.as_ref())
            && let Some(caller) = self.known.caller(signed)
        {
            return Ok(caller);
        }
        // The epoch is read before identity is asked: a change in between leaves this entry under the old epoch.
        let epoch = match epoch {
            Some(epoch) => Some(epoch),
            None => self.first_epoch(organization).await,
        };
        let signed = self.ask(token, origin).await?.encode_to_vec();
        let caller = self.known.fresh(&signed)?.ok_or_else(invalid_token)?;
        if let Some(epoch) = epoch {
            let entry = Bytes::from([epoch.as_ref(), &signed].concat());
            self.cache.set(&entry_key, entry, LIFETIME).await;
        }
        Ok(caller)
    }

    async fn first_epoch(&self, organization: Uuid) -> Option<Bytes> {
        let epoch = Bytes::copy_from_slice(&random::<16>());
        match self.cache.set_if_absent(&epoch_key(organization), epoch.clone(), EPOCH_LIFETIME).await? {
            true => Some(epoch),
            false => self.cache.get(&epoch_key(organization)).await,
        }
    }

    async fn ask(&self, token: &str, origin: &Origin) -> Result<SignedCaller> {
        let caller = Caller::service("access", self.clock.now() + super::CALL_LIFETIME);
        let message = ResolveCallerRequest { token: token.to_owned() };
        let request = signed_request(message, &caller, &self.keys, origin);
        let answer = CallersClient::new(self.peers.get("identity")?).resolve_caller(request).await;
        match answer {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) if status.code() == Code::Unauthenticated => Err(Error::Peer(Box::new(status))),
            Err(status) => Err(status.into()),
        }
    }
}

/// Makes every cached caller of an organization stale. False if the cache did not answer.
pub async fn forget_callers(cache: &Cache, organization: Uuid) -> bool {
    let epoch = Bytes::copy_from_slice(&random::<16>());
    cache.replace(&epoch_key(organization), epoch, EPOCH_LIFETIME).await
}

/// A new token of a kind, such as `crms_` for sessions: 256 random bits, then the organization. The random part comes
/// first because the first characters are what an API key is recognised by.
pub fn token(kind: &str, organization: Uuid) -> String {
    let bytes = [random::<32>().as_slice(), organization.as_bytes()].concat();
    format!("{kind}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The organization that a token names; `None` if it is no token.
pub fn organization_of(token: &str) -> Option<Uuid> {
    let (_, encoded) = token.split_once('_')?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let (_, organization) = bytes.split_at_checked(32)?;
    Uuid::from_slice(organization).ok()
}

fn epoch_key(organization: Uuid) -> String {
    format!("access:{organization}:epoch")
}

fn invalid_token() -> Error {
    Error::Unauthenticated {
        reason: "TOKEN_INVALID",
        message: "sign in again or send a valid API key".to_owned(),
    }
}
