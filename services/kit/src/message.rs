//! What the protos say about the fields of a message: which are required, and how a field mask applies.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use prost_types::FieldMask;

use crate::error::{Error, Result, Violations};
use crate::wire;

const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;

/// Adds a violation for every required field that is not set, however deep; the path names the message itself.
pub fn require<M: Message + Name>(message: &M, path: &str, violations: &mut Violations) -> Result<()> {
    require_fields(&dynamic(message)?, path, violations);
    Ok(())
}

/// The fields of a message that must have a value.
pub(crate) fn required(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    message.fields().filter(|field| behaves(field, REQUIRED)).collect()
}

/// Fails if a required field of an encoded request itself is not set; what its messages hold is for their resource to
/// say.
pub(crate) fn require_request(required: &[FieldDescriptor], request: &[u8]) -> Result<()> {
    let mut violations = Violations::default();
    for field in required {
        let mut values = wire::fields(request).filter(|(number, _)| *number == field.number());
        let is_text = field.kind() == Kind::String && !field.is_list();
        let is_blank = |value: Option<&[u8]>| {
            is_text
                && value
                    .is_some_and(|text| std::str::from_utf8(text).is_ok_and(|text| text.trim().is_empty()))
        };
        if values.next().is_none_or(|(_, value)| is_blank(value)) {
            missing(field.name().to_owned(), &mut violations);
        }
    }
    violations.finish()
}

fn missing(path: String, violations: &mut Violations) {
    violations.add(path, "REQUIRED", "give a value");
}

fn require_fields(message: &DynamicMessage, path: &str, violations: &mut Violations) {
    let dot = if path.is_empty() { "" } else { "." };
    for field in message.descriptor().fields() {
        let at = format!("{path}{dot}{}", field.name());
        if behaves(&field, REQUIRED) && is_empty(message, &field) {
            missing(at, violations);
            continue;
        }
        match message.get_field(&field).as_ref() {
            Value::Message(inner) if message.has_field(&field) => require_fields(inner, &at, violations),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Value::Message(inner) = item {
                        require_fields(inner, &format!("{at}[{index}]"), violations);
                    }
                }
            }
            _ => {}
        }
    }
}

/// True if a field has no value, or a text of nothing but spaces.
fn is_empty(message: &DynamicMessage, field: &FieldDescriptor) -> bool {
    !message.has_field(field) || message.get_field(field).as_str().is_some_and(|text| text.trim().is_empty())
}

/// The current message with the fields that the mask names taken from the patch. Without mask those that the patch
/// has. Output-only fields stay as they are, so that clients may send back what they read.
pub fn merge<M: Message + Name + Default>(current: &M, patch: &M, mask: Option<&FieldMask>) -> Result<M> {
    let (mut merged, patch) = (dynamic(current)?, dynamic(patch)?);
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    if paths.is_empty() {
        for (field, value) in patch.fields().filter(|(field, _)| !behaves(field, OUTPUT_ONLY)) {
            merged.set_field(&field, value.clone());
        }
    }
    let mut violations = Violations::default();
    for path in paths {
        let path = path.as_str();
        if path == "*" {
            for field in patch.descriptor().fields().filter(|field| !behaves(field, OUTPUT_ONLY)) {
                copy(&mut merged, &patch, &field);
            }
        } else if !merge_path(&mut merged, &patch, path) {
            violations.add("update_mask", "FIELD_UNKNOWN", format!("there is no field {path} to change"));
        }
    }
    violations.finish()?;
    Ok(M::decode(merged.encode_to_vec().as_slice())?)
}

fn merge_path(merged: &mut DynamicMessage, patch: &DynamicMessage, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(field) = patch.descriptor().get_field_by_name(first) else { return false };
    if behaves(&field, OUTPUT_ONLY) {
        return true;
    }
    let Some(rest) = rest else {
        copy(merged, patch, &field);
        return true;
    };
    if field.is_list() || !matches!(field.kind(), Kind::Message(_)) {
        return false;
    }
    match (merged.get_field_mut(&field), patch.get_field(&field).as_ref()) {
        (Value::Message(merged), Value::Message(patch)) => merge_path(merged, patch, rest),
        _ => false,
    }
}

fn copy(merged: &mut DynamicMessage, patch: &DynamicMessage, field: &FieldDescriptor) {
    if patch.has_field(field) {
        merged.set_field(field, patch.get_field(field).into_owned());
    } else {
        merged.clear_field(field);
    }
}

/// Whether a field has a behaviour. Looked up in the options of each field once, which takes as long as a query.
fn behaves(field: &FieldDescriptor, behavior: i32) -> bool {
    static BEHAVIORS: LazyLock<HashMap<String, Vec<i32>>> = LazyLock::new(behaviors);
    BEHAVIORS.get(field.full_name()).is_some_and(|known| known.contains(&behavior))
}

fn behaviors() -> HashMap<String, Vec<i32>> {
    let pool = crm_protos::descriptors();
    let Some(extension) = pool.get_extension_by_name("google.api.field_behavior") else {
        return HashMap::new();
    };
    let of = |field: FieldDescriptor| {
        let options = field.options();
        let behaviors = options.get_extension(&extension);
        let numbers = behaviors.as_list().into_iter().flatten().filter_map(|value| value.as_enum_number());
        (field.full_name().to_owned(), numbers.collect::<Vec<i32>>())
    };
    let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    fields.map(of).filter(|(_, behaviors)| !behaviors.is_empty()).collect()
}

fn dynamic<M: Message + Name>(message: &M) -> Result<DynamicMessage> {
    let descriptor = crm_protos::descriptors().get_message_by_name(&M::full_name());
    let descriptor =
        descriptor.ok_or_else(|| Error::internal(format!("{} is in no proto", M::full_name())))?;
    Ok(DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?)
}

#[cfg(test)]
mod tests {
    use crm_protos::customers::v1::{Account, Address, Email};

    use super::*;

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    fn account() -> Account {
        Account {
            id: "1".to_owned(),
            name: "Acme".to_owned(),
            website: "https://acme.example".to_owned(),
            billing_address: Some(Address {
                city: "Paris".to_owned(),
                street: "Rue".to_owned(),
                ..Address::default()
            }),
            ..Account::default()
        }
    }

    #[test]
    fn only_the_fields_of_the_mask_change_and_empty_ones_are_cleared() {
        let patch = Account { id: "2".to_owned(), name: "Other".to_owned(), ..Account::default() };
        let merged =
            merge(&account(), &patch, Some(&mask(&["website", "billing_address.city", "id"]))).unwrap();
        assert_eq!((merged.id.as_str(), merged.name.as_str(), merged.website.as_str()), ("1", "Acme", ""));
        let address = merged.billing_address.unwrap();
        assert_eq!((address.city.as_str(), address.street.as_str()), ("", "Rue"));
    }

    #[test]
    fn without_mask_the_fields_that_are_there_change() {
        let merged =
            merge(&account(), &Account { name: "Other".to_owned(), ..Account::default() }, None).unwrap();
        assert_eq!((merged.name.as_str(), merged.website.as_str()), ("Other", "https://acme.example"));
    }

    #[test]
    fn a_field_that_does_not_exist_is_named() {
        let error =
            merge(&account(), &Account::default(), Some(&mask(&["nonsense", "name.first"]))).unwrap_err();
        assert!(matches!(error, Error::Invalid(violations) if violations.len() == 2));
    }

    #[test]
    fn every_missing_required_field_is_named() {
        let account = Account { name: " ".to_owned(), emails: vec![Email::default()], ..Account::default() };
        let mut violations = Violations::default();
        require(&account, "account", &mut violations).unwrap();
        let Err(Error::Invalid(violations)) = violations.finish() else { panic!("violations are expected") };
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["account.name", "account.emails[0].address"]);
    }
}
