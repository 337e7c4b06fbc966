//! What roles allow and withhold, and what is left of several of them together.

use std::collections::BTreeMap;

use crm_kit::access::{FieldAccess, Scope, covers};
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
mod tests {
    use crm_kit::error::Error;
    use proptest::prelude::*;

    use super::*;

    fn rights(grants: &[(&str, Scope)], field_rules: &[(&str, FieldAccess)]) -> Rights {
        Rights {
            grants: grants.iter().map(|(permission, scope)| Grant::new(*permission, *scope)).collect(),
            field_rules: field_rules.iter().map(|(field, access)| FieldRule::new(*field, *access)).collect(),
        }
    }

    fn scope(rights: &Rights, permission: &str) -> Option<Scope> {
        let grants = rights.grants.iter().filter(|grant| covers(&grant.permission, permission));
        grants.map(|grant| grant.scope).max()
    }

    #[test]
    fn the_widest_scope_of_a_permission_wins() {
        let merged = Rights::merge(&[
            rights(&[("customers.account.read", Scope::Own), ("sales.*", Scope::Subtree)], &[]),
            rights(&[("customers.account.read", Scope::All), ("sales.lead.read", Scope::Own)], &[]),
        ]);
        let expected =
            [Grant::new("customers.account.read", Scope::All), Grant::new("sales.*", Scope::Subtree)];
        assert_eq!(merged.grants, expected);
    }

    #[test]
    fn a_narrow_pattern_with_a_wider_scope_stays() {
        let merged = Rights::merge(&[rights(
            &[("customers.*", Scope::Own), ("customers.account.read", Scope::All)],
            &[],
        )]);
        assert_eq!(merged.grants.len(), 2);
    }

    #[test]
    fn a_field_is_withheld_only_if_every_role_withholds_it() {
        let field = "customers.account.annual_revenue";
        let write = [("customers.account.*", Scope::All)];
        let hidden = rights(&write, &[(field, FieldAccess::Hidden)]);
        let read_only = rights(&write, &[(field, FieldAccess::ReadOnly)]);
        let free = rights(&write, &[]);
        let merged =
            |roles: &[&Rights]| Rights::merge(&roles.iter().map(|role| (*role).clone()).collect::<Vec<_>>());
        assert_eq!(merged(&[&hidden, &hidden]).field_rules, hidden.field_rules);
        assert_eq!(merged(&[&hidden, &read_only]).field_rules, read_only.field_rules);
        assert_eq!(merged(&[&hidden, &free]).field_rules, []);
        assert_eq!(merged(&[&hidden]).field_rules, hidden.field_rules);
    }

    #[test]
    fn a_role_that_only_reads_does_not_let_anybody_write() {
        let field = "customers.account.credit_status";
        let sales = rights(&[("customers.account.*", Scope::Own)], &[(field, FieldAccess::ReadOnly)]);
        let marketing = rights(&[("customers.*.read", Scope::All)], &[]);
        assert_eq!(Rights::merge(&[sales.clone(), marketing.clone()]).field_rules, sales.field_rules);
        let secretive = rights(&[("customers.account.*", Scope::Own)], &[(field, FieldAccess::Hidden)]);
        assert_eq!(Rights::merge(&[secretive.clone(), marketing]).field_rules, sales.field_rules);
        let support = rights(&[("support.*", Scope::All)], &[]);
        assert_eq!(Rights::merge(&[secretive.clone(), support]).field_rules, secretive.field_rules);
    }

    #[test]
    fn nothing_comes_of_no_roles() {
        assert_eq!(Rights::merge(&[]), Rights::default());
    }

    #[test]
    fn a_key_has_what_its_user_and_its_own_patterns_have_in_common() {
        let user = rights(&[("customers.*", Scope::Own), ("sales.*.read", Scope::All)], &[]);
        let key = |patterns: &[&str]| {
            let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>();
            let left = user.clone().restrict(&patterns).grants.into_iter();
            left.map(|grant| (grant.permission, grant.scope)).collect::<Vec<_>>()
        };
        assert_eq!(key(&["customers.account.read"]), [("customers.account.read".to_owned(), Scope::Own)]);
        assert_eq!(
            key(&["*.*.read"]),
            [("customers.*.read".to_owned(), Scope::Own), ("sales.*.read".to_owned(), Scope::All)]
        );
        assert_eq!(key(&["sales.*"]), [("sales.*.read".to_owned(), Scope::All)]);
        assert_eq!(key(&["support.*"]), []);
        assert_eq!(user.clone().restrict(&[]), user);
    }

    #[test]
    fn what_is_no_permission_or_field_is_refused() {
        let permissions = ["customers.account.read".to_owned()];
        let fields = ["customers.account.name".to_owned()];
        let good = rights(
            &[
                ("customers.account.read", Scope::Own),
                ("sales.*", Scope::All),
                ("*", Scope::All),
                ("customers.*.read", Scope::All),
            ],
            &[("customers.account.name", FieldAccess::Hidden)],
        );
        let mut violations = Violations::default();
        good.check(&permissions, &fields, "role", &mut violations);
        violations.finish().unwrap();
        let bad = rights(
            &[
                ("customers.account.reed", Scope::Own),
                ("", Scope::Own),
                ("a..*", Scope::Own),
                ("a*", Scope::Unspecified),
            ],
            &[("customers.account", FieldAccess::Unspecified)],
        );
        let mut violations = Violations::default();
        bad.check(&permissions, &fields, "role", &mut violations);
        let Err(Error::Invalid(found)) = violations.finish() else { panic!("violations") };
        let found = found.iter().map(|found| (found.field.as_str(), found.reason)).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                ("role.grants[0].permission", "PERMISSION_UNKNOWN"),
                ("role.grants[1].permission", "PERMISSION_UNKNOWN"),
                ("role.grants[2].permission", "PERMISSION_UNKNOWN"),
                ("role.grants[3].permission", "PERMISSION_UNKNOWN"),
                ("role.grants[3].scope", "SCOPE_REQUIRED"),
                ("role.field_rules[0].field", "FIELD_UNKNOWN"),
                ("role.field_rules[0].access", "ACCESS_REQUIRED"),
            ]
        );
    }

    #[test]
    fn rights_are_stored_with_the_names_of_the_contract() {
        let rights = rights(&[("sales.*", Scope::Subtree)], &[("a.b.c", FieldAccess::ReadOnly)]);
        let json = serde_json::to_string(&rights).unwrap();
        let expected = r#"{"grants":[{"permission":"sales.*","scope":"SCOPE_SUBTREE"}],"field_rules":[{"field":"a.b.c","access":"FIELD_ACCESS_READ_ONLY"}]}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Rights>(&json).unwrap(), rights);
    }

    fn permission() -> impl Strategy<Value = String> {
        "[ab]\\.[cd]\\.[ef]"
    }

    fn pattern() -> impl Strategy<Value = String> {
        "([ab*]\\.[cd*]\\.[ef*]|[ab*]\\.\\*|\\*)"
    }

    fn role() -> impl Strategy<Value = Rights> {
        let scope = prop::sample::select(vec![Scope::Own, Scope::Department, Scope::Subtree, Scope::All]);
        let access = prop::sample::select(vec![FieldAccess::Hidden, FieldAccess::ReadOnly]);
        let grants = prop::collection::vec(
            (pattern(), scope).prop_map(|(permission, scope)| Grant::new(permission, scope)),
            0..6,
        );
        let rules = prop::collection::vec(
            ("[ab]\\.[cd]\\.x", access).prop_map(|(field, access)| FieldRule::new(field, access)),
            0..3,
        );
        (grants, rules).prop_map(|(grants, field_rules)| Rights { grants, field_rules })
    }

    proptest! {
        #[test]
        fn merged_rights_reach_as_far_as_the_widest_role(roles in prop::collection::vec(role(), 0..4), wanted in permission()) {
            let widest = roles.iter().filter_map(|role| scope(role, &wanted)).max();
            prop_assert_eq!(scope(&Rights::merge(&roles), &wanted), widest);
        }

        #[test]
        fn the_order_of_roles_does_not_matter(roles in prop::collection::vec(role(), 0..4)) {
            let reversed = roles.iter().rev().cloned().collect::<Vec<_>>();
            prop_assert_eq!(Rights::merge(&roles), Rights::merge(&reversed));
            prop_assert_eq!(Rights::merge(&[Rights::merge(&roles)]).grants, Rights::merge(&roles).grants);
        }

        #[test]
        fn another_role_never_takes_anything_away(roles in prop::collection::vec(role(), 1..4), more in role(), field in "[ab]\\.[cd]\\.x") {
            let level = |roles: &[Rights]| {
                let merged = Rights::merge(roles);
                merged.field_rules.iter().find(|rule| rule.field == field).map_or(Level::Free, |rule| Level::of(rule.access))
            };
            // Only fields that the first roles let nobody touch can be found withheld by the new one.
            let untouched = roles.iter().all(|role| role.level(&field) == Level::Hidden);
            let before = level(&roles);
            let after = level(&[roles, vec![more]].concat());
            prop_assert!(untouched || after <= before.max(Level::ReadOnly));
        }

        #[test]
        fn a_key_allows_what_both_allow(role in role(), key in prop::collection::vec(pattern(), 1..4), wanted in permission()) {
            let named = key.iter().any(|pattern| covers(pattern, &wanted));
            let expected = scope(&role, &wanted).filter(|_| named);
            prop_assert_eq!(scope(&role.restrict(&key), &wanted), expected);
        }
    }
}
