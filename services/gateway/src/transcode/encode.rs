//! Wire bytes to JSON in one pass over a plan that is compiled once from the descriptors.
//!
//! Keys are the proto's field names. Scalars, enums and lists are always written; messages and optional fields only when
//! they are set.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    has_oneofs: bool,
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
    /// The names of an enum kind.
    names: BTreeMap<i32, String>,
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
    Fixed32([u8; 4]),
    Fixed64([u8; 8]),
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
        self.messages.push(MessagePlan { form, fields: Vec::new(), has_oneofs: false });
        let mut fields = Vec::with_capacity(message.fields().len());
        for field in message.fields() {
            let kind = field.kind();
            let shape = match () {
                () if field.is_map() => Shape::Map,
                () if field.is_list() => Shape::List,
                () if field.supports_presence() && matches!(form, Form::Object) => Shape::WhenSet,
                () => Shape::Always,
            };
            let names = kind
                .as_enum()
                .map(|kind| kind.values().map(|value| (value.number(), value.name().to_owned())).collect());
            fields.push(FieldPlan {
                number: field.number(),
                key: format!("\"{}\":", field.name()).into_bytes(),
                shape,
                oneof: field
                    .containing_oneof()
                    .filter(|one| !one.is_synthetic())
                    .map(|one| one.name().to_owned()),
                message: kind.as_message().map(|kind| self.compile(kind)).unwrap_or_default(),
                names: names.unwrap_or_default(),
                kind,
            });
        }
        fields.sort_by_key(|field| field.number);
        let plan = &mut self.messages[place];
        plan.has_oneofs = fields.iter().any(|field| field.oneof.is_some());
        plan.fields = fields;
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
            let last = found.last().map_or(0, |last| last.field);
            // Fields mostly come in order, so the next is at or right after the last.
            let field = match self.fields[last.min(self.fields.len())..]
                .iter()
                .take(2)
                .position(|f| f.number == number)
            {
                Some(step) => last + step,
                None => match self.fields.binary_search_by_key(&number, |field| field.number) {
                    Ok(field) => field,
                    Err(_) => continue,
                },
            };
            sorted &= last <= field;
            if self.has_oneofs && self.fields[field].oneof.is_some() {
                // Of a oneof only the last one set counts.
                found.retain(|one| {
                    one.field == field || self.fields[one.field].oneof != self.fields[field].oneof
                });
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
            WireType::ThirtyTwoBit => Self::Fixed32(*split(wire)?),
            WireType::SixtyFourBit => Self::Fixed64(*split(wire)?),
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

    fn zero(wire_type: WireType) -> Self {
        match wire_type {
            WireType::ThirtyTwoBit => Self::Fixed32([0; 4]),
            WireType::SixtyFourBit => Self::Fixed64([0; 8]),
            WireType::LengthDelimited => Self::Bytes(&[]),
            _ => Self::Varint(0),
        }
    }
}

fn split<'a, const N: usize>(wire: &mut &'a [u8]) -> Result<&'a [u8; N]> {
    let (value, rest) = wire.split_first_chunk().ok_or(Malformed)?;
    *wire = rest;
    Ok(value)
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
                None => self.write(format_args!("null")),
            },
            Form::Timestamp => {
                let (seconds, nanos) = seconds_and_nanos(&found);
                self.write(format_args!("\"{}\"", prost_types::Timestamp { seconds, nanos }))
            }
            Form::Duration => {
                let (seconds, nanos) = seconds_and_nanos(&found);
                self.write(format_args!("\"{}\"", prost_types::Duration { seconds, nanos }))
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
            let last = found.last().map_or(Raw::zero(field.kind.wire_type()), |last| last.value);
            return self.scalar(field, last);
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
            self.scalar(
                key,
                parts[..middle].last().map_or(Raw::zero(key.kind.wire_type()), |last| last.value),
            )?;
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
            (Kind::Bool, Raw::Varint(value)) => self.write(format_args!("{}", value != 0)),
            (Kind::Int32, Raw::Varint(value)) => self.write(format_args!("{}", value as i32)),
            (Kind::Uint32, Raw::Varint(value)) => self.write(format_args!("{}", value as u32)),
            (Kind::Sint32, Raw::Varint(value)) => self.write(format_args!("{}", zigzag(value) as i32)),
            (Kind::Int64, Raw::Varint(value)) => self.write(format_args!("\"{}\"", value as i64)),
            (Kind::Uint64, Raw::Varint(value)) => self.write(format_args!("\"{value}\"")),
            (Kind::Sint64, Raw::Varint(value)) => self.write(format_args!("\"{}\"", zigzag(value))),
            (Kind::Fixed32, Raw::Fixed32(value)) => self.write(format_args!("{}", u32::from_le_bytes(value))),
            (Kind::Sfixed32, Raw::Fixed32(value)) => {
                self.write(format_args!("{}", i32::from_le_bytes(value)))
            }
            (Kind::Fixed64, Raw::Fixed64(value)) => {
                self.write(format_args!("\"{}\"", u64::from_le_bytes(value)))
            }
            (Kind::Sfixed64, Raw::Fixed64(value)) => {
                self.write(format_args!("\"{}\"", i64::from_le_bytes(value)))
            }
            (Kind::Float, Raw::Fixed32(value)) => self.float(f32::from_le_bytes(value)),
            (Kind::Double, Raw::Fixed64(value)) => self.float(f64::from_le_bytes(value)),
            (Kind::String, Raw::Bytes(_)) => self.string(value.text()?),
            (Kind::Bytes, Raw::Bytes(value)) => self.string(&STANDARD.encode(value)),
            (Kind::Enum(kind), Raw::Varint(value)) => match field.names.get(&(value as i32)) {
                Some(_) if kind.full_name() == "google.protobuf.NullValue" => {
                    self.write(format_args!("null"))
                }
                Some(name) => self.write(format_args!("\"{name}\"")),
                None => self.write(format_args!("{}", value as i32)),
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

    fn write(&mut self, text: std::fmt::Arguments) -> Result<()> {
        self.out.write_fmt(text).map_err(|_| Malformed)
    }
}

impl<'a> Raw<'a> {
    fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    fn text(self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn seconds_and_nanos(found: &[Occurrence]) -> (i64, i32) {
    let number = |field| {
        found.iter().rfind(|one| one.field == field).map_or(0, |one| match one.value {
            Raw::Varint(value) => value as i64,
            _ => 0,
        })
    };
    (number(0), number(1) as i32)
}
