//! Tags: short words that people sort records by.

use std::collections::HashSet;

use crm_kit::error::Violations;

use crate::text;

const MOST: usize = 50;
const LONGEST: usize = 50;

/// Brings tags into their stored form: trimmed, none empty, none twice whatever its case; the first spelling stays.
pub fn normalize(tags: Vec<String>, path: &str, violations: &mut Violations) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut stored = Vec::new();
    for (index, tag) in tags.iter().enumerate() {
        let tag = text::line(tag, LONGEST, &format!("{path}[{index}]"), violations);
        if !tag.is_empty() && seen.insert(tag.to_lowercase()) {
            stored.push(tag);
        }
    }
    if stored.len() > MOST {
        violations.add(path, "TOO_MANY", format!("give at most {MOST} tags"));
    }
    stored
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::found;

    fn owned(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn tags_are_trimmed_and_named_once() {
        let mut violations = Violations::default();
        let stored = normalize(owned(&[" VIP", "vip", "", "华东", "华东 "]), "account.tags", &mut violations);
        violations.finish().unwrap();
        assert_eq!(stored, ["VIP", "华东"]);
    }

    #[test]
    fn too_many_and_too_long_are_refused() {
        let mut violations = Violations::default();
        let mut tags = (0..50).map(|number| format!("tag {number}")).collect::<Vec<_>>();
        tags.push("长".repeat(51));
        normalize(tags, "account.tags", &mut violations);
        let expected = [("account.tags[50]".to_owned(), "TOO_LONG"), ("account.tags".to_owned(), "TOO_MANY")];
        assert_eq!(found(violations), expected);
    }

    proptest! {
        #[test]
        fn the_stored_form_is_its_own_stored_form(tags: Vec<String>) {
            let mut violations = Violations::default();
            let once = normalize(tags, "tags", &mut violations);
            prop_assert_eq!(&normalize(once.clone(), "tags", &mut violations), &once);
        }
    }
}
