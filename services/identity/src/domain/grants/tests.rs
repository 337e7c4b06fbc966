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
    let expected = [Grant::new("customers.account.read", Scope::All), Grant::new("sales.*", Scope::Subtree)];
    assert_eq!(merged.grants, expected);
}

#[test]
fn a_narrow_pattern_with_a_wider_scope_stays() {
    let merged =
        Rights::merge(&[rights(&[("customers.*", Scope::Own), ("customers.account.read", Scope::All)], &[])]);
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

    #[test]
    fn who_is_given_what_somebody_contains_may_nothing_more(own in role(), other in role(), wanted in permission(), field in "[ab]\\.[cd]\\.x") {
        prop_assume!(own.contains(&other));
        prop_assert!(scope(&other, &wanted) <= scope(&own, &wanted));
        let rule = own.field_rules.iter().find(|rule| rule.field == field);
        prop_assert!(rule.is_none_or(|rule| other.level(&field) >= Level::of(rule.access)));
    }

    #[test]
    fn somebody_contains_what_is_left_for_a_key(role in role(), key in prop::collection::vec(pattern(), 0..4)) {
        prop_assert!(role.contains(&role));
        prop_assert!(role.contains(&role.clone().restrict(&key)));
    }
}

#[test]
fn a_star_is_contained_in_a_star_only() {
    let own = rights(&[("customers.*.read", Scope::Subtree)], &[]);
    for (permission, scope, expected) in [
        ("customers.account.read", Scope::Own, true),
        ("customers.*.read", Scope::Subtree, true),
        ("customers.*.read", Scope::All, false),
        ("customers.*.*", Scope::Own, false),
        ("customers.*", Scope::Own, false),
        ("*", Scope::Own, false),
    ] {
        assert_eq!(own.allows(&Grant::new(permission, scope)), expected, "{permission}");
    }
}
