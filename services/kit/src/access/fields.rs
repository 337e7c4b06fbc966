//! Field rules on messages: restricted fields are refused in writes and hidden from answers, however deep they stand.

use prost::Message;
use prost_reflect::{DynamicMessage, ReflectMessage, Value};

use super::method::{Method, resource};
use super::{Access, FieldAccess};
use crate::error::{Error, Result};

/// Fields that identify a record rather than describe it; rules do not apply to them.
const IDENTITY: [&str; 2] = ["id", "etag"];

/// Fails if the request writes a field that the caller may not write.
pub(crate) fn refuse_writes(access: &Access, method: &Method, request: &[u8]) -> Result<()> {
    if !concerned(access, method) {
        return Ok(());
    }
    let request = DynamicMessage::decode(method.input.clone(), request)?;
    let mask = request.get_field_by_name("update_mask");
    let mask: Vec<String> = mask.as_deref().map(paths).unwrap_or_default();
    let mut denied = Vec::new();
    for field in request.descriptor().fields() {
        let value = request.get_field(&field);
        let Some(message) = value.as_message() else { continue };
        let Some(resource) = resource(&message.descriptor()) else { continue };
        let written: Vec<String> = if mask.iter().any(|path| path == "*") {
            message.descriptor().fields().map(|field| field.name().to_owned()).collect()
        } else if mask.is_empty() {
            message.fields().map(|(field, _)| field.name().to_owned()).collect()
        } else {
            mask.iter().map(|path| path.split('.').next().unwrap_or(path).to_owned()).collect()
        };
        let written = written.into_iter().filter(|name| !IDENTITY.contains(&name.as_str()));
        denied.extend(written.filter(|name| access.restriction(&resource, name).is_some()));
    }
    if denied.is_empty() {
        return Ok(());
    }
    let message = format!("leave out {}, your roles do not let you change it", denied.join(", "));
    Err(Error::Denied { reason: "FIELD_DENIED", message })
}

/// Clears the fields that the caller may not see.
pub(crate) fn hide<A: Message + Default>(access: &Access, method: &Method, answer: A) -> Result<A> {
    if !concerned(access, method)
        || !access.caller().field_rules.values().any(|rule| *rule == FieldAccess::Hidden)
    {
        return Ok(answer);
    }
    let mut message = DynamicMessage::decode(method.output.clone(), answer.encode_to_vec().as_slice())?;
    clear(access, &mut message);
    Ok(A::decode(message.encode_to_vec().as_slice())?)
}

fn concerned(access: &Access, method: &Method) -> bool {
    let rules = &access.caller().field_rules;
    !rules.is_empty()
        && method.resources.iter().any(|resource| {
            rules.keys().any(|rule| rule.rsplit_once('.').is_some_and(|(about, _)| about == resource))
        })
}

fn paths(mask: &Value) -> Vec<String> {
    let paths = mask.as_message().and_then(|mask| mask.get_field_by_name("paths"));
    let paths = paths.as_deref().and_then(Value::as_list).unwrap_or_default();
    paths.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect()
}

fn clear(access: &Access, message: &mut DynamicMessage) {
    let resource = resource(&message.descriptor());
    let set: Vec<_> = message.fields().map(|(field, _)| field).collect();
    for field in set {
        if resource.as_ref().is_some_and(|resource| access.hides(resource, field.name())) {
            message.clear_field(&field);
            continue;
        }
        match message.get_field_mut(&field) {
            Value::Message(inner) => clear(access, inner),
            Value::List(values) => values.iter_mut().for_each(|value| {
                if let Value::Message(inner) = value {
                    clear(access, inner);
                }
            }),
            _ => {}
        }
    }
}
