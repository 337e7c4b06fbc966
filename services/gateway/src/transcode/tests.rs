use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use prost_reflect::{MapKey, SerializeOptions};
use serde_json::json;

use super::*;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let root = env!("CARGO_MANIFEST_DIR");
    let includes = [format!("{root}/tests"), format!("{root}/../../protos")];
    let mut compiler = protox::Compiler::new(includes).unwrap();
    compiler.include_imports(true).open_file("everything.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
});

static TRANSCODER: LazyLock<Transcoder> = LazyLock::new(|| Transcoder::new(&POOL, |_| true).unwrap());

fn descriptor(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("everything.v1.{name}")).unwrap()
}

fn to_json(descriptor: &MessageDescriptor, wire: &[u8]) -> Result<Json, String> {
    let mut plans = Plans::default();
    let plan = plans.compile(descriptor);
    let json = plans.json(plan, wire).map_err(|error| format!("{error:?}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&json)))
}

fn oracle(message: &DynamicMessage) -> Json {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let mut text = serde_json::Serializer::new(Vec::new());
    message.serialize_with_options(&mut text, &options).unwrap();
    // Through text, as what it is compared with: reading a number back may change its last digit.
    serde_json::from_slice(&text.into_inner()).unwrap()
}

fn from_json(descriptor: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Vec<String>> {
    let nothing = HashSet::new();
    let mut reader = Reader::new(&nothing);
    let mut message = DynamicMessage::new(descriptor.clone());
    reader.body(&mut message, None, json);
    reader.finish().map(|()| message).map_err(complaints)
}

fn complaints(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(violations) => {
            violations.iter().map(|one| format!("{} {}", one.field, one.reason)).collect()
        }
        other => panic!("{other}"),
    }
}

/// Any value of a field's type, nested a little.
fn value(kind: &Kind, depth: u32) -> BoxedStrategy<Value> {
    match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => any::<i32>().prop_map(Value::I32).boxed(),
        Kind::Uint32 | Kind::Fixed32 => any::<u32>().prop_map(Value::U32).boxed(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => any::<i64>().prop_map(Value::I64).boxed(),
        Kind::Uint64 | Kind::Fixed64 => any::<u64>().prop_map(Value::U64).boxed(),
        Kind::Float => any::<f32>().prop_map(Value::F32).boxed(),
        Kind::Double => any::<f64>().prop_map(Value::F64).boxed(),
        Kind::String => "\\PC{0,6}|[\\x00-\\x7f]{0,4}|北京\"\\\\".prop_map(Value::String).boxed(),
        Kind::Bytes => vec(any::<u8>(), 0..6).prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        Kind::Enum(kind) if kind.full_name() == "google.protobuf.NullValue" => {
            Just(Value::EnumNumber(0)).boxed()
        }
        Kind::Enum(_) => prop_oneof![Just(0), Just(1), Just(-2)].prop_map(Value::EnumNumber).boxed(),
        Kind::Message(kind) => message(kind, depth).prop_map(Value::Message).boxed(),
    }
}

fn message(descriptor: &MessageDescriptor, depth: u32) -> BoxedStrategy<DynamicMessage> {
    let special = match descriptor.full_name() {
        "google.protobuf.Timestamp" => {
            // Microseconds of any year that has four digits.
            Some(
                (-62_135_596_800..253_402_300_800_i64, (0..1_000_000).prop_map(|micros| micros * 1000))
                    .boxed(),
            )
        }
        "google.protobuf.Duration" => Some((0..1_000_000_i64, 0..1_000_000_000).boxed()),
        _ => None,
    };
    let descriptor = descriptor.clone();
    if let Some(parts) = special {
        let build = move |(seconds, nanos)| {
            let mut message = DynamicMessage::new(descriptor.clone());
            message.set_field_by_name("seconds", Value::I64(seconds));
            message.set_field_by_name("nanos", Value::I32(nanos));
            message
        };
        return parts.prop_map(build).boxed();
    }
    let is_value = descriptor.full_name() == "google.protobuf.Value";
    if is_value && depth == 0 {
        let mut leaf = DynamicMessage::new(descriptor);
        leaf.set_field_by_name("string_value", Value::String("leaf".to_owned()));
        return Just(leaf).boxed();
    }
    let is_well_known = descriptor.full_name().starts_with("google.protobuf.");
    let fields: Vec<_> = descriptor.fields().collect();
    let strategies: Vec<_> = fields
        .iter()
        .map(|field| {
            let kind = field.kind();
            if depth == 0 && kind.as_message().is_some() {
                return Just(None).boxed();
            }
            // What JSON cannot say in these is not made.
            let finite = |value: &Value| {
                !matches!(value, Value::F64(x) if !x.is_finite())
                    && !matches!(value, Value::F32(x) if !x.is_finite())
            };
            let single = value(&kind, depth.saturating_sub(1));
            let single = if is_well_known { single.prop_filter("finite", finite).boxed() } else { single };
            let whole = if field.is_map() {
                let entry = kind.as_message().unwrap().clone();
                let key =
                    value(&entry.map_entry_key_field().kind(), 0).prop_map(|key| key.into_map_key().unwrap());
                let value = value(&entry.map_entry_value_field().kind(), depth.saturating_sub(1));
                let entries = vec((key, value), 0..3)
                    .prop_map(|entries: Vec<(MapKey, Value)>| entries.into_iter().collect());
                entries.prop_map(Value::Map).boxed()
            } else if field.is_list() {
                vec(single, 0..3).prop_map(Value::List).boxed()
            } else {
                single
            };
            proptest::option::weighted(0.5, whole).boxed()
        })
        .collect();
    strategies
        .prop_map(move |values| {
            let mut message = DynamicMessage::new(descriptor.clone());
            for (field, value) in fields.iter().zip(values) {
                if let Some(value) = value {
                    message.set_field(field, value);
                }
            }
            message
        })
        .boxed()
}

/// A message as bytes, because reflection cannot print a message that may hold itself.
fn wire(name: &str, depth: u32) -> impl Strategy<Value = Vec<u8>> {
    message(&descriptor(name), depth).prop_map(|message| message.encode_to_vec())
}

fn everything(wire: &[u8]) -> DynamicMessage {
    DynamicMessage::decode(descriptor("Everything"), wire).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn json_of_any_message_is_what_reflection_says(wire in wire("Everything", 2)) {
        prop_assert_eq!(to_json(&descriptor("Everything"), &wire).unwrap(), oracle(&everything(&wire)));
    }

    #[test]
    fn messages_laid_end_to_end_are_merged(
        first in wire("Everything", 1), second in wire("Everything", 1), unpacked in wire("Unpacked", 1),
    ) {
        let wire = [first, unpacked, second].concat();
        prop_assert_eq!(to_json(&descriptor("Everything"), &wire).unwrap(), oracle(&everything(&wire)));
    }

    #[test]
    fn fields_in_any_order_are_read(wire in wire("Everything", 1)) {
        let message = everything(&wire);
        let mut reversed = Vec::new();
        for (field, value) in message.fields().collect::<Vec<_>>().into_iter().rev() {
            let mut one = DynamicMessage::new(message.descriptor());
            one.set_field(&field, value.clone());
            reversed.extend(one.encode_to_vec());
        }
        prop_assert_eq!(to_json(&descriptor("Everything"), &reversed).unwrap(), oracle(&message));
    }

    #[test]
    fn a_message_survives_json(wire in wire("Everything", 2)) {
        let message = everything(&wire);
        let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
        let snake = message.serialize_with_options(serde_json::value::Serializer, &options).unwrap();
        for json in [snake, serde_json::to_value(&message).unwrap()] {
            let read = from_json(&message.descriptor(), &json).unwrap();
            prop_assert_eq!(oracle(&read), oracle(&message));
        }
    }

    #[test]
    fn no_bytes_and_no_json_make_it_panic(bytes in vec(any::<u8>(), 0..64), text in "\\PC{0,32}") {
        let _ = to_json(&descriptor("Everything"), &bytes);
        if let Ok(json) = serde_json::from_str(&text) {
            let _ = from_json(&descriptor("Everything"), &json);
        }
    }

    #[test]
    fn any_text_gets_through_path_and_query(text in "\\PC{1,12}") {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let message = request(Method::GET, &format!("/v1/shelves/{encoded}/things?filter={encoded}"), "").unwrap();
        let said = oracle(&message);
        prop_assert_eq!(&said["shelf"], &json!(text));
        prop_assert_eq!(&said["filter"], &json!([text]));
    }
}

fn request_with(method: Method, target: &str, body: &[u8], if_match: Option<&str>) -> Result<DynamicMessage> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Found::Route(route, captures) = TRANSCODER.find(&method, path)? else {
        panic!("{target} leads nowhere")
    };
    TRANSCODER.request(route, &captures, &Content { query, body, if_match })
}

fn request(method: Method, target: &str, body: &str) -> Result<DynamicMessage, Vec<String>> {
    request_with(method, target, body.as_bytes(), None).map_err(complaints)
}

/// The parts of a request that are set.
fn said(method: Method, target: &str, body: &str) -> Json {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(true);
    let message = request(method, target, body).unwrap();
    message.serialize_with_options(serde_json::value::Serializer, &options).unwrap()
}

#[test]
fn path_and_query_fill_the_request() {
    let target = "/v1/shelves/top/things?page_size=7&filter=a%3D1&filter=b+c&color=COLOR_RED&colors=COLOR_RED&colors=-2\
                  &deep=true&inner.text=x&inner.numbers=1&inner.numbers=2&inner.inner.count=9&since=2026-01-31T09:30:00Z\
                  &within=1.5s&maybe=false&readMask=display_name,inner.textSize";
    let expected = json!({
        "shelf": "top", "page_size": 7, "filter": ["a=1", "b c"], "color": "COLOR_RED",
        "colors": ["COLOR_RED", "COLOR_GREEN"], "deep": true,
        "inner": {"text": "x", "numbers": [1, 2], "inner": {"count": "9"}},
        "since": "2026-01-31T09:30:00Z", "within": "1.500s", "maybe": false,
        "read_mask": "displayName,inner.textSize",
    });
    assert_eq!(said(Method::GET, target, ""), expected);
}

#[test]
fn what_the_query_cannot_say_is_named() {
    let ask = |query: &str| request(Method::GET, &format!("/v1/shelves/top/things?{query}"), "").unwrap_err();
    assert_eq!(ask("colour=1&page_size=x"), ["colour UNKNOWN_PARAMETER", "page_size TYPE_MISMATCH"]);
    assert_eq!(ask("shelf=other"), ["shelf UNKNOWN_PARAMETER"]);
    assert_eq!(ask("page_size=1&page_size=2"), ["page_size DUPLICATE_PARAMETER"]);
    assert_eq!(ask("inner=x"), ["inner UNKNOWN_PARAMETER"]);
    assert_eq!(ask("labels.a=x"), ["labels.a UNKNOWN_PARAMETER"]);
    assert_eq!(ask("inner.inner.count=1.5"), ["inner.inner.count TYPE_MISMATCH"]);
    assert_eq!(ask("filter=%FF"), ["query INVALID_ENCODING"]);
    assert_eq!(ask("deep=yes&color=blue"), ["deep TYPE_MISMATCH", "color TYPE_MISMATCH"]);
    let ask = |query: &str| request(Method::PATCH, &format!("/v1/things/1?{query}"), "{}").unwrap_err();
    assert_eq!(ask("thing.size=3"), ["thing.size UNKNOWN_PARAMETER"]);
    assert_eq!(ask("thing.id=3"), ["thing.id UNKNOWN_PARAMETER"]);
    let rename = request(Method::POST, "/v1/things/1:rename?name=x", "{}").unwrap_err();
    assert_eq!(rename, ["name UNKNOWN_PARAMETER"]);
}

#[test]
fn the_body_fills_the_request_and_the_path_wins() {
    assert_eq!(
        said(Method::POST, "/v1/things/7:rename", r#"{"id": "8", "name": "x"}"#),
        json!({"id": "7", "name": "x"})
    );
    assert_eq!(said(Method::POST, "/v1/things/7:rename", " "), json!({"id": "7"}));
    assert_eq!(said(Method::GET, "/v1/shelves/any/things/7", ""), json!({"id": "7"}));
}

#[test]
fn a_patch_names_what_its_body_changes() {
    let body = r#"{"id": "8", "etag": "3", "create_time": "2026-01-01T00:00:00Z", "displayName": "x", "size": null}"#;
    assert_eq!(
        said(Method::PATCH, "/v1/things/7", body),
        json!({"thing": {"id": "7", "etag": "3", "display_name": "x"}, "update_mask": "displayName,size"})
    );
    assert_eq!(
        said(Method::PATCH, "/v1/things/7?update_mask=size", r#"{"size": 1, "display_name": "x"}"#),
        json!({"thing": {"id": "7", "size": 1, "display_name": "x"}, "update_mask": "size"})
    );
    // Present but empty: nothing is to change.
    assert_eq!(said(Method::PATCH, "/v1/things/7", ""), json!({"thing": {"id": "7"}, "update_mask": ""}));
}

#[test]
fn if_match_is_the_etag_unless_the_body_has_one() {
    let ask = |method, body: &str, tag| {
        oracle(&request_with(method, "/v1/things/7", body.as_bytes(), Some(tag)).unwrap())
    };
    assert_eq!(ask(Method::PATCH, "{}", "\"5\"")["thing"]["etag"], "5");
    assert_eq!(ask(Method::PATCH, r#"{"etag": "4"}"#, "\"5\"")["thing"]["etag"], "4");
    assert_eq!(ask(Method::DELETE, "", "W/\"5\"")["etag"], "5");
    assert_eq!(ask(Method::DELETE, "", "*")["etag"], "");
}

#[test]
fn everything_wrong_with_a_body_is_named_at_once() {
    let body = r#"{"display_name": 5, "size": "big", "colour": 1, "everything": {
        "int32s": [1, "x", 2.5], "inners": [{}, {"text": []}], "counts": {"a": true}, "inner_by_number": {"x": {}},
        "time": "yesterday", "some_bytes": "?", "a_uint32": -1, "color": "BLUE", "strings": "x", "a_float": 1e300,
        "choice_text": "a", "choice_number": 1, "a_bool": "true", "fields": [], "inner": 3, "aBool": true}}"#;
    let mut complaints = request(Method::PATCH, "/v1/things/7", body).unwrap_err();
    complaints.sort();
    assert_eq!(
        complaints,
        [
            "thing.colour UNKNOWN_FIELD",
            "thing.display_name TYPE_MISMATCH",
            "thing.everything.a_bool DUPLICATE_FIELD",
            "thing.everything.a_float TYPE_MISMATCH",
            "thing.everything.a_uint32 TYPE_MISMATCH",
            "thing.everything.choice_text DUPLICATE_FIELD",
            "thing.everything.color TYPE_MISMATCH",
            "thing.everything.counts TYPE_MISMATCH",
            "thing.everything.fields TYPE_MISMATCH",
            "thing.everything.inner TYPE_MISMATCH",
            "thing.everything.inner_by_number TYPE_MISMATCH",
            "thing.everything.inners[1].text TYPE_MISMATCH",
            "thing.everything.int32s[1] TYPE_MISMATCH",
            "thing.everything.int32s[2] TYPE_MISMATCH",
            "thing.everything.some_bytes TYPE_MISMATCH",
            "thing.everything.strings TYPE_MISMATCH",
            "thing.everything.time TYPE_MISMATCH",
            "thing.size TYPE_MISMATCH",
        ]
    );
}

#[test]
fn a_body_that_is_no_json_is_refused_with_its_place() {
    let ask = |body: &[u8]| request_with(Method::POST, "/v1/things/7:rename", body, None).unwrap_err();
    let Error::Invalid(violations) = ask(b"{\"name\":\n \"x\",}") else { panic!() };
    assert_eq!((violations[0].field.as_str(), violations[0].reason), ("body", "MALFORMED_JSON"));
    assert!(violations[0].message.contains("line 2 column"), "{}", violations[0].message);
    assert_eq!(complaints(ask(b"{\"name\": \"\xff\"}")), ["body INVALID_ENCODING"]);
    assert_eq!(complaints(ask(b"[]")), ["body TYPE_MISMATCH"]);
    assert_eq!(request(Method::PATCH, "/v1/things/7", "3").unwrap_err(), ["thing TYPE_MISMATCH"]);
    assert_eq!(request(Method::GET, "/v1/things/7", "{}").unwrap_err(), ["body UNEXPECTED_BODY"]);
}

#[test]
fn json_that_services_could_not_read_is_refused() {
    let nest = |levels: usize| {
        format!(r#"{{"everything": {{"fields": {}1{}}}}}"#, r#"{"a":"#.repeat(levels), "}".repeat(levels))
    };
    let message = request(Method::PATCH, "/v1/things/7", &nest(22)).unwrap();
    DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap();
    assert_eq!(request(Method::PATCH, "/v1/things/7", &nest(23)).unwrap_err(), ["body TOO_DEEP"]);
}

#[test]
fn masks_unknown_enum_values_and_empty_messages_are_written() {
    let mask = [&[10, 18, 10, 9][..], b"a_b.c_d_e", &[10, 5], b"other"].concat();
    assert_eq!(to_json(&descriptor("Masked"), &mask).unwrap(), json!({"mask": "a_b.c_d_e,other"}));
    assert_eq!(to_json(&descriptor("RenameThingRequest"), &[24, 9]).unwrap()["color"], 9);
    assert_eq!(to_json(&descriptor("Masked"), &[]).unwrap(), json!({}));
    let empty = POOL.get_message_by_name("google.protobuf.Empty").unwrap();
    assert_eq!(to_json(&empty, &[]).unwrap(), json!({}));
}

#[test]
fn bytes_that_are_no_answer_are_an_error() {
    for wire in [&[10, 5, 1][..], &[10, 2, 0xff, 0xff], &[8, 1], &[11]] {
        assert!(to_json(&descriptor("Inner"), wire).is_err(), "{wire:?}");
    }
}

#[test]
fn a_method_without_a_path_is_not_reachable() {
    assert_eq!(
        TRANSCODER
            .find(&Method::POST, "/everything.v1.Things/Hidden")
            .ok()
            .map(|found| matches!(found, Found::Nothing)),
        Some(true)
    );
}

#[test]
fn countless_faults_are_not_all_kept() {
    let long = "键".repeat(1000);
    let inner: serde_json::Map<_, _> = (0..1000).map(|key| (format!("{long}{key}"), json!(0))).collect();
    let mut reader = Reader::new(&TRANSCODER.output_only);
    let mut message = DynamicMessage::new(descriptor("Everything"));
    reader.body(&mut message, None, &Json::Object(inner));
    let Err(Error::Invalid(violations)) = reader.finish() else { panic!() };
    assert_eq!(violations.len(), 50);
    assert!(violations.iter().all(|one| one.field.chars().count() == 200));
}
