//! Filters: `field op value`, each parsed by the type of the field's column.

use chrono::{DateTime, NaiveDate, Utc};
use prost_reflect::{FieldDescriptor, Kind};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, ColumnType, Condition, DbBackend, Value};
use uuid::Uuid;

use crate::access::Access;
use crate::access::method::message_of;
use crate::db::Db;
use crate::error::{Result, Violations};
use crate::record::{self, Record};
use crate::search::{self, Question};

/// More conditions are refused.
const MOST: usize = 20;
/// More alternatives of one condition are refused.
const MOST_VALUES: usize = 100;

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`: one of the values.
    Equal,
    /// `!=`: none of the values.
    Different,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `~`: holds the words.
    Holds,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::Different),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Holds),
];

/// One condition as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The field.
    pub field: String,
    /// How it compares.
    pub operator: Operator,
    /// The alternatives; `|` parts them and `\` keeps the character after it as it is.
    pub values: Vec<String>,
}

/// Reads a condition. `None` if it has no field or no operator.
pub fn parse(text: &str) -> Option<Term> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))?;
    let (field, rest) = text.split_at(end);
    let (sign, operator) = OPERATORS.iter().find(|(sign, _)| rest.trim_start().starts_with(sign))?;
    let rest = rest.trim_start().strip_prefix(sign)?;
    let mut values = vec![String::new()];
    let mut characters = rest.trim().chars();
    while let Some(c) = characters.next() {
        match c {
            '|' => values.push(String::new()),
            '\\' => values.last_mut()?.extend(characters.next()),
            other => values.last_mut()?.push(other),
        }
    }
    // No field holds a zero, which Postgres does not even take in a question.
    let readable = !field.is_empty() && values.len() <= MOST_VALUES && !text.contains('\0');
    readable.then(|| Term { field: field.to_owned(), operator: *operator, values })
}

/// What all filters together ask for.
pub(crate) struct Conditions {
    /// Of columns.
    pub(crate) columns: Vec<Asks>,
    /// Of the search index, if any.
    pub(crate) words: Vec<Question>,
}

/// A condition of a column.
#[derive(Clone)]
pub(crate) struct Asks {
    /// The field; empty if no index of columns can answer.
    pub(crate) field: String,
    /// Whether it asks for one value, so that an index keeps what fits in the order of its next column.
    pub(crate) is_one: bool,
    /// The condition.
    pub(crate) condition: Condition,
}

/// One condition, which the columns or the search index answer.
enum Asked {
    Columns(Asks),
    Words(Question),
}

/// The conditions of the filters, all of which must hold. Every filter that does not fit is named.
pub(crate) async fn conditions<E: Record>(
    db: &Db,
    access: &Access,
    filters: &[String],
) -> Result<Conditions> {
    let mut violations = Violations::default();
    let mut conditions = Conditions { columns: Vec::new(), words: Vec::new() };
    if filters.len() > MOST {
        violations.add("filter", "FILTER_TOO_LONG", format!("give {MOST} conditions at most"));
    }
    for (index, filter) in filters.iter().enumerate().take(MOST) {
        let path = format!("filter[{index}]");
        let Some(term) = parse(filter) else {
            violations.add(path, "FILTER_MALFORMED", "write field op value, for example name~acme");
            continue;
        };
        let found = if E::SEALED.contains(&term.field.as_str()) && !access.hides(E::RESOURCE, &term.field) {
            sealed::<E>(db, access, &term).await?
        } else {
            one::<E>(db.backend(), access, &term)
        };
        match found {
            Ok(Asked::Columns(condition)) => conditions.columns.push(condition),
            Ok(Asked::Words(question)) => conditions.words.push(question),
            Err((reason, message)) => violations.add(path, reason, message),
        }
    }
    violations.finish()?;
    Ok(conditions)
}

type Refusal = (&'static str, String);

/// A sealed field is found by its exact value only, through its blind index, and only by those who may see it in clear:
/// anyone else could try all values that fit the mask.
async fn sealed<E: Record>(db: &Db, access: &Access, term: &Term) -> Result<Result<Asked, Refusal>> {
    if !access.allows(&format!("{}.reveal", E::RESOURCE)) {
        return Ok(Err(unknown(&term.field)));
    }
    let sealer = db.sealer(access.organization()).await?;
    let place = format!("{}.{}", E::RESOURCE, term.field);
    let indexes: Vec<_> = term.values.iter().flat_map(|value| sealer.indexes(&place, value)).collect();
    Ok(exact(term, search::has_term::<E>(db.backend(), &term.field, &indexes)))
}

/// A condition of exact values in the search index. What does not have them is no short list, so the index cannot lead.
fn exact(term: &Term, found: Question) -> Result<Asked, Refusal> {
    match term.operator {
        Operator::Equal => Ok(Asked::Words(found)),
        Operator::Different => {
            Ok(Asked::Columns(Asks { field: String::new(), is_one: false, condition: found.text.not() }))
        }
        _ => Err(("FILTER_OPERATOR", format!("{} can be compared with = and != only", term.field))),
    }
}

fn one<E: Record>(backend: DbBackend, access: &Access, term: &Term) -> Result<Asked, Refusal> {
    let field = field::<E>(access, &term.field).ok_or_else(|| unknown(&term.field))?;
    if term.operator == Operator::Holds {
        if !E::SEARCHED.contains(&term.field.as_str()) {
            return Err(("FILTER_OPERATOR", format!("~ works on {}", E::SEARCHED.join(", "))));
        }
        let words = term.values.iter();
        let words = words.filter_map(|value| search::matches::<E>(backend, access, &[&term.field], value));
        return Ok(Question::any(backend, words).map_or_else(everything, Asked::Words));
    }
    let column = record::column::<E>(&term.field).filter(|column| {
        !matches!(column.def().get_column_type(), ColumnType::Json | ColumnType::JsonBinary)
    });
    let Some(column) = column else {
        // Lists and nested values are found by the terms that the record keeps.
        return exact(term, search::has_term::<E>(backend, &term.field, &term.values));
    };
    let values = term.values.iter().map(|text| value(column.def().get_column_type(), &field, text));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    // An empty value asks for fields that are not set, which some columns keep as null.
    let nothing = |value: &Value| {
        term.values.len() == 1
            && term.values[0].is_empty()
            && column.def().is_null()
            && *value == value.as_null()
    };
    let is_one = term.operator == Operator::Equal && values.len() == 1;
    let is_led = term.operator != Operator::Different && !values.iter().any(nothing);
    let field = if is_led { term.field.clone() } else { String::new() };
    let condition = compare(column, term.operator, values, nothing)?;
    Ok(Asked::Columns(Asks { field, is_one, condition }))
}

/// What asks for no word is no condition.
fn everything() -> Asked {
    Asked::Columns(Asks { field: String::new(), is_one: false, condition: Condition::all() })
}

fn compare<C: ColumnTrait>(
    column: C,
    operator: Operator,
    values: Vec<Value>,
    nothing: impl Fn(&Value) -> bool,
) -> Result<Condition, Refusal> {
    let each = |compare: fn(C, Value) -> SimpleExpr| match <[Value; 1]>::try_from(values.clone()) {
        Ok([value]) => Ok(Condition::all().add(compare(column, value))),
        Err(_) => Err(("FILTER_VALUE", "give one value to compare with".to_owned())),
    };
    match operator {
        Operator::Equal if values.iter().any(&nothing) => Ok(Condition::all().add(column.is_null())),
        Operator::Different if values.iter().any(&nothing) => Ok(Condition::all().add(column.is_not_null())),
        Operator::Equal => Ok(Condition::all().add(column.is_in(values))),
        Operator::Different => Ok(Condition::any()
            .add(column.is_not_in(values))
            .add_option(column.def().is_null().then(|| column.is_null()))),
        Operator::AtLeast => each(|column, value| column.gte(value)),
        Operator::AtMost => each(|column, value| column.lte(value)),
        Operator::Greater => each(|column, value| column.gt(value)),
        Operator::Less => each(|column, value| column.lt(value)),
        Operator::Holds => Err(("FILTER_OPERATOR", "~ works on searched fields only".to_owned())),
    }
}

/// The proto field that a name means, if the caller may see it and the record can be asked for it.
fn field<E: Record>(access: &Access, name: &str) -> Option<FieldDescriptor> {
    let mut parts = name.split('.');
    let first = parts.next()?;
    if access.hides(E::RESOURCE, first) {
        return None;
    }
    let message = message_of(E::RESOURCE)?;
    let mut field = message.get_field_by_name(first)?;
    if is_sensitive(&field) {
        return None;
    }
    for part in parts {
        let Kind::Message(inner) = field.kind() else { return None };
        field = inner.get_field_by_name(part)?;
    }
    // A message in a text column is not for comparing: it holds fields of its own, which may be hidden.
    let compared = match field.kind() {
        Kind::Message(message) => message.full_name() == "google.protobuf.Timestamp",
        _ => true,
    };
    let column = compared && record::column::<E>(name).is_some();
    let asked = column || E::SEARCHED.contains(&name) || E::TERMS.contains(&name);
    asked.then_some(field)
}

fn is_sensitive(field: &FieldDescriptor) -> bool {
    let extension = crm_protos::descriptors().get_extension_by_name("crm.access.v1.sensitive");
    extension.is_some_and(|extension| field.options().get_extension(&extension).as_bool() == Some(true))
}

fn unknown(field: &str) -> Refusal {
    ("FIELD_UNKNOWN", format!("there is no field {field} to filter by"))
}

/// Reads a value by the type of its column.
fn value(column: &ColumnType, field: &FieldDescriptor, text: &str) -> Result<Value, Refusal> {
    let wrong = |expected: &str| ("FILTER_VALUE", format!("give {} {expected}", field.name()));
    match column {
        ColumnType::Uuid if text.is_empty() => Ok(Value::Uuid(None)),
        ColumnType::Uuid => Uuid::try_parse(text).map(Value::from).map_err(|_| wrong("an id")),
        ColumnType::Boolean => text.parse::<bool>().map(Value::from).map_err(|_| wrong("true or false")),
        ColumnType::Integer | ColumnType::SmallInteger => {
            text.parse::<i32>().map(Value::from).map_err(|_| wrong("a whole number"))
        }
        ColumnType::BigInteger => text.parse::<i64>().map(Value::from).map_err(|_| wrong("a whole number")),
        ColumnType::Timestamp | ColumnType::TimestampWithTimeZone | ColumnType::DateTime => match text {
            "" => Ok(Value::ChronoDateTimeUtc(None)),
            _ => time(text)
                .map(Value::from)
                .ok_or_else(|| wrong("a time such as 2026-01-31 or 2026-01-31T08:00:00Z")),
        },
        ColumnType::Date if text.is_empty() => Ok(Value::ChronoDate(None)),
        ColumnType::Date => {
            text.parse::<NaiveDate>().map(Value::from).map_err(|_| wrong("a date such as 2026-01-31"))
        }
        _ => match field.kind() {
            Kind::Enum(kind) => {
                let short = format!("{}_{}", prefix(kind.name()), text.to_ascii_uppercase());
                let full = kind.get_value_by_name(text).or_else(|| kind.get_value_by_name(&short));
                full.map(|value| Value::from(value.name())).ok_or_else(|| {
                    let names: Vec<_> = kind.values().map(|value| value.name().to_owned()).collect();
                    wrong(&format!("one of {}", names.join(", ")))
                })
            }
            _ => Ok(Value::from(text)),
        },
    }
}

/// `AccountType` as `ACCOUNT_TYPE`.
fn prefix(name: &str) -> String {
    let mut prefix = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.push(c.to_ascii_uppercase());
    }
    prefix
}

/// A time, or a date as its first moment.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    moment.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(chrono::NaiveTime::MIN).and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_into_field_operator_and_alternatives() {
        let term = parse("status=open|w\\|on").unwrap();
        assert_eq!((term.field.as_str(), term.operator), ("status", Operator::Equal));
        assert_eq!(term.values, ["open", "w|on"]);
        assert_eq!(parse("amount_minor >= 100").unwrap().values, ["100"]);
        assert_eq!(parse("a.b!=x").unwrap().operator, Operator::Different);
        for malformed in ["", "=x", "name", "name?x", "名=x", "name=\0"] {
            assert_eq!(parse(malformed), None, "{malformed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_values_survive_being_written_and_read(values in proptest::collection::vec("[^\\s\\x00][^\\\\|\\x00]{0,8}[|\\\\]?x", 1..5)) {
            let written: Vec<_> = values.iter().map(|value| value.replace('\\', "\\\\").replace('|', "\\|")).collect();
            let term = parse(&format!("field={}", written.join("|"))).unwrap();
            proptest::prop_assert_eq!(term.values, values);
        }

        #[test]
        fn no_text_at_all_makes_it_panic(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
