//! Who makes a call and how far it reaches.

pub mod caller;
pub mod fields;
mod known;
pub mod layer;
pub mod method;
pub mod network;
pub mod resolver;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use tonic::metadata::{Binary, MetadataMap, MetadataValue};
use uuid::Uuid;

pub use caller::{Caller, FieldAccess, Scope, covers};
pub use layer::AccessLayer;
use method::Method;
pub use network::network;

use crate::clock::Clock;
use crate::crypto::{ClusterKeys, Generation};
use crate::error::{Error, Result};
use crate::telemetry;

/// The metadata that carries the signed caller between services.
pub const CALLER_METADATA: &str = "crm-caller-bin";
/// The metadata that names the request across services.
pub const REQUEST_METADATA: &str = "x-request-id";
/// The metadata in which the gateway names the client's address.
pub const ADDRESS_METADATA: &str = "x-client-address";
/// The metadata in which the gateway names the client's own name.
pub const AGENT_METADATA: &str = "x-client-agent";
/// The service that speaks for its clients.
const GATEWAY: &str = "gateway";
const TRACE_METADATA: &str = "traceparent";
/// The metadata by which a request that is repeated is known.
pub(crate) const IDEMPOTENCY_METADATA: &str = "idempotency-key";

/// How long a signature that one service makes for a call to another is good.
const CALL_LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How long an introduction is sent again: so much less are the clocks of two processes allowed to differ.
const REPEATED: TimeDelta = TimeDelta::seconds(10);

/// The caller of one request, what it asks for and how far it reaches. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    caller: Arc<Caller>,
    method: Option<&'static Method>,
    origin: Origin,
    keys: ClusterKeys,
    clock: Clock,
    identified: OnceLock<(Uuid, Uuid)>,
    /// The hash of the request, if it has an idempotency key.
    claim: OnceLock<[u8; 32]>,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The request's id across services.
    pub request_id: String,
    /// The address of the client.
    pub address: String,
    /// The client's name for itself.
    pub agent: String,
    /// The idempotency key that the client gave.
    pub idempotency_key: Option<String>,
    pub(crate) traceparent: Option<String>,
}

impl Origin {
    /// The origin of what the suite does itself: the request that is worked on, or none before it.
    pub fn own() -> Self {
        Self { request_id: telemetry::request_id(), ..Self::default() }
    }

    /// Reads the origin from a call. What the metadata says about the client counts only if a service sent it; of
    /// anyone else the connection tells.
    pub fn read(metadata: &MetadataMap, from_service: bool, peer: Option<SocketAddr>) -> Self {
        let text = |name| metadata.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (address, agent) = if from_service {
            (text(ADDRESS_METADATA), text(AGENT_METADATA))
        } else {
            (peer.map(|peer| peer.ip().to_string()), text("user-agent"))
        };
        Self {
            request_id: text(REQUEST_METADATA).unwrap_or_else(|| crate::id::new().to_string()),
            address: address.unwrap_or_default(),
            agent: agent.unwrap_or_default(),
            idempotency_key: text(IDEMPOTENCY_METADATA).filter(|key| !key.is_empty()),
            traceparent: text(TRACE_METADATA),
        }
    }
}

/// How the gateway introduces itself, so that what it says about its clients counts. It speaks for whoever's token it
/// passes on, never for itself.
#[derive(Clone)]
pub struct Introduction {
    keys: ClusterKeys,
    clock: Clock,
    last: Arc<ArcSwapOption<Introduced>>,
}

/// An introduction that was made. It is sent again, and so read only once by those who know it.
struct Introduced {
    expire_time: DateTime<Utc>,
    keys: Generation,
    signed: MetadataValue<Binary>,
}

impl Introduction {
    /// An introduction under the cluster's keys.
    pub fn new(keys: ClusterKeys, clock: Clock) -> Self {
        Self { keys, clock, last: Arc::default() }
    }

    /// Adds the introduction to a call.
    pub fn stamp(&self, metadata: &mut MetadataMap) {
        metadata.insert_bin(CALLER_METADATA, self.signed());
    }

    fn signed(&self) -> MetadataValue<Binary> {
        let (now, keys) = (self.clock.now(), self.keys.generation());
        let last = self.last.load();
        let good = |last: &&Arc<Introduced>| {
            (CALL_LIFETIME - REPEATED..=CALL_LIFETIME).contains(&(last.expire_time - now))
                && last.keys == keys
        };
        if let Some(last) = last.as_ref().filter(good) {
            return last.signed.clone();
        }
        let expire_time = now + CALL_LIFETIME;
        let signed = Caller::service(GATEWAY, expire_time).sign(&self.keys);
        let signed = MetadataValue::from_bytes(&prost::Message::encode_to_vec(&signed));
        self.last.store(Some(Arc::new(Introduced { expire_time, keys, signed: signed.clone() })));
        signed
    }
}

impl Access {
    /// The access of a call.
    pub fn new(
        caller: impl Into<Arc<Caller>>,
        method: Option<&'static Method>,
        origin: Origin,
        keys: ClusterKeys,
        clock: Clock,
    ) -> Self {
        let (caller, identified, claim) = (caller.into(), OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { caller, method, origin, keys, clock, identified, claim }))
    }

    /// The access of the suite itself to one organization, for jobs and feeds.
    pub fn system(organization: Uuid, service: &str, keys: &ClusterKeys, clock: &Clock) -> Self {
        let mut caller = Caller::service(service, clock.now() + CALL_LIFETIME);
        caller.organization_id = organization;
        caller.grants = vec![("*".to_owned(), Scope::All)];
        let origin = Origin::own();
        Self::new(caller, None, origin, keys.clone(), clock.clone())
    }

    /// The tenant.
    pub fn organization(&self) -> Uuid {
        self.0.identified.get().map_or(self.0.caller.organization_id, |(organization, _)| *organization)
    }

    /// The user; nil when nobody is signed in or a service acts for itself.
    pub fn user(&self) -> Uuid {
        self.0.identified.get().map_or(self.0.caller.user_id, |(_, user)| *user)
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// Where the request came from.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The method that is called.
    pub fn method(&self) -> Option<&'static Method> {
        self.0.method
    }

    pub(crate) fn keys(&self) -> &ClusterKeys {
        &self.0.keys
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Names the tenant and the user behind a call that was made without a caller, such as signing in.
    pub fn identify(&self, organization: Uuid, user: Uuid) {
        // A second call would be a second answer to the same question; the first stands.
        let _ = self.0.identified.set((organization, user));
    }

    /// True if the caller has the permission in any scope.
    pub fn allows(&self, permission: &str) -> bool {
        self.0.caller.scope(permission).is_some()
    }

    /// Fails unless the caller has the permission.
    pub fn require(&self, permission: &str) -> Result<Scope> {
        self.0.caller.scope(permission).ok_or_else(|| denied(permission))
    }

    /// The records of a resource that the call reaches: those of the method's own permission if it is about the
    /// resource, else those that the caller may read.
    pub fn reach(&self, resource: &str) -> Result<Scope> {
        let permission = self.0.method.and_then(Method::permission);
        let own = permission
            .filter(|permission| permission.rsplit_once('.').is_some_and(|(about, _)| about == resource));
        match own {
            Some(permission) => self.require(permission),
            None => self.require(&format!("{resource}.read")),
        }
    }

    /// How the caller is restricted on a field, for example `("customers.account", "annual_revenue")`: by a rule about it or
    /// about what can be told from it, the stricter one.
    pub fn restriction(&self, resource: &str, field: &str) -> Option<FieldAccess> {
        let rules = &self.0.caller.field_rules;
        if rules.is_empty() {
            return None;
        }
        let rule = |field: &str| rules.get(&format!("{resource}.{field}")).copied();
        let rules = [rule(field), method::told(resource, field).and_then(rule)];
        match rules.contains(&Some(FieldAccess::Hidden)) {
            true => Some(FieldAccess::Hidden),
            false => rules.into_iter().flatten().next(),
        }
    }

    /// True if the caller may not see the field.
    pub fn hides(&self, resource: &str, field: &str) -> bool {
        self.restriction(resource, field) == Some(FieldAccess::Hidden)
    }

    /// A request to another service in the name of the same caller.
    pub fn request<M>(&self, message: M) -> tonic::Request<M> {
        let mut caller = Caller::clone(&self.0.caller);
        caller.expire_time = self.0.clock.now() + CALL_LIFETIME;
        signed_request(message, &caller, &self.0.keys, &self.0.origin)
    }

    pub(crate) fn set_claim(&self, hash: [u8; 32]) {
        let _ = self.0.claim.set(hash);
    }

    /// The idempotency key and the hash of the request under it, if the request has a key.
    pub(crate) fn claim(&self) -> Option<(&str, &[u8])> {
        Some((self.0.origin.idempotency_key.as_deref()?, self.0.claim.get()?))
    }
}

/// A request that carries a caller signed for it.
pub fn signed_request<M>(
    message: M,
    caller: &Caller,
    keys: &ClusterKeys,
    origin: &Origin,
) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    let metadata = request.metadata_mut();
    let signed = prost::Message::encode_to_vec(&caller.sign(keys));
    metadata.insert_bin(CALLER_METADATA, MetadataValue::from_bytes(&signed));
    let traced = telemetry::traceparent(&tracing::Span::current());
    let texts = [
        (REQUEST_METADATA, Some(&origin.request_id)),
        (ADDRESS_METADATA, Some(&origin.address)),
        (AGENT_METADATA, Some(&origin.agent)),
        (TRACE_METADATA, traced.as_ref().or(origin.traceparent.as_ref())),
    ];
    for (name, text) in texts {
        // A text that is not a legal header was not sent by our gateway; the call goes on without it.
        if let Some(value) = text.filter(|text| !text.is_empty()).and_then(|text| text.parse().ok()) {
            metadata.insert(name, value);
        }
    }
    request
}

pub(crate) fn denied(permission: &str) -> Error {
    Error::Denied {
        reason: "PERMISSION_DENIED",
        message: format!("ask an administrator for the permission {permission}"),
    }
}
