//! Wire bytes to JSON in one pass over a plan that is compiled once from the descriptors.
//!
//! Keys are the proto's field names. Scalars, enums and lists are always written; messages and optional fields only when
//! they are set.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Buf;
use prost::encoding::{WireType, decode_key, decode_varint};
use prost_reflect::{Kind, MessageDescriptor};

/// The bytes are not a message of the expected type.
#[derive(Debug)]
pub(crate) struct Malformed;

type Result<T, E = Malformed> = std::result::Result<T, E>;

/// As deep as prost reads.
const MAX_DEPTH: usize = 100;

/// The plans of all messages that can be answered.
#[derive(Default)]
pub(crate) struct Plans {
    messages: Vec<MessagePlan>,
    by_name: HashMap<String, usize>,
}

struct MessagePlan {
    form: Form,
    /// By number.
    fields: Vec<FieldPlan>,
}

/// What a message looks like in JSON.
#[derive(Clone, Copy)]
enum Form {
    Object,
    /// The only field's value: wrappers, Struct, ListValue.
    Only,
    /// The value of whichever field is set: Value.
    Either,
    Timestamp,
    Duration,
    FieldMask,
}

struct FieldPlan {
    number: u32,
    key: Vec<u8>,
    kind: Kind,
    shape: Shape,
    oneof: Option<String>,
    /// The plan of a message kind.
    message: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Always,
    WhenSet,
    List,
    Map,
}

/// One occurrence of a field in the bytes.
#[derive(Clone, Copy)]
struct Occurrence<'a> {
    field: usize,
    value: Raw<'a>,
}

#[derive(Clone, Copy)]
enum Raw<'a> {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(&'a [u8]),
}

impl Plans {
    /// Compiles the plan of a message and of all that it holds, and returns its number.
    pub(crate) fn compile(&mut self, message: &MessageDescriptor) -> usize {
        if let Some(&plan) = self.by_name.get(message.full_name()) {
            return plan;
        }
        // Takes the place before the fields are compiled: a message may hold itself.
        let place = self.messages.len();
        let form = Form::of(message.full_name());
        self.by_name.insert(message.full_name().to_owned(), place);
        self.messages.push(MessagePlan { form, fields: Vec::new() });
        let mut fields = Vec::with_capacity(message.fields().len());
        for field in message.fields() {
            let kind = field.kind();
            let shape = match () {
                () if field.is_map() => Shape::Map,
                () if field.is_list() => Shape::List,
                () if field.supports_presence() && matches!(form, Form::Object) => Shape::WhenSet,
                () => Shape::Always,
            };
            let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
            fields.push(FieldPlan {
                number: field.number(),
                key: format!("\"{}\":", field.name()).into_bytes(),
                shape,
                oneof: oneof.map(|oneof| oneof.name().to_owned()),
                message: kind.as_message().map(|kind| self.compile(kind)).unwrap_or_default(),
                kind,
            });
        }
        fields.sort_by_key(|field| field.number);
        self.messages[place].fields = fields;
        place
    }

    /// Writes an encoded message as JSON.
    pub(crate) fn json(&self, plan: usize, wire: &[u8]) -> Result<Vec<u8>> {
        let mut writer = Writer { plans: &self.messages, out: Vec::with_capacity(2 * wire.len() + 64) };
        writer.message(plan, wire, 0)?;
        Ok(writer.out)
    }
}

impl Form {
    fn of(full_name: &str) -> Self {
        match full_name.strip_prefix("google.protobuf.") {
            Some("Timestamp") => Self::Timestamp,
            Some("Duration") => Self::Duration,
            Some("FieldMask") => Self::FieldMask,
            Some("Value") => Self::Either,
            Some("Struct" | "ListValue") => Self::Only,
            Some(name) if name.ends_with("Value") => Self::Only,
            _ => Self::Object,
        }
    }
}

impl MessagePlan {
    /// The occurrences of the known fields, grouped by field, in their order within each.
    fn scan<'a>(&self, mut wire: &'a [u8]) -> Result<Vec<Occurrence<'a>>> {
        let mut found: Vec<Occurrence<'a>> = Vec::with_capacity(self.fields.len());
        let mut sorted = true;
        while !wire.is_empty() {
            let (number, wire_type) = decode_key(&mut wire).map_err(|_| Malformed)?;
            let value = Raw::take(&mut wire, wire_type)?;
            let Ok(field) = self.fields.binary_search_by_key(&number, |field| field.number) else { continue };
            sorted &= found.last().is_none_or(|last| last.field <= field);
            if let Some(oneof) = &self.fields[field].oneof {
                // Only the last that is set counts.
                found
                    .retain(|one| one.field == field || self.fields[one.field].oneof.as_ref() != Some(oneof));
            }
            found.push(Occurrence { field, value });
        }
        if !sorted {
            found.sort_by_key(|one| one.field);
        }
        Ok(found)
    }
}

impl<'a> Raw<'a> {
    fn take(wire: &mut &'a [u8], wire_type: WireType) -> Result<Self> {
        Ok(match wire_type {
            WireType::Varint => Self::Varint(decode_varint(wire).map_err(|_| Malformed)?),
            WireType::ThirtyTwoBit => Self::Fixed32(wire.try_get_u32_le().map_err(|_| Malformed)?),
            WireType::SixtyFourBit => Self::Fixed64(wire.try_get_u64_le().map_err(|_| Malformed)?),
            WireType::LengthDelimited => {
                let length = decode_varint(wire).map_err(|_| Malformed)?;
                let length = usize::try_from(length).map_err(|_| Malformed)?;
                let (value, rest) = wire.split_at_checked(length).ok_or(Malformed)?;
                *wire = rest;
                Self::Bytes(value)
            }
            WireType::StartGroup | WireType::EndGroup => return Err(Malformed),
        })
    }

    fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Varint(value) => value as i64,
            _ => 0,
        }
    }

    fn text(self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

struct Writer<'p> {
    plans: &'p [MessagePlan],
    out: Vec<u8>,
}

impl<'p> Writer<'p> {
    fn message(&mut self, plan: usize, wire: &[u8], depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Malformed);
        }
        let plan = &self.plans[plan];
        let found = plan.scan(wire)?;
        match plan.form {
            Form::Object => self.object(plan, &found, depth),
            Form::Only => self.field(&plan.fields[0], &found, depth),
            Form::Either => match found.last() {
                Some(last) => self.field(&plan.fields[last.field], &found, depth),
                None => self.plain("null"),
            },
            Form::Timestamp | Form::Duration => {
                let number =
                    |field| found.iter().rfind(|one| one.field == field).map_or(0, |one| one.value.number());
                let (seconds, nanos) = (number(0), number(1) as i32);
                match plan.form {
                    Form::Duration => self.quoted(prost_types::Duration { seconds, nanos }),
                    _ => self.quoted(prost_types::Timestamp { seconds, nanos }),
                }
            }
            Form::FieldMask => {
                let paths = found.iter().map(|one| one.value.text()).collect::<Result<Vec<_>>>()?;
                self.string(&paths.join(","))
            }
        }
    }

    fn object(&mut self, plan: &'p MessagePlan, found: &[Occurrence], depth: usize) -> Result<()> {
        self.out.push(b'{');
        let start = self.out.len();
        let mut rest = found;
        for (index, field) in plan.fields.iter().enumerate() {
            let count = rest.iter().take_while(|one| one.field == index).count();
            let (mine, others) = rest.split_at(count);
            rest = others;
            if mine.is_empty() && field.shape == Shape::WhenSet {
                continue;
            }
            if self.out.len() > start {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&field.key);
            self.field(field, mine, depth)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn field(&mut self, field: &'p FieldPlan, found: &[Occurrence], depth: usize) -> Result<()> {
        match field.shape {
            Shape::List => self.list(field, found, depth),
            Shape::Map => self.map(field, found, depth),
            Shape::Always | Shape::WhenSet => self.single(field, found, depth),
        }
    }

    fn single(&mut self, field: &'p FieldPlan, found: &[Occurrence], depth: usize) -> Result<()> {
        if !matches!(field.kind, Kind::Message(_)) {
            return self.scalar(field, last_or_zero(field, found));
        }
        match found {
            [] => self.message(field.message, &[], depth + 1),
            [one] => self.message(field.message, one.value.bytes()?, depth + 1),
            // Parts of one message; laid end to end they are the whole.
            parts => {
                let parts = parts.iter().map(|part| part.value.bytes()).collect::<Result<Vec<_>>>()?;
                self.message(field.message, &parts.concat(), depth + 1)
            }
        }
    }

    fn list(&mut self, field: &'p FieldPlan, found: &[Occurrence], depth: usize) -> Result<()> {
        let wire_type = field.kind.wire_type();
        self.out.push(b'[');
        let start = self.out.len();
        let separate = |out: &mut Vec<u8>| {
            if out.len() > start {
                out.push(b',');
            }
        };
        for one in found {
            match one.value {
                Raw::Bytes(mut packed) if wire_type != WireType::LengthDelimited => {
                    while !packed.is_empty() {
                        separate(&mut self.out);
                        let element = Raw::take(&mut packed, wire_type)?;
                        self.scalar(field, element)?;
                    }
                }
                value => {
                    separate(&mut self.out);
                    match field.kind {
                        Kind::Message(_) => self.message(field.message, value.bytes()?, depth + 1)?,
                        _ => self.scalar(field, value)?,
                    }
                }
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, field: &'p FieldPlan, found: &[Occurrence], depth: usize) -> Result<()> {
        let entry = &self.plans[field.message];
        let [key, value] = entry.fields.as_slice() else { return Err(Malformed) };
        // The last of equal keys counts; sorted, so that equal maps look equal.
        let mut entries = BTreeMap::new();
        for one in found {
            let parts = entry.scan(one.value.bytes()?)?;
            let middle = parts.partition_point(|part| part.field == 0);
            let start = self.out.len();
            self.scalar(key, last_or_zero(key, &parts[..middle]))?;
            let key = self.out.split_off(start);
            let key = if key.starts_with(b"\"") { key } else { [b"\"", key.as_slice(), b"\""].concat() };
            entries.insert(key, parts[middle..].to_vec());
        }
        self.out.push(b'{');
        for (index, (key, parts)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&key);
            self.out.push(b':');
            self.single(value, &parts, depth + 1)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn scalar(&mut self, field: &FieldPlan, value: Raw) -> Result<()> {
        match (&field.kind, value) {
            (Kind::Bool, Raw::Varint(value)) => self.plain(value != 0),
            (Kind::Int32, Raw::Varint(value)) => self.plain(value as i32),
            (Kind::Uint32, Raw::Varint(value)) => self.plain(value as u32),
            (Kind::Sint32, Raw::Varint(value)) => self.plain(zigzag(value) as i32),
            (Kind::Int64, Raw::Varint(value)) => self.quoted(value as i64),
            (Kind::Uint64, Raw::Varint(value)) => self.quoted(value),
            (Kind::Sint64, Raw::Varint(value)) => self.quoted(zigzag(value)),
            (Kind::Fixed32, Raw::Fixed32(value)) => self.plain(value),
            (Kind::Sfixed32, Raw::Fixed32(value)) => self.plain(value as i32),
            (Kind::Fixed64, Raw::Fixed64(value)) => self.quoted(value),
            (Kind::Sfixed64, Raw::Fixed64(value)) => self.quoted(value as i64),
            (Kind::Float, Raw::Fixed32(value)) => self.float(f32::from_bits(value)),
            (Kind::Double, Raw::Fixed64(value)) => self.float(f64::from_bits(value)),
            (Kind::String, Raw::Bytes(_)) => self.string(value.text()?),
            (Kind::Bytes, Raw::Bytes(value)) => self.string(&STANDARD.encode(value)),
            (Kind::Enum(kind), Raw::Varint(value)) => match kind.get_value(value as i32) {
                Some(_) if kind.full_name() == "google.protobuf.NullValue" => self.plain("null"),
                Some(value) => self.quoted(value.name()),
                None => self.plain(value as i32),
            },
            _ => Err(Malformed),
        }
    }

    fn float<F: Into<f64> + serde::Serialize + Copy>(&mut self, value: F) -> Result<()> {
        match value.into() {
            wide if wide.is_nan() => self.string("NaN"),
            f64::INFINITY => self.string("Infinity"),
            f64::NEG_INFINITY => self.string("-Infinity"),
            // The narrow type, which needs fewer digits.
            _ => serde_json::to_writer(&mut self.out, &value).map_err(|_| Malformed),
        }
    }

    fn string(&mut self, text: &str) -> Result<()> {
        serde_json::to_writer(&mut self.out, text).map_err(|_| Malformed)
    }

    fn plain(&mut self, value: impl Display) -> Result<()> {
        write!(self.out, "{value}").map_err(|_| Malformed)
    }

    fn quoted(&mut self, value: impl Display) -> Result<()> {
        write!(self.out, "\"{value}\"").map_err(|_| Malformed)
    }
}

fn last_or_zero<'a>(field: &FieldPlan, found: &[Occurrence<'a>]) -> Raw<'a> {
    match (found.last(), field.kind.wire_type()) {
        (Some(last), _) => last.value,
        (None, WireType::ThirtyTwoBit) => Raw::Fixed32(0),
        (None, WireType::SixtyFourBit) => Raw::Fixed64(0),
        (None, WireType::LengthDelimited) => Raw::Bytes(&[]),
        (None, _) => Raw::Varint(0),
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
