//! What roles allow and withhold, and what is left of several of them together.

use std::collections::BTreeMap;

use crm_kit::access::{Caller, FieldAccess, Scope, covers};
use crm_kit::error::Violations;
use serde::{Deserialize, Serialize};

/// A pattern of permissions and how far it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The permission; `*` stands for any one part of it, and at the end for all that follow.
    pub permission: String,
    /// The records that it reaches.
    #[serde(with = "scope_name")]
    pub scope: Scope,
}

impl Grant {
    /// Grants a permission in a scope.
    pub fn new(permission: impl Into<String>, scope: Scope) -> Self {
        Self { permission: permission.into(), scope }
    }
}

/// A restriction on one field of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRule {
    /// Resource and field, for example `customers.account.annual_revenue`.
    pub field: String,
    /// The restriction.
    #[serde(with = "access_name")]
    pub access: FieldAccess,
}

impl FieldRule {
    /// Restricts a field.
    pub fn new(field: impl Into<String>, access: FieldAccess) -> Self {
        Self { field: field.into(), access }
    }
}

/// What one role, or all roles of a user together, allow and withhold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rights {
    /// What is allowed.
    pub grants: Vec<Grant>,
    /// What is withheld of it.
    pub field_rules: Vec<FieldRule>,
}

impl Rights {
    /// Checks what somebody wants a role to be; `permissions` and `fields` are all that there are.
    pub fn check(&self, permissions: &[String], fields: &[String], path: &str, violations: &mut Violations) {
        for (index, grant) in self.grants.iter().enumerate() {
            let path = format!("{path}.grants[{index}]");
            if !is_permission(&grant.permission, permissions) {
                let advice =
                    "give a permission, as in customers.account.read, or a pattern, as in customers.*";
                violations.add(format!("{path}.permission"), "PERMISSION_UNKNOWN", advice);
            }
            if grant.scope == Scope::Unspecified {
                violations.add(format!("{path}.scope"), "SCOPE_REQUIRED", "give a scope");
            }
        }
        for (index, rule) in self.field_rules.iter().enumerate() {
            let path = format!("{path}.field_rules[{index}]");
            if !fields.contains(&rule.field) {
                let advice = "give a field of a resource, as in customers.account.annual_revenue";
                violations.add(format!("{path}.field"), "FIELD_UNKNOWN", advice);
            }
            if rule.access == FieldAccess::Unspecified {
                violations.add(
                    format!("{path}.access"),
                    "ACCESS_REQUIRED",
                    "say whether it is hidden or read-only",
                );
            }
        }
    }

    /// What several roles give together: the widest scope of every permission, and the mildest rule of every field.
    ///
    /// A role that does not let its users write a resource at all withholds all of its fields, so it does not lift
    /// another role's rule. The scopes of the roles are not told apart any more: a field that one role lets its users
    /// write can be written wherever another lets them write the resource.
    pub fn merge(roles: &[Self]) -> Self {
        let grants = widest(roles.iter().flat_map(|role| &role.grants).cloned());
        let mut strictest = BTreeMap::new();
        for rule in roles.iter().flat_map(|role| &role.field_rules) {
            let level = strictest.entry(rule.field.as_str()).or_insert(Level::Free);
            *level = Level::of(rule.access).max(*level);
        }
        let field_rules = strictest.into_iter().filter_map(|(field, strictest)| {
            let mildest = roles.iter().map(|role| role.level(field)).min()?;
            Some(FieldRule::new(field, mildest.min(strictest).access()?))
        });
        Self { field_rules: field_rules.collect(), grants }
    }

    /// What is left for an API key that has only some permissions; all of them when none are named.
    pub fn restrict(self, patterns: &[String]) -> Self {
        if patterns.is_empty() {
            return self;
        }
        let both = self.grants.iter().flat_map(|grant| {
            let common = patterns.iter().filter_map(|pattern| intersection(&grant.permission, pattern));
            common.map(|permission| Grant::new(permission, grant.scope))
        });
        Self { grants: widest(both), ..self }
    }

    /// Whether a grant gives nothing that is not allowed. A `*` of the grant is covered by a `*` only.
    pub fn allows(&self, grant: &Grant) -> bool {
        let mut own = self.grants.iter().filter(|own| own.scope >= grant.scope);
        own.any(|own| covers(&own.permission, &grant.permission))
    }

    /// Whether a field is withheld as a rule says, or more.
    pub fn withholds(&self, rule: &FieldRule) -> bool {
        self.level(&rule.field) >= Level::of(rule.access)
    }

    /// Whether the other rights give nothing beyond these: whoever has these may hand them out.
    pub fn contains(&self, other: &Self) -> bool {
        other.grants.iter().all(|grant| self.allows(grant))
            && self.field_rules.iter().all(|rule| other.withholds(rule))
    }

    /// What the role alone makes of a field.
    fn level(&self, field: &str) -> Level {
        let resource = field.rsplit_once('.').map_or(field, |(resource, _)| resource);
        let allows = |verb| {
            let permission = format!("{resource}.{verb}");
            self.grants.iter().any(|grant| covers(&grant.permission, &permission))
        };
        let rules = self.field_rules.iter().filter(|rule| rule.field == field);
        let rule = rules.map(|rule| Level::of(rule.access)).max().unwrap_or(Level::Free);
        let granted = match (allows("create") || allows("update"), allows("read")) {
            (true, _) => Level::Free,
            (false, true) => Level::ReadOnly,
            (false, false) => Level::Hidden,
        };
        rule.max(granted)
    }
}

impl From<&Caller> for Rights {
    fn from(caller: &Caller) -> Self {
        let grants = caller.grants.iter().map(|(permission, scope)| Grant::new(permission, *scope));
        let field_rules = caller.field_rules.iter().map(|(field, access)| FieldRule::new(field, *access));
        Self { grants: grants.collect(), field_rules: field_rules.collect() }
    }
}

/// How much is withheld of a field, the mildest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Free,
    ReadOnly,
    Hidden,
}

impl Level {
    fn of(access: FieldAccess) -> Self {
        match access {
            FieldAccess::Unspecified => Self::Free,
            FieldAccess::ReadOnly => Self::ReadOnly,
            FieldAccess::Hidden => Self::Hidden,
        }
    }

    fn access(self) -> Option<FieldAccess> {
        match self {
            Self::Free => None,
            Self::ReadOnly => Some(FieldAccess::ReadOnly),
            Self::Hidden => Some(FieldAccess::Hidden),
        }
    }
}

/// Keeps the widest scope per pattern, and no pattern that a wider one covers: every request carries them.
fn widest(grants: impl Iterator<Item = Grant>) -> Vec<Grant> {
    let mut scopes = BTreeMap::<String, Scope>::new();
    for Grant { permission, scope } in grants {
        let widest = scopes.entry(permission).or_insert(scope);
        *widest = scope.max(*widest);
    }
    let covered = |permission: &str, scope: Scope| {
        let mut others = scopes.iter().filter(|(other, _)| *other != permission);
        others.any(|(other, wider)| *wider >= scope && covers(other, permission))
    };
    let kept = scopes.iter().filter(|(permission, scope)| !covered(permission, **scope));
    kept.map(|(permission, scope)| Grant::new(permission, *scope)).collect()
}

/// The pattern of what both patterns cover.
fn intersection(one: &str, other: &str) -> Option<String> {
    let (one, other) = (one.split('.').collect::<Vec<_>>(), other.split('.').collect::<Vec<_>>());
    let mut common = Vec::new();
    let (mut left, mut right) = (one.as_slice(), other.as_slice());
    loop {
        match (left, right) {
            ([], []) => return Some(common.join(".")),
            ([], _) | (_, []) => return None,
            (["*"], rest) | (rest, ["*"]) => {
                common.extend_from_slice(rest);
                return Some(common.join("."));
            }
            ([a, more_left @ ..], [b, more_right @ ..]) => {
                common.push(match (*a, *b) {
                    ("*", part) | (part, "*") => part,
                    (a, b) if a == b => a,
                    _ => return None,
                });
                (left, right) = (more_left, more_right);
            }
        }
    }
}

/// A pattern can be of a service that is not there yet; a plain permission has to exist.
fn is_permission(text: &str, permissions: &[String]) -> bool {
    let part = |part: &str| {
        part == "*"
            || (!part.is_empty()
                && part.chars().all(|character| character.is_ascii_lowercase() || character == '_'))
    };
    let known = text.contains('*') || permissions.iter().any(|permission| permission == text);
    known && text.split('.').all(part)
}

mod scope_name {
    use crm_kit::access::Scope;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(scope: &Scope, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(scope.as_str_name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
        let name = String::deserialize(deserializer)?;
        Scope::from_str_name(&name).ok_or_else(|| D::Error::custom("unknown scope"))
    }
}

mod access_name {
    use crm_kit::access::FieldAccess;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(access: &FieldAccess, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(access.as_str_name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FieldAccess, D::Error> {
        let name = String::deserialize(deserializer)?;
        FieldAccess::from_str_name(&name).ok_or_else(|| D::Error::custom("unknown field access"))
    }
}

#[cfg(test)]
mod tests;
