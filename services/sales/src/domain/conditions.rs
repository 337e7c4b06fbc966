//! Conditions on leads, written like the filters of lists; texts are compared whatever their case.

use crm_kit::filter::{self, Operator, Term};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{LeadRating, LeadStatus};

use crate::store::lead::Model as Lead;

/// What is wrong with a condition: the reason and what to do.
pub type Refusal = (&'static str, String);

/// What a field of a lead is compared as.
#[derive(Clone, Copy)]
enum Field {
    /// A text.
    Text(fn(&Lead) -> &str),
    /// Texts, any of which may fit.
    Texts(fn(&Lead) -> &[String]),
    /// A whole number.
    Number(fn(&Lead) -> i64),
    /// One of the names of an enum, which begin with a prefix that may be left out.
    Name(fn(&Lead) -> &str, &'static str, fn(&str) -> bool),
}

const FIELDS: &[(&str, Field)] = &[
    ("display_name", Field::Text(|lead| &lead.display_name)),
    ("name", Field::Text(|lead| &lead.name)),
    ("company", Field::Text(|lead| &lead.company)),
    ("title", Field::Text(|lead| &lead.title)),
    ("email", Field::Text(|lead| &lead.email)),
    ("phone", Field::Text(|lead| &lead.phone)),
    ("website", Field::Text(|lead| &lead.website)),
    ("source", Field::Name(|lead| &lead.source, "SOURCE_", |name| Source::from_str_name(name).is_some())),
    ("channel", Field::Text(|lead| &lead.channel)),
    (
        "status",
        Field::Name(|lead| &lead.status, "LEAD_STATUS_", |name| LeadStatus::from_str_name(name).is_some()),
    ),
    (
        "rating",
        Field::Name(|lead| &lead.rating, "LEAD_RATING_", |name| LeadRating::from_str_name(name).is_some()),
    ),
    ("score", Field::Number(|lead| lead.score.into())),
    ("campaign_id", Field::Text(|lead| &lead.campaign_id)),
    ("utm.source", Field::Text(|lead| &lead.utm.source)),
    ("utm.medium", Field::Text(|lead| &lead.utm.medium)),
    ("utm.campaign", Field::Text(|lead| &lead.utm.campaign)),
    ("utm.term", Field::Text(|lead| &lead.utm.term)),
    ("utm.content", Field::Text(|lead| &lead.utm.content)),
    ("needs", Field::Text(|lead| &lead.needs)),
    ("purchase_intention", Field::Text(|lead| &lead.purchase_intention)),
    ("industry", Field::Text(|lead| &lead.industry)),
    ("address.city", Field::Text(|lead| &lead.address.0.city)),
    ("address.state", Field::Text(|lead| &lead.address.0.state)),
    ("address.country", Field::Text(|lead| &lead.address.0.country)),
    ("address.postal_code", Field::Text(|lead| &lead.address.0.postal_code)),
    ("amount_minor", Field::Number(|lead| lead.amount_minor)),
    ("currency", Field::Text(|lead| &lead.currency)),
    ("tags", Field::Texts(|lead| &lead.tags.0)),
    ("description", Field::Text(|lead| &lead.description)),
];

/// Tells whether every condition holds for a lead; one that cannot be read does not.
pub fn hold(conditions: &[String], lead: &Lead) -> bool {
    conditions.iter().all(|condition| evaluate(condition, lead).unwrap_or(false))
}

/// Fails unless a condition can be read and asked of leads.
pub fn check(condition: &str) -> Result<(), Refusal> {
    // Whether it can be asked does not depend on the lead.
    evaluate(condition, &Lead::default()).map(drop)
}

fn evaluate(condition: &str, lead: &Lead) -> Result<bool, Refusal> {
    let malformed = || ("CONDITION_MALFORMED", "write field op value, for example score>=50".to_owned());
    let term = filter::parse(condition).ok_or_else(malformed)?;
    let found = FIELDS.iter().find(|(name, _)| *name == term.field);
    let Some((_, field)) = found else {
        return Err(("FIELD_UNKNOWN", format!("a lead has no field {} to ask for", term.field)));
    };
    match field {
        Field::Text(text) => compare_texts(&term, &[text(lead)]),
        Field::Texts(texts) => match texts(lead) {
            // A list that holds nothing is asked for like a text that holds nothing.
            [] => compare_texts(&term, &[""]),
            texts => compare_texts(&term, texts),
        },
        Field::Number(number) => compare_number(&term, number(lead)),
        Field::Name(name, prefix, is_known) => {
            let full = |value: &String| {
                let long = format!("{prefix}{}", value.to_ascii_uppercase());
                let known = [value.clone(), long].into_iter().find(|name| is_known(name));
                known.ok_or_else(|| wrong(&term, "one of the values that the API names"))
            };
            let values = term.values.iter().map(full).collect::<Result<Vec<_>, _>>()?;
            one_of(&term, values.iter().any(|value| value == name(lead)))
        }
    }
}

fn compare_texts(term: &Term, texts: &[impl AsRef<str>]) -> Result<bool, Refusal> {
    let texts: Vec<String> = texts.iter().map(|text| text.as_ref().to_lowercase()).collect();
    let values: Vec<String> = term.values.iter().map(|value| value.trim().to_lowercase()).collect();
    if term.operator != Operator::Holds {
        return one_of(term, texts.iter().any(|text| values.contains(text)));
    }
    if values.iter().any(String::is_empty) {
        return Err(wrong(term, "words to look for"));
    }
    let holds = |text: &String, words: &String| words.split_whitespace().all(|word| text.contains(word));
    Ok(texts.iter().any(|text| values.iter().any(|words| holds(text, words))))
}

fn compare_number(term: &Term, number: i64) -> Result<bool, Refusal> {
    let read = |value: &String| value.trim().parse::<i64>().map_err(|_| wrong(term, "a whole number"));
    let values = term.values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    match (term.operator, values.as_slice()) {
        (Operator::AtLeast, [value]) => Ok(number >= *value),
        (Operator::AtMost, [value]) => Ok(number <= *value),
        (Operator::Greater, [value]) => Ok(number > *value),
        (Operator::Less, [value]) => Ok(number < *value),
        (Operator::Equal | Operator::Different, values) => one_of(term, values.contains(&number)),
        (Operator::Holds, _) => Err(operator(term, "=, !=, <, <=, > and >=")),
        _ => Err(wrong(term, "one value to compare with")),
    }
}

fn one_of(term: &Term, found: bool) -> Result<bool, Refusal> {
    match term.operator {
        Operator::Equal => Ok(found),
        Operator::Different => Ok(!found),
        _ => Err(operator(term, "= and !=, and texts with ~")),
    }
}

fn operator(term: &Term, operators: &str) -> Refusal {
    ("CONDITION_OPERATOR", format!("compare {} with {operators} only", term.field))
}

fn wrong(term: &Term, expected: &str) -> Refusal {
    ("CONDITION_VALUE", format!("give {} {expected}", term.field))
}

#[cfg(test)]
mod tests {
    use crm_values::Address;
    use proptest::prelude::*;

    use super::*;
    use crate::store::values::{Origin, Place, Tags};

    fn lead() -> Lead {
        Lead {
            name: "Ada Lovelace".to_owned(),
            company: "上海电机".to_owned(),
            email: "ada@engine.example".to_owned(),
            source: "SOURCE_WEB_SITE".to_owned(),
            channel: "WeChat".to_owned(),
            rating: "LEAD_RATING_HOT".to_owned(),
            status: "LEAD_STATUS_NEW".to_owned(),
            score: 60,
            amount_minor: 5_000_000_000,
            tags: Tags(vec!["VIP".to_owned(), "华东".to_owned()]),
            address: Place(Address {
                city: "Shanghai".to_owned(),
                country: "CN".to_owned(),
                ..Address::default()
            }),
            utm: Origin { medium: "cpc".to_owned(), ..Origin::default() },
            ..Lead::default()
        }
    }

    #[test]
    fn conditions_are_asked_of_the_lead() {
        for (condition, expected) in [
            ("source=SOURCE_WEB_SITE", true),
            ("source=web_site", true),
            ("source=call|web_site", true),
            ("source!=web_site", false),
            ("source=SOURCE_UNSPECIFIED", false),
            ("rating!=cold", true),
            ("status=new", true),
            ("score>=60", true),
            ("score>60", false),
            ("score<=60", true),
            ("score < 60", false),
            ("score=10|60", true),
            ("score!=10|60", false),
            ("amount_minor>=5000000000", true),
            ("channel=wechat", true),
            ("channel~chat", true),
            ("company~电机|water", true),
            ("name~lovelace ada", true),
            ("name~ada byron", false),
            ("tags=vip", true),
            ("tags=北方|华东", true),
            ("tags!=vip", false),
            ("tags=", false),
            ("website=", true),
            ("website!=", false),
            ("address.country=cn", true),
            ("address.city=Beijing|SHANGHAI", true),
            ("utm.medium=cpc", true),
            ("email~engine.example", true),
        ] {
            assert_eq!(evaluate(condition, &lead()), Ok(expected), "{condition}");
        }
        let all = ["score>=50".to_owned(), "source=web_site".to_owned()];
        assert!(hold(&all, &lead()) && hold(&[], &lead()));
        assert!(!hold(&[all[0].clone(), "score>=70".to_owned()], &lead()));
        assert!(!hold(&["nonsense=1".to_owned()], &lead()), "what cannot be read does not hold");
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (condition, reason) in [
            ("", "CONDITION_MALFORMED"),
            ("score", "CONDITION_MALFORMED"),
            ("=5", "CONDITION_MALFORMED"),
            ("colour=red", "FIELD_UNKNOWN"),
            ("organization_id=1", "FIELD_UNKNOWN"),
            ("address=Shanghai", "FIELD_UNKNOWN"),
            ("score>=many", "CONDITION_VALUE"),
            ("score>=1|2", "CONDITION_VALUE"),
            ("score=", "CONDITION_VALUE"),
            ("score=99999999999999999999", "CONDITION_VALUE"),
            ("score~5", "CONDITION_OPERATOR"),
            ("source=nowhere", "CONDITION_VALUE"),
            ("source=", "CONDITION_VALUE"),
            ("source~web_site", "CONDITION_OPERATOR"),
            ("name>a", "CONDITION_OPERATOR"),
            ("name~", "CONDITION_VALUE"),
        ] {
            assert_eq!(check(condition).unwrap_err().0, reason, "{condition}");
        }
    }

    #[test]
    fn every_field_that_can_be_asked_for_is_one_of_the_lead_s() {
        let message = crm_protos::descriptors().get_message_by_name("crm.sales.v1.Lead").unwrap();
        for (path, _) in FIELDS {
            let mut message = Some(message.clone());
            for part in path.split('.') {
                let field = message.unwrap().get_field_by_name(part).unwrap_or_else(|| panic!("{path}"));
                message = field.kind().as_message().cloned();
            }
        }
    }

    proptest! {
        #[test]
        fn what_can_be_asked_does_not_depend_on_the_lead(
            index in 0..FIELDS.len(),
            operator in proptest::sample::select(&["=", "!=", "<", "<=", ">", ">=", "~"][..]),
            value in "[a-z0-9|]{0,6}",
        ) {
            let (field, _) = FIELDS[index];
            let condition = format!("{field}{operator}{value}");
            let asked = evaluate(&condition, &lead()).map(drop);
            prop_assert_eq!(&asked, &check(&condition));
            // Each operator is the opposite of another.
            let opposite = ["=", "<", "<="].iter().zip(["!=", ">=", ">"]).find(|(one, _)| **one == operator);
            if let (Some((_, other)), Ok(())) = (opposite, asked) {
                let one = evaluate(&condition, &lead()).unwrap();
                prop_assert_eq!(evaluate(&format!("{field}{other}{value}"), &lead()), Ok(!one));
            }
        }
    }
}
