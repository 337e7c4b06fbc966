//! What lists of telephone numbers and of e-mail addresses have in common.

use std::collections::HashSet;

use crm_kit::error::Violations;

/// How many points a list holds.
pub const MOST: usize = 20;

/// Refuses a list that is too long or names the same value twice.
pub fn refuse_repeats<'a>(
    values: impl ExactSizeIterator<Item = &'a str>,
    path: &str,
    field: &str,
    violations: &mut Violations,
) {
    if values.len() > MOST {
        violations.add(path, "TOO_MANY", format!("give at most {MOST}"));
    }
    let mut seen = HashSet::new();
    for (index, value) in values.enumerate() {
        // An empty value has a violation of its own.
        if !value.is_empty() && !seen.insert(value) {
            violations.add(
                format!("{path}[{index}].{field}"),
                "DUPLICATE",
                "leave out what the list has already",
            );
        }
    }
}

/// Sees to it that exactly one of a list is the primary one: the first unless the list says which.
pub fn choose_primary<'a>(
    flags: impl Iterator<Item = &'a mut bool>,
    path: &str,
    violations: &mut Violations,
) {
    let mut flags = flags.collect::<Vec<_>>();
    match flags.iter().filter(|flag| ***flag).count() {
        0 => flags.first_mut().map_or((), |first| **first = true),
        1 => {}
        _ => violations.add(path, "PRIMARY_AMBIGUOUS", "mark exactly one as primary"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{found, reasons};

    #[test]
    fn the_second_of_two_equal_values_is_named() {
        let mut violations = Violations::default();
        refuse_repeats(["a", "b", "a", "", ""].into_iter(), "account.emails", "address", &mut violations);
        assert_eq!(found(violations), [("account.emails[2].address".to_owned(), "DUPLICATE")]);
    }

    #[test]
    fn a_list_has_an_end() {
        let values = (0..21).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(reasons(|v| refuse_repeats(values.iter().map(String::as_str), "p", "f", v)), ["TOO_MANY"]);
    }

    proptest! {
        #[test]
        fn a_list_without_violation_has_one_primary(mut flags: Vec<bool>) {
            let chosen = flags.iter().filter(|flag| **flag).count();
            let mut violations = Violations::default();
            choose_primary(flags.iter_mut(), "phones", &mut violations);
            prop_assert_eq!(violations.finish().is_ok(), chosen < 2);
            if chosen < 2 {
                prop_assert_eq!(flags.iter().filter(|flag| **flag).count(), flags.len().min(1));
            }
            if chosen == 0 && !flags.is_empty() {
                prop_assert!(flags[0]);
            }
        }
    }
}
