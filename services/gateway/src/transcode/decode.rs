//! JSON and query text to a message, with everything that is wrong named by its path.

use std::collections::{HashMap, HashSet};

use crm_kit::{Error, Result, Violation};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use serde::de::DeserializeSeed;
use serde_json::{Map, Value as Json, json};

/// Deeper JSON could not be read by the services: protobuf needs three levels for one of a Struct, and has a hundred.
const MAX_DEPTH: usize = 24;

/// What is wrong beyond this is not told, and longer paths and messages are cut: a bad request must not cost more than
/// a good one of its size.
const MAX_VIOLATIONS: usize = 50;
const MAX_TEXT: usize = 200;

/// Reads one request and gathers what is wrong with it.
pub(crate) struct Reader<'t> {
    /// The full names of fields that clients may send back but not set.
    output_only: &'t HashSet<String>,
    path: String,
    violations: Vec<Violation>,
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
        Self { output_only, path: String::new(), violations: Vec::new() }
    }

    /// Fails with all that is wrong.
    pub(crate) fn finish(self) -> Result<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Error::Invalid(self.violations)) }
    }

    /// Reads the body into the message itself, or into one field of it.
    pub(crate) fn body(&mut self, target: &mut DynamicMessage, field: Option<&FieldDescriptor>, json: &Json) {
        match (field, json) {
            _ if depth(json) > MAX_DEPTH => {
                self.refuse_at("body", "TOO_DEEP", &format!("nest at most {MAX_DEPTH} levels"));
            }
            (Some(field), json) => self.within(field.name(), |reader| reader.set(target, field, json)),
            (None, Json::Object(object)) => self.object(target, object),
            (None, _) => self.refuse_at("body", "TYPE_MISMATCH", "send an object"),
        }
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
            let json = from_text(field, text);
            if !field.is_list() {
                return reader.set(target, field, &json);
            }
            let value = reader.leaf(field, json!([json])).and_then(first);
            if let Value::List(list) = target.get_field_mut(field) {
                list.extend(value);
            }
        });
    }

    /// Notes what is wrong at a path.
    pub(crate) fn refuse_at(&mut self, path: &str, reason: &'static str, message: &str) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation::new(cut(path), reason, cut(message)));
        }
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
        let kind = field.kind();
        let message = kind.as_message().filter(|message| !is_well_known(message) && !field.is_map());
        let value = match (json, message) {
            (Json::Array(elements), _) if field.is_list() => {
                let read = |(index, element): (usize, &Json)| {
                    let place = format!("[{index}]");
                    self.at(&place, |reader| match (element, message) {
                        (Json::Object(object), Some(message)) => Some(reader.message(message, object)),
                        _ => reader.leaf(field, json!([element])).and_then(first),
                    })
                };
                Some(Value::List(elements.iter().enumerate().filter_map(read).collect()))
            }
            (Json::Object(object), Some(message)) if !field.is_list() => Some(self.message(message, object)),
            _ => self.leaf(field, json.clone()),
        };
        if let Some(value) = value {
            target.set_field(field, value);
        }
    }

    fn message(&mut self, descriptor: &MessageDescriptor, object: &Map<String, Json>) -> Value {
        let mut message = DynamicMessage::new(descriptor.clone());
        self.object(&mut message, object);
        Value::Message(message)
    }

    /// What reflection reads as the value of a field; nothing for null.
    fn leaf(&mut self, field: &FieldDescriptor, json: Json) -> Option<Value> {
        let kind = field.kind();
        if let (Json::String(paths), true) = (&json, is_field_mask(&kind)) {
            return Some(Value::Message(field_mask(kind.as_message()?, paths)));
        }
        match field.parent_message().clone().deserialize(json!({ field.name(): json })) {
            Ok(mut message) => message.take_field(field),
            Err(error) => {
                self.refuse("TYPE_MISMATCH", &error.to_string());
                None
            }
        }
    }

    fn within<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        match self.path.is_empty() {
            true => self.at(name, work),
            false => self.at(&format!(".{name}"), work),
        }
    }

    fn at<T>(&mut self, place: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(place);
        let result = work(self);
        self.path.truncate(length);
        result
    }

    fn refuse(&mut self, reason: &'static str, message: &str) {
        let path = std::mem::take(&mut self.path);
        self.refuse_at(&path, reason, message);
        self.path = path;
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

fn first(list: Value) -> Option<Value> {
    match list {
        Value::List(values) => values.into_iter().next(),
        _ => None,
    }
}

fn is_well_known(message: &MessageDescriptor) -> bool {
    message.full_name().starts_with("google.protobuf.")
}

/// Whether a kind is a list of the names of fields.
pub(crate) fn is_field_mask(kind: &Kind) -> bool {
    kind.as_message().is_some_and(|message| message.full_name() == "google.protobuf.FieldMask")
}

/// A mask of comma-separated names, which are kept as they are in the protos.
fn field_mask(descriptor: &MessageDescriptor, paths: &str) -> DynamicMessage {
    let mut mask = DynamicMessage::new(descriptor.clone());
    let paths = paths.split(',').map(str::trim).filter(|path| !path.is_empty());
    mask.set_field_by_name("paths", Value::List(paths.map(snake_case).map(Value::String).collect()));
    mask
}

/// What text stands for where JSON is expected. Numbers, names and times are text in JSON, too.
fn from_text(field: &FieldDescriptor, text: &str) -> Json {
    let is_bool = match field.kind() {
        Kind::Bool => true,
        Kind::Message(message) => message.full_name() == "google.protobuf.BoolValue",
        _ => false,
    };
    let number = || matches!(field.kind(), Kind::Enum(_)).then(|| text.parse::<i32>().ok()).flatten();
    match (text, number()) {
        ("true", _) if is_bool => true.into(),
        ("false", _) if is_bool => false.into(),
        (_, Some(number)) => number.into(),
        _ => text.into(),
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
