//! The caller as the services use it, read from the signed form that travels between them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_protos::access::v1 as proto;
use prost::Message;
use uuid::Uuid;

pub use proto::{FieldAccess, Scope};

use crate::crypto::ClusterKeys;

/// What the keys sign callers for.
const PURPOSE: &str = "caller";

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    /// The tenant.
    pub organization_id: Uuid,
    /// The user; nil for a service.
    pub user_id: Uuid,
    /// The user's department.
    pub department_id: Option<Uuid>,
    /// The user's department and all below it.
    pub department_ids: Vec<Uuid>,
    /// Permission patterns and how far they reach.
    pub grants: Vec<(String, Scope)>,
    /// Restricted fields by `resource.field`.
    pub field_rules: HashMap<String, FieldAccess>,
    /// The session or API key; nil for a service.
    pub session_id: Uuid,
    /// When the signature ends.
    pub expire_time: DateTime<Utc>,
    /// The calling service when it acts for itself.
    pub service: Option<String>,
    /// True while only a change of the password is allowed.
    pub password_change_required: bool,
}

impl Caller {
    /// A service that acts for itself.
    pub fn service(name: &str, expire_time: DateTime<Utc>) -> Self {
        Self { service: Some(name.to_owned()), expire_time, ..Self::default() }
    }

    /// The widest scope in which the caller has a permission.
    pub fn scope(&self, permission: &str) -> Option<Scope> {
        let scopes =
            self.grants.iter().filter(|(pattern, _)| covers(pattern, permission)).map(|(_, scope)| *scope);
        scopes.max()
    }

    /// Reads and verifies the signed form. `None` if it is forged, malformed or too old.
    pub fn verify(signed: &[u8], keys: &ClusterKeys, now: DateTime<Utc>) -> Option<Self> {
        Self::read(signed, keys).filter(|caller| caller.expire_time > now)
    }

    /// Reads and verifies the signed form, which may be too old. `None` if it is forged or malformed.
    pub(super) fn read(signed: &[u8], keys: &ClusterKeys) -> Option<Self> {
        let signed = proto::SignedCaller::decode(signed).ok()?;
        if !keys.verify(PURPOSE, &signed.key_id, &signed.caller, &signed.signature) {
            return None;
        }
        Self::from_proto(&proto::Caller::decode(signed.caller.as_slice()).ok()?)
    }

    /// Signs the caller for the other services.
    pub fn sign(&self, keys: &ClusterKeys) -> proto::SignedCaller {
        let caller = self.to_proto().encode_to_vec();
        let (key_id, signature) = keys.sign(PURPOSE, &caller);
        proto::SignedCaller { caller, signature, key_id }
    }

    fn from_proto(caller: &proto::Caller) -> Option<Self> {
        let id = |text: &str| if text.is_empty() { Some(Uuid::nil()) } else { Uuid::try_parse(text).ok() };
        let time = caller.expire_time.as_ref()?;
        Some(Self {
            organization_id: id(&caller.organization_id)?,
            user_id: id(&caller.user_id)?,
            department_id: Some(id(&caller.department_id)?).filter(|id| !id.is_nil()),
            department_ids: caller.department_ids.iter().map(|text| id(text)).collect::<Option<_>>()?,
            grants: caller.grants.iter().map(|grant| (grant.permission.clone(), grant.scope())).collect(),
            field_rules: caller.field_rules.iter().map(|rule| (rule.field.clone(), rule.access())).collect(),
            session_id: id(&caller.session_id)?,
            expire_time: DateTime::from_timestamp(time.seconds, time.nanos.try_into().ok()?)?,
            service: Some(caller.service.clone()).filter(|name| !name.is_empty()),
            password_change_required: caller.password_change_required,
        })
    }

    /// The form in which callers travel.
    pub fn to_proto(&self) -> proto::Caller {
        let text = |id: &Uuid| if id.is_nil() { String::new() } else { id.to_string() };
        let grants = self.grants.iter();
        let rules = self.field_rules.iter();
        proto::Caller {
            organization_id: text(&self.organization_id),
            user_id: text(&self.user_id),
            department_id: self.department_id.as_ref().map(text).unwrap_or_default(),
            department_ids: self.department_ids.iter().map(text).collect(),
            grants: grants
                .map(|(permission, scope)| proto::Grant {
                    permission: permission.clone(),
                    scope: *scope as i32,
                })
                .collect(),
            field_rules: rules
                .map(|(field, access)| proto::FieldRule { field: field.clone(), access: *access as i32 })
                .collect(),
            session_id: text(&self.session_id),
            expire_time: Some(crate::convert::timestamp(self.expire_time)),
            service: self.service.clone().unwrap_or_default(),
            password_change_required: self.password_change_required,
        }
    }
}

/// Tells whether a pattern stands for a permission: a `*` part stands for any one part, and at the end for all that follow.
pub fn covers(pattern: &str, permission: &str) -> bool {
    let mut wanted = permission.split('.');
    let mut parts = pattern.split('.').peekable();
    while let Some(part) = parts.next() {
        match (part, wanted.next()) {
            ("*", Some(_)) if parts.peek().is_none() => return true,
            ("*", Some(_)) => {}
            (part, Some(name)) if part == name => {}
            _ => return false,
        }
    }
    wanted.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_part_and_at_the_end_for_the_rest() {
        for (pattern, permission, expected) in [
            ("*", "customers.account.read", true),
            ("customers.*", "customers.account.read", true),
            ("customers.account.*", "customers.account.read", true),
            ("*.*.read", "customers.account.read", true),
            ("*.*.read", "customers.account.update", false),
            ("customers.account.read", "customers.account.read", true),
            ("customers.account", "customers.account.read", false),
            ("customers.account.read.more", "customers.account.read", false),
            ("sales.*", "customers.account.read", false),
            ("", "customers.account.read", false),
        ] {
            assert_eq!(covers(pattern, permission), expected, "{pattern} {permission}");
        }
    }

    #[test]
    fn a_signed_caller_is_itself_again_and_an_altered_or_late_one_is_refused() {
        let keys = ClusterKeys::unshared();
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let caller = Caller {
            organization_id: crate::id::new(),
            user_id: crate::id::new(),
            grants: vec![("customers.*".to_owned(), Scope::Own)],
            field_rules: HashMap::from([("customers.account.name".to_owned(), FieldAccess::Hidden)]),
            expire_time: DateTime::from_timestamp(1_060, 0).unwrap(),
            ..Caller::default()
        };
        let signed = caller.sign(&keys);
        assert_eq!(Caller::verify(&signed.encode_to_vec(), &keys, now), Some(caller.clone()));
        assert_eq!(Caller::verify(&signed.encode_to_vec(), &keys, caller.expire_time), None);
        assert_eq!(Caller::verify(&signed.encode_to_vec(), &ClusterKeys::unshared(), now), None);
        let mut forged = signed;
        forged
            .caller
            .extend(proto::Caller { service: "sales".to_owned(), ..Default::default() }.encode_to_vec());
        assert_eq!(Caller::verify(&forged.encode_to_vec(), &keys, now), None);
    }
}
