//! JSON and query text to a message, with everything that is wrong named by its path.

use std::collections::{HashMap, HashSet};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use crm_kit::error::Violations;
use crm_kit::{Error, Result};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use serde::de::DeserializeSeed;
use serde_json::{Map, Value as Json};

/// Deeper JSON could not be read by the services: protobuf needs three levels for one of a Struct, and has a hundred.
const MAX_DEPTH: usize = 24;

const FORGIVING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, FORGIVING);

/// Reads one request and gathers what is wrong with it.
pub(crate) struct Reader<'t> {
    /// The full names of fields that clients may send back but not set.
    output_only: &'t HashSet<String>,
    path: String,
    violations: Violations,
}

/// Parses a body; an empty one is an empty object.
pub(crate) fn parse(body: &[u8]) -> Result<Json> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Object(Map::new()));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        let message = format!("encode the body as UTF-8, byte {} is not", error.valid_up_to());
        Error::invalid("body", "INVALID_ENCODING", message)
    })?;
    serde_json::from_str(text).map_err(|error| Error::invalid("body", "MALFORMED_JSON", error.to_string()))
}

/// Finds a field by its proto name or by its camel-case JSON name.
pub(crate) fn field(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name))
}

impl<'t> Reader<'t> {
    pub(crate) fn new(output_only: &'t HashSet<String>) -> Self {
        Self { output_only, path: String::new(), violations: Violations::default() }
    }

    /// Fails with all that is wrong.
    pub(crate) fn finish(self) -> Result<()> {
        self.violations.finish()
    }

    /// Reads the body into the message itself.
    pub(crate) fn body(&mut self, target: &mut DynamicMessage, json: &Json) {
        match json {
            _ if depth(json) > MAX_DEPTH => self.too_deep("body"),
            Json::Object(object) => self.object(target, object),
            _ => self.violations.add("body", "TYPE_MISMATCH", "send an object"),
        }
    }

    /// Reads the body into one field of the message.
    pub(crate) fn body_field(&mut self, target: &mut DynamicMessage, field: &FieldDescriptor, json: &Json) {
        if depth(json) > MAX_DEPTH {
            return self.too_deep(field.name());
        }
        self.within(field.name(), |reader| reader.set(target, field, json));
    }

    /// Sets a field, given by the dotted path to it, to what a path or query says. A name given twice is an error
    /// unless its field is a list.
    pub(crate) fn text(&mut self, target: &mut DynamicMessage, fields: &[FieldDescriptor], text: &str) {
        let [field, rest @ ..] = fields else { return };
        if !rest.is_empty() {
            if let Value::Message(inner) = target.get_field_mut(field) {
                self.within(field.name(), |reader| reader.text(inner, rest, text));
            }
            return;
        }
        self.within(field.name(), |reader| {
            let Some(value) = reader.single(&field.kind(), &from_text(&field.kind(), text)) else { return };
            match target.get_field_mut(field) {
                Value::List(list) => list.push(value),
                _ => target.set_field(field, value),
            }
        });
    }

    /// Notes that the query says something that it cannot.
    pub(crate) fn refuse_parameter(&mut self, name: &str, reason: &'static str, message: &str) {
        self.violations.add(name, reason, message);
    }

    fn object(&mut self, target: &mut DynamicMessage, object: &Map<String, Json>) {
        let message = target.descriptor();
        let mut seen = HashMap::new();
        for (name, json) in object {
            self.within(name, |reader| {
                let Some(field) = field(&message, name) else {
                    return reader.refuse("UNKNOWN_FIELD", "remove it, there is no such field");
                };
                // Names a field, or the oneof of which it is one alternative.
                let slot = match field.containing_oneof() {
                    Some(oneof) => oneof.full_name().to_owned(),
                    None => field.full_name().to_owned(),
                };
                if let Some(other) = seen.insert(slot, name) {
                    return reader.refuse("DUPLICATE_FIELD", &format!("send either this or {other}"));
                }
                if !reader.output_only.contains(field.full_name()) {
                    reader.set(target, &field, json);
                }
            });
        }
    }

    fn set(&mut self, target: &mut DynamicMessage, field: &FieldDescriptor, json: &Json) {
        let value = match json {
            Json::Null if !is_null_value(&field.kind()) => return,
            Json::Array(elements) if field.is_list() => Some(Value::List(
                self.each(elements, |reader, element| reader.single(&field.kind(), element)),
            )),
            Json::Object(entries) if field.is_map() => self.map(&field.kind(), entries),
            _ if field.is_list() => self.mismatch("a list"),
            _ if field.is_map() => self.mismatch("an object"),
            _ => self.single(&field.kind(), json),
        };
        if let Some(value) = value {
            target.set_field(field, value);
        }
    }

    fn each(&mut self, elements: &[Json], read: impl Fn(&mut Self, &Json) -> Option<Value>) -> Vec<Value> {
        let mut values = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            values.extend(read(self, element));
            self.path.truncate(length);
        }
        values
    }

    fn map(&mut self, entry: &Kind, entries: &Map<String, Json>) -> Option<Value> {
        let entry = entry.as_message()?;
        let (key_kind, value_kind) =
            (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
        let mut values = HashMap::with_capacity(entries.len());
        for (name, json) in entries {
            self.within(name, |reader| {
                let key = reader.single(&key_kind, &from_text(&key_kind, name)).and_then(Value::into_map_key);
                let value = reader.single(&value_kind, json);
                values.extend(key.zip(value));
            });
        }
        Some(Value::Map(values))
    }

    /// One value that is neither list nor map.
    fn single(&mut self, kind: &Kind, json: &Json) -> Option<Value> {
        match (kind, json) {
            (Kind::Message(message), json) => self.message(message, json),
            (Kind::String, Json::String(text)) => Some(Value::String(text.clone())),
            (Kind::String, _) => self.mismatch("text"),
            (Kind::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
            (Kind::Bool, _) => self.mismatch("true or false"),
            (Kind::Bytes, Json::String(text)) => {
                let standard = text.replace('-', "+").replace('_', "/");
                match BASE64.decode(standard) {
                    Ok(bytes) => Some(Value::Bytes(bytes.into())),
                    Err(_) => self.mismatch("base64"),
                }
            }
            (Kind::Bytes, _) => self.mismatch("base64"),
            (Kind::Enum(_), Json::Null) => Some(Value::EnumNumber(0)),
            (Kind::Enum(kind), json) => {
                let named = json.as_str().and_then(|name| kind.get_value_by_name(name));
                let number = integer(json).and_then(|number| i32::try_from(number).ok());
                match named.or_else(|| number.and_then(|number| kind.get_value(number))) {
                    Some(value) => Some(Value::EnumNumber(value.number())),
                    None => {
                        let names: Vec<_> = kind.values().map(|value| value.name().to_owned()).collect();
                        self.mismatch(&format!("one of {}", names.join(", ")))
                    }
                }
            }
            (Kind::Int32 | Kind::Sint32 | Kind::Sfixed32, json) => {
                self.number(json, "a 32-bit integer", |number| i32::try_from(number).ok().map(Value::I32))
            }
            (Kind::Uint32 | Kind::Fixed32, json) => {
                self.number(json, "an unsigned 32-bit integer", |number| {
                    u32::try_from(number).ok().map(Value::U32)
                })
            }
            (Kind::Int64 | Kind::Sint64 | Kind::Sfixed64, json) => {
                self.number(json, "a 64-bit integer", |number| i64::try_from(number).ok().map(Value::I64))
            }
            (Kind::Uint64 | Kind::Fixed64, json) => {
                self.number(json, "an unsigned 64-bit integer", |number| {
                    u64::try_from(number).ok().map(Value::U64)
                })
            }
            (Kind::Double, json) => match float(json) {
                Some(number) => Some(Value::F64(number)),
                None => self.mismatch("a number"),
            },
            (Kind::Float, json) => match float(json) {
                Some(number) if !number.is_finite() || number.abs() <= f64::from(f32::MAX) => {
                    Some(Value::F32(number as f32))
                }
                _ => self.mismatch("a number"),
            },
        }
    }

    fn number(&mut self, json: &Json, expected: &str, fit: impl Fn(i128) -> Option<Value>) -> Option<Value> {
        integer(json).and_then(fit).or_else(|| self.mismatch(expected))
    }

    fn message(&mut self, message: &MessageDescriptor, json: &Json) -> Option<Value> {
        let Some(name) = message.full_name().strip_prefix("google.protobuf.") else {
            let Json::Object(object) = json else { return self.mismatch("an object") };
            let mut inner = DynamicMessage::new(message.clone());
            self.object(&mut inner, object);
            return Some(Value::Message(inner));
        };
        if let ("FieldMask", Json::String(paths)) = (name, json) {
            let paths = paths.split(',').map(str::trim).filter(|path| !path.is_empty()).map(snake_case);
            let mut mask = DynamicMessage::new(message.clone());
            mask.set_field_by_name("paths", Value::List(paths.map(Value::String).collect()));
            return Some(Value::Message(mask));
        }
        match message.clone().deserialize(json) {
            Ok(value) => Some(Value::Message(value)),
            Err(_) => self.mismatch(match name {
                "Timestamp" => "a time, for example 2026-01-31T09:30:00Z",
                "Duration" => "a duration, for example 1.5s",
                "FieldMask" => "the names of fields, separated by commas",
                "Struct" => "an object",
                "ListValue" => "a list",
                _ => "a value of the field's type",
            }),
        }
    }

    fn within<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = work(self);
        self.path.truncate(length);
        result
    }

    fn refuse(&mut self, reason: &'static str, message: &str) {
        self.violations.add(self.path.clone(), reason, message);
    }

    fn mismatch(&mut self, expected: &str) -> Option<Value> {
        self.refuse("TYPE_MISMATCH", &format!("send {expected}"));
        None
    }

    fn too_deep(&mut self, name: &str) {
        self.violations.add(name, "TOO_DEEP", format!("nest at most {MAX_DEPTH} levels"));
    }
}

/// What text stands for where JSON is expected. Numbers, names and times are accepted as text anyway.
fn from_text(kind: &Kind, text: &str) -> Json {
    let is_bool = match kind {
        Kind::Bool => true,
        Kind::Message(message) => message.full_name() == "google.protobuf.BoolValue",
        _ => false,
    };
    match text {
        "true" if is_bool => Json::Bool(true),
        "false" if is_bool => Json::Bool(false),
        text => Json::String(text.to_owned()),
    }
}

fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::String(text) => text.parse().ok(),
        Json::Number(number) => number.as_i128().or_else(|| {
            // Such as 1e3 or 2.0.
            let number = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e19)?;
            Some(number as i128)
        }),
        _ => None,
    }
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()),
        },
        _ => None,
    }
}

fn is_null_value(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(kind) => kind.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}

fn depth(json: &Json) -> usize {
    match json {
        Json::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        Json::Object(entries) => 1 + entries.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn snake_case(path: &str) -> String {
    let mut snake = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
