//! JSON schemas of messages and enums.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
};
use serde_json::{Map, Value, json};

use crate::annotation;

/// The schemas that operations refer to, each described once.
pub(super) struct Schemas {
    pub(super) comments: Comments,
    components: Map<String, Value>,
}

/// The comments of the protos, by file and place.
pub(super) struct Comments(HashMap<String, HashMap<Vec<i32>, String>>);

impl Comments {
    fn new(pool: &DescriptorPool) -> Self {
        let of_file = |file: FileDescriptor| {
            let locations =
                file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
            let comments = locations
                .filter_map(|place| Some((place.path.clone(), tidy(place.leading_comments.as_ref()?))));
            (file.name().to_owned(), comments.collect())
        };
        Self(pool.files().map(of_file).collect())
    }

    /// The comment at a place in a file; empty without one.
    pub(super) fn of(&self, file: &FileDescriptor, path: &[i32]) -> String {
        self.0.get(file.name()).and_then(|comments| comments.get(path)).cloned().unwrap_or_default()
    }
}

fn tidy(comment: &str) -> String {
    comment.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

impl Schemas {
    pub(super) fn new(pool: &DescriptorPool) -> Self {
        Self { comments: Comments::new(pool), components: Map::new() }
    }

    /// All schemas that were asked for, and the one of problems.
    pub(super) fn finish(mut self) -> Value {
        self.components.insert("Problem".to_owned(), problem());
        self.components.into()
    }

    /// A message as an answer or a body.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Value {
        match well_known(message.full_name()) {
            Some(schema) => schema,
            None => self.component(message, ""),
        }
    }

    /// A message of which a body holds only what is to change.
    pub(super) fn patch(&mut self, message: &MessageDescriptor) -> Value {
        self.component(message, "Patch")
    }

    /// A request as a body, without what the path says.
    pub(super) fn body(&mut self, message: &MessageDescriptor, captures: &[&str]) -> Value {
        self.object(message, |field| !captures.contains(&field.name()))
    }

    fn component(&mut self, message: &MessageDescriptor, suffix: &str) -> Value {
        let name = format!("{}{suffix}", component_name(message.full_name()));
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        if !self.components.contains_key(&name) {
            // Takes the place first: a message may hold itself.
            self.components.insert(name.clone(), Value::Null);
            let mut schema = self.object(message, |_| true);
            if let (false, Value::Object(schema)) = (suffix.is_empty(), &mut schema) {
                schema.remove("required");
            }
            self.components.insert(name, schema);
        }
        reference
    }

    fn object(&mut self, message: &MessageDescriptor, is_in: impl Fn(&FieldDescriptor) -> bool) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(is_in) {
            if annotation::behavior(&field).required {
                required.push(field.name().to_owned());
            }
            properties.insert(field.name().to_owned(), self.field(&field));
        }
        let description = self.comments.of(&message.parent_file(), message.path());
        let mut schema = json!({"type": "object", "description": description, "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// A field with what is said about it.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = self.value(field);
        let mut description = self.comments.of(&field.parent_message().parent_file(), field.path());
        let behavior = annotation::behavior(field);
        if behavior.output_only {
            schema["readOnly"] = true.into();
        }
        if behavior.input_only {
            schema["writeOnly"] = true.into();
        }
        if behavior.sensitive {
            schema["x-sensitive"] = true.into();
            description += " Encrypted at rest; masked for callers without the permission to reveal it.";
        }
        schema["description"] = description.into();
        schema
    }

    /// The values of a field.
    pub(super) fn value(&mut self, field: &FieldDescriptor) -> Value {
        let kind = field.kind();
        match &kind {
            Kind::Message(entry) if field.is_map() => {
                json!({"type": "object", "additionalProperties": self.kind(&entry.map_entry_value_field().kind())})
            }
            kind if field.is_list() => json!({"type": "array", "items": self.kind(kind)}),
            kind => self.kind(kind),
        }
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.message(message),
            Kind::Enum(kind) => self.enumeration(kind),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"})
            }
            Kind::Uint64 | Kind::Fixed64 => {
                json!({"type": "string", "format": "uint64", "pattern": "^[0-9]+$"})
            }
            Kind::Float => json!({"type": "number", "format": "float"}),
            Kind::Double => json!({"type": "number", "format": "double"}),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        }
    }

    fn enumeration(&mut self, kind: &EnumDescriptor) -> Value {
        let name = component_name(kind.full_name());
        if !self.components.contains_key(&name) {
            let file = kind.parent_file();
            let names: Vec<_> = kind.values().map(|value| value.name().to_owned()).collect();
            let lines = kind
                .values()
                .map(|value| format!("\n- `{}`: {}", value.name(), self.comments.of(&file, value.path())));
            let description = self.comments.of(&file, kind.path()) + "\n" + &lines.collect::<String>();
            self.components
                .insert(name.clone(), json!({"type": "string", "enum": names, "description": description}));
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// `crm.customers.v1.Account` as `customers.Account`.
fn component_name(full_name: &str) -> String {
    let name = full_name.strip_prefix("crm.").unwrap_or(full_name);
    name.replacen(".v1.", ".", 1)
}

fn well_known(full_name: &str) -> Option<Value> {
    Some(match full_name.strip_prefix("google.protobuf.")? {
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Duration" => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?s$"}),
        "FieldMask" => json!({"type": "string", "example": "name,website"}),
        "Struct" => json!({"type": "object", "additionalProperties": true}),
        "ListValue" => json!({"type": "array", "items": {}}),
        "Value" => json!({}),
        "BoolValue" => json!({"type": "boolean"}),
        "Int32Value" | "UInt32Value" => json!({"type": "integer"}),
        "FloatValue" | "DoubleValue" => json!({"type": "number"}),
        name if name.ends_with("Value") => json!({"type": "string"}),
        _ => json!({"type": "object"}),
    })
}

fn problem() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "reason"],
        "properties": {
            "type": text("Always `about:blank`; decide by `reason`."),
            "title": text("The status in words."),
            "status": {"type": "integer", "description": "The HTTP status."},
            "detail": text("What to do, for people."),
            "reason": text("What went wrong, for programs: UPPER_SNAKE."),
            "violations": {
                "type": "array",
                "description": "Everything that is wrong with the request.",
                "items": {
                    "type": "object",
                    "required": ["field", "reason", "message"],
                    "properties": {
                        "field": text("The path of the field, for example `account.emails[0].address`."),
                        "reason": text("What is wrong with it: UPPER_SNAKE."),
                        "message": text("What to do, for people."),
                    },
                },
            },
            "etag": text("The present etag of a record that somebody else has changed meanwhile."),
            "changed_fields": {
                "type": "array",
                "description": "What somebody else has changed of it, as far as the caller may see it.",
                "items": {"type": "string"},
            },
            "request_id": text("Names the request in the logs."),
            "instance": text("The path of the request."),
        },
    })
}
