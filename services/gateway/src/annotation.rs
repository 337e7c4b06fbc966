//! Reads what the protos say about methods and fields beyond their types.

use axum::http::Method;
use crm_kit::{Error, Result};
use crm_protos::access::v1::MethodAccess;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, Value};

const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const INPUT_ONLY: i32 = 4;

/// One way to reach a method over HTTP.
pub(crate) struct Binding {
    pub(crate) verb: Method,
    pub(crate) template: String,
    pub(crate) body: String,
}

/// What a field means to those who send it and those who get it.
#[derive(Default)]
pub(crate) struct Behavior {
    pub(crate) required: bool,
    pub(crate) output_only: bool,
    pub(crate) input_only: bool,
    pub(crate) sensitive: bool,
}

/// The ways to reach a method over HTTP; none for one that is not annotated.
pub(crate) fn bindings(method: &MethodDescriptor) -> Result<Vec<Binding>> {
    let Some(rule) = extension(method.parent_pool(), &method.options(), "google.api.http") else {
        return Ok(Vec::new());
    };
    let Some(rule) = rule.as_message() else { return Ok(Vec::new()) };
    let additional = rule.get_field_by_name("additional_bindings");
    let others = additional.as_ref().and_then(|value| value.as_list()).unwrap_or_default();
    std::iter::once(rule)
        .chain(others.iter().filter_map(Value::as_message))
        .map(|rule| {
            binding(rule)
                .ok_or_else(|| Error::internal(format!("{} has no path over HTTP", method.full_name())))
        })
        .collect()
}

fn binding(rule: &DynamicMessage) -> Option<Binding> {
    let verbs = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];
    verbs.into_iter().find_map(|verb| {
        let template = text(rule, &verb.as_str().to_ascii_lowercase());
        (!template.is_empty()).then(|| Binding { verb, template, body: text(rule, "body") })
    })
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Who may call a method.
pub(crate) fn access(method: &MethodDescriptor) -> Option<MethodAccess> {
    let value = extension(method.parent_pool(), &method.options(), "crm.access.v1.method")?;
    value.as_message()?.transcode_to().ok()
}

/// What a field means.
pub(crate) fn behavior(field: &FieldDescriptor) -> Behavior {
    let options = field.options();
    let pool = field.parent_message().parent_pool();
    let mut behavior = Behavior::default();
    if let Some(Value::List(values)) = extension(pool, &options, "google.api.field_behavior") {
        let has = |number| values.contains(&Value::EnumNumber(number));
        behavior.required = has(REQUIRED);
        behavior.output_only = has(OUTPUT_ONLY);
        behavior.input_only = has(INPUT_ONLY);
    }
    behavior.sensitive = extension(pool, &options, "crm.access.v1.sensitive") == Some(Value::Bool(true));
    behavior
}

fn extension(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = pool.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}
