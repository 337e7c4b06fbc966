//! What may be the same as a lead, and what it is looked for by.

use crm_values::text_match::{person_similarity, similarity};

/// Names that are less alike are those of others.
const ALIKE: f64 = 0.85;
/// Names are compared by so many characters of theirs at most.
const LONGEST: usize = 64;
/// A name is looked for by so many words of it at most.
const MOST_WORDS: usize = 4;

/// What a lead, an account or a contact is known by; what is not known of it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The person's name.
    pub name: String,
    /// The names of the companies.
    pub companies: Vec<String>,
    /// The e-mail addresses.
    pub emails: Vec<String>,
    /// The telephone numbers, E.164.
    pub phones: Vec<String>,
}

/// In what two parties agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The fields: `email`, `phone`, `name`, `company`.
    pub fields: Vec<&'static str>,
    /// How much, 0 to 100; 100 for the same e-mail address or telephone number.
    pub percent: i32,
}

/// In what two parties agree; none if they have nothing in common that would make them the same.
pub fn likeness(one: &Party, other: &Party) -> Option<Likeness> {
    let shared = |these: &[String], those: &[String]| those.iter().any(|value| these.contains(value));
    let mut fields = Vec::new();
    if shared(&one.emails, &other.emails) {
        fields.push("email");
    }
    if shared(&one.phones, &other.phones) {
        fields.push("phone");
    }
    let certain = !fields.is_empty();
    let pairs = one.companies.iter().flat_map(|one| other.companies.iter().map(move |other| (one, other)));
    let company = pairs.map(|(one, other)| similarity(&cut(one), &cut(other))).fold(0.0, f64::max);
    let name = match one.name.is_empty() || other.name.is_empty() {
        true => 0.0,
        false => person_similarity(&cut(&one.name), &cut(&other.name)),
    };
    // Namesakes at different companies are different people.
    let companies_differ = !one.companies.is_empty() && !other.companies.is_empty() && company < ALIKE;
    if name >= ALIKE && (certain || !companies_differ) {
        fields.push("name");
    }
    if company >= ALIKE {
        fields.push("company");
    }
    let best = if fields.contains(&"name") { name.max(company) } else { company };
    let percent = if certain { 100 } else { percent(best) };
    (!fields.is_empty()).then_some(Likeness { fields, percent })
}

/// A likeness of names in percent; names alone are never certain.
#[expect(clippy::cast_possible_truncation, reason = "the likeness is between 0 and 1")]
fn percent(likeness: f64) -> i32 {
    ((likeness * 100.0).round() as i32).min(99)
}

fn cut(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

/// The filter that finds a company's name and those that are much like it; empty if there is nothing to look for.
pub fn company_filter(field: &str, name: &str) -> String {
    filter(field, &core(&cut(name)))
}

/// The filter that finds a person's name and those that are much like it; empty if there is nothing to look for.
pub fn person_filter(field: &str, name: &str) -> String {
    filter(field, &cut(name))
}

/// Names in an alphabet are found by how their words begin, where slips are rarest; others, which have no spaces, by
/// what every name that is much like them has in common with them.
fn filter(field: &str, name: &str) -> String {
    let words: Vec<&str> =
        name.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let words = words.get(..MOST_WORDS).unwrap_or(&words);
    let value = match words {
        [] => return String::new(),
        [word] if word.is_ascii() => beginning(word, word.len() * 2 / 3, 3),
        words if words.iter().all(|word| word.is_ascii()) => {
            words.iter().map(|word| beginning(word, word.len().div_ceil(2), 2)).collect::<Vec<_>>().join(" ")
        }
        words => words.iter().flat_map(|word| middle(word)).collect::<Vec<_>>().join("|"),
    };
    format!("{field}~{value}")
}

fn beginning(word: &str, length: usize, least: usize) -> String {
    word.chars().take(length.max(least)).collect()
}

/// A short word whole. A longer one without its ends, which may be missing; a very long one in halves, because it is
/// much like one with a slip in the middle too.
fn middle(word: &str) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    let part = |start: usize, end: usize| characters[start..end].iter().collect();
    match characters.len() {
        0..=3 => vec![part(0, characters.len())],
        all @ 4..=9 => vec![part(1, all - 1)],
        all => vec![part(2, all / 2), part(all / 2, all - 2)],
    }
}

/// What is left of a company's name without what makes no difference to it, above all its legal form.
fn core(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let same = |start: usize, end: usize| {
        let part: String = characters[start..end].iter().collect();
        similarity(&part, name) >= 1.0
    };
    let all = characters.len();
    let end = (1..=all).find(|end| same(0, *end)).unwrap_or(all);
    let start = (0..end).rev().find(|start| same(*start, end)).unwrap_or(0);
    characters[start..end].iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn party(name: &str, company: &str, email: &str, phone: &str) -> Party {
        let list = |text: &str| Vec::from_iter((!text.is_empty()).then(|| text.to_owned()));
        Party { name: name.to_owned(), companies: list(company), emails: list(email), phones: list(phone) }
    }

    fn found(one: &Party, other: &Party) -> Option<(Vec<&'static str>, i32)> {
        likeness(one, other).map(|likeness| (likeness.fields, likeness.percent))
    }

    #[test]
    fn the_same_address_or_number_is_certain() {
        let one = party("李娜", "华信", "li.na@huaxin.example", "+8613800138000");
        let other = party("", "Acme", "li.na@huaxin.example", "");
        assert_eq!(found(&one, &other), Some((vec!["email"], 100)));
        let other = party("李娜", "Acme", "", "+8613800138000");
        assert_eq!(found(&one, &other), Some((vec!["phone", "name"], 100)));
    }

    #[test]
    fn alike_names_are_likely() {
        let found = found(&party("Jon Smith", "", "", ""), &party("John Smith", "Acme", "", "")).unwrap();
        assert_eq!(found.0, ["name"]);
        assert!((85..=99).contains(&found.1), "{}", found.1);
    }

    #[test]
    fn names_alone_are_never_certain() {
        let one = party("李娜", "北京华信科技有限公司", "", "");
        assert_eq!(found(&one, &party("李娜", "北京华信科技", "", "")), Some((vec!["name", "company"], 99)));
    }

    #[test]
    fn namesakes_at_different_companies_are_different_people() {
        let (one, other) = (party("王伟", "华信科技", "", ""), party("王伟", "北方重工", "", ""));
        assert_eq!(found(&one, &other), None);
    }

    #[test]
    fn nothing_in_common_is_no_likeness() {
        assert_eq!(found(&party("李娜", "", "", ""), &party("", "Acme", "a@acme.example", "")), None);
        assert_eq!(found(&Party::default(), &Party::default()), None);
    }

    #[test]
    fn a_name_is_looked_for_by_what_a_slip_leaves() {
        for (name, expected) in [
            ("北京华信科技有限公司", "f~京华信科"),
            ("华信", "f~华信"),
            ("北京市海淀区华信电子科技有限公司", "f~市海淀区|华信电子"),
            ("Huawei Technologies Co., Ltd.", "f~Hua Techno"),
            ("Acme Ltd", "f~Acm"),
            ("GmbH", "f~Gmb"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(company_filter("f", name), expected, "{name}");
        }
        assert_eq!(person_filter("f", "Jon Smith"), "f~Jo Smi");
        assert_eq!(person_filter("f", "李娜"), "f~李娜");
    }

    proptest! {
        #[test]
        fn likeness_is_mutual(
            names in proptest::collection::vec("[a-c李娜王 ]{0,4}", 2),
            companies in proptest::collection::vec("[a-c华信科技 ]{0,5}", 2),
            emails in proptest::collection::vec("[ab]?", 2),
        ) {
            let parties: Vec<Party> = (0..2).map(|at| party(&names[at], &companies[at], &emails[at], "")).collect();
            let (one, other) = (likeness(&parties[0], &parties[1]), likeness(&parties[1], &parties[0]));
            prop_assert_eq!(one.clone(), other);
            prop_assert!(one.is_none_or(|one| (85..=100).contains(&one.percent) && !one.fields.is_empty()));
        }

        #[test]
        fn no_name_makes_a_filter_that_cannot_be_read(name: String) {
            for filter in [company_filter("company", &name), person_filter("display_name", &name)] {
                prop_assert!(filter.is_empty() || crm_kit::filter::parse(&filter).is_some(), "{filter}");
            }
        }
    }
}
