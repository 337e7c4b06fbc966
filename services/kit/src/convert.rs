//! Conversions between the protos' types and the records' types.

use chrono::{DateTime, SubsecRound, Utc};
use prost_types::{ListValue, Struct, Timestamp, Value, value::Kind};
use serde_json::Value as Json;

use crate::error::Violations;

/// A double holds integers up to 2^53 exactly.
const LARGEST_INTEGER: f64 = 9_007_199_254_740_992.0;

/// A time as the protos write it.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default();
    Timestamp { seconds: time.timestamp(), nanos }
}

/// A time as the records keep it, to the microsecond; `None` outside the years that the calendar knows.
pub fn time(timestamp: &Timestamp) -> Option<DateTime<Utc>> {
    let time = DateTime::from_timestamp(timestamp.seconds, u32::try_from(timestamp.nanos).ok()?);
    time.map(|time| time.trunc_subsecs(6))
}

/// A time that may not be set.
pub fn optional_timestamp(time: Option<DateTime<Utc>>) -> Option<Timestamp> {
    time.map(timestamp)
}

/// The name of an enum's value; a number that means nothing is a violation.
pub fn enum_name<E: TryFrom<i32> + Default>(
    number: i32,
    as_name: fn(&E) -> &'static str,
    path: &str,
    violations: &mut Violations,
) -> String {
    let value = E::try_from(number).unwrap_or_else(|_| {
        violations.add(path, "ENUM_UNKNOWN", "give one of the values that the API names");
        E::default()
    });
    as_name(&value).to_owned()
}

/// The number of an enum's value; a name that means nothing any more is unspecified.
pub fn enum_number<E: Default + Into<i32>>(name: &str, from_name: fn(&str) -> Option<E>) -> i32 {
    from_name(name).unwrap_or_default().into()
}

/// A JSON object as the protos write it; anything else is empty.
pub fn structure(json: &Json) -> Struct {
    let fields = json.as_object().into_iter().flatten();
    Struct { fields: fields.map(|(key, value)| (key.clone(), value_of(value))).collect() }
}

/// The JSON object that a struct is.
pub fn json(structure: &Struct) -> Json {
    Json::Object(structure.fields.iter().map(|(key, value)| (key.clone(), json_of(value))).collect())
}

fn value_of(json: &Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(*value),
        // Larger ones keep their digits as text.
        Json::Number(number) => match number.as_f64().filter(|value| value.abs() <= LARGEST_INTEGER) {
            Some(value) => Kind::NumberValue(value),
            None => Kind::StringValue(number.to_string()),
        },
        Json::String(value) => Kind::StringValue(value.clone()),
        Json::Array(values) => Kind::ListValue(ListValue { values: values.iter().map(value_of).collect() }),
        Json::Object(_) => Kind::StructValue(structure(json)),
    };
    Value { kind: Some(kind) }
}

fn json_of(value: &Value) -> Json {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::Bool(*value),
        // Doubles are all that the protos have; what was an integer becomes one again.
        Some(Kind::NumberValue(value)) if value.fract() == 0.0 && value.abs() <= LARGEST_INTEGER => {
            Json::from(*value as i64)
        }
        Some(Kind::NumberValue(value)) => {
            serde_json::Number::from_f64(*value).map_or(Json::Null, Json::Number)
        }
        Some(Kind::StringValue(value)) => Json::String(value.clone()),
        Some(Kind::ListValue(list)) => Json::Array(list.values.iter().map(json_of).collect()),
        Some(Kind::StructValue(value)) => json(value),
    }
}
