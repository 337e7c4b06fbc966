//! What every proto must keep to, read from the descriptors.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use prost_reflect::prost_types::SourceCodeInfo;
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor, MethodDescriptor, Value};

fn descriptors() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(crm_protos::described);
    &POOL
}

fn ours() -> impl Iterator<Item = prost_reflect::FileDescriptor> {
    descriptors().files().filter(|file| file.package_name().starts_with("crm."))
}

fn methods() -> Vec<MethodDescriptor> {
    ours()
        .flat_map(|file| file.services().collect::<Vec<_>>())
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect()
}

fn messages() -> Vec<MessageDescriptor> {
    ours().flat_map(|file| file.messages().collect::<Vec<_>>()).collect()
}

fn has_comment(info: &SourceCodeInfo, path: &[i32]) -> bool {
    let location = info.location.iter().find(|location| location.path == path);
    location.is_some_and(|location| location.leading_comments().trim().len() > 3)
}

fn extension(options: &prost_reflect::DynamicMessage, name: &str) -> Option<Value> {
    let extension = descriptors().get_extension_by_name(name).unwrap();
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

fn rule(method: &MethodDescriptor) -> Option<(String, Value)> {
    let access = extension(&method.options(), "crm.access.v1.method")?;
    let access = access.as_message()?;
    ["permission", "public", "authenticated", "internal"].iter().find_map(|name| {
        let value = access.get_field_by_name(name)?.into_owned();
        let set = value.as_bool() == Some(true) || value.as_str().is_some_and(|text| !text.is_empty());
        set.then(|| ((*name).to_owned(), value))
    })
}

#[test]
fn everything_has_a_comment() {
    let mut bare = Vec::new();
    for file in ours() {
        let info = file.file_descriptor_proto().source_code_info.clone().unwrap();
        let mut check = |path: &[i32], name: &str| {
            if !has_comment(&info, path) {
                bare.push(name.to_owned());
            }
        };
        for message in file.messages() {
            check(message.path(), message.full_name());
            message.fields().for_each(|field| check(field.path(), field.full_name()));
        }
        for kind in file.enums() {
            check(kind.path(), kind.full_name());
            kind.values().for_each(|value| check(value.path(), value.full_name()));
        }
        for service in file.services() {
            check(service.path(), service.full_name());
            service.methods().for_each(|method| check(method.path(), method.full_name()));
        }
    }
    assert!(bare.is_empty(), "without comment: {bare:#?}");
}

#[test]
fn every_method_says_who_may_call_it_and_only_internal_ones_have_no_route() {
    for method in methods() {
        let (rule, value) =
            rule(&method).unwrap_or_else(|| panic!("{} has no access rule", method.full_name()));
        let route = extension(&method.options(), "google.api.http");
        assert_eq!(rule == "internal", route.is_none(), "{}", method.full_name());
        if let Some(permission) = value.as_str() {
            assert_eq!(permission.split('.').count(), 3, "{}: service.resource.verb", method.full_name());
        }
    }
}

#[test]
fn every_list_pages() {
    for method in methods()
        .iter()
        .filter(|method| method.name().starts_with("List") && method.name() != "ListPermissions")
    {
        let (input, output) = (method.input(), method.output());
        let has = |message: &MessageDescriptor, name: &str, kind: Kind| {
            message.get_field_by_name(name).is_some_and(|field| field.kind() == kind)
        };
        assert!(has(&input, "page_size", Kind::Int32), "{}", method.full_name());
        assert!(has(&input, "page_token", Kind::String), "{}", method.full_name());
        assert!(has(&output, "next_page_token", Kind::String), "{}", method.full_name());
        assert!(output.get_field(1).unwrap().is_list(), "{}", method.full_name());
    }
}

#[test]
fn every_resource_has_an_id_and_every_changeable_one_an_etag() {
    for message in messages() {
        if extension(&message.options(), "crm.access.v1.resource").is_none() {
            continue;
        }
        assert_eq!(message.get_field(1).unwrap().name(), "id", "{}", message.full_name());
        assert!(message.get_field_by_name("create_time").is_some(), "{}", message.full_name());
        let update = format!("Update{}", message.name());
        if methods().iter().any(|method| method.name() == update) {
            assert_eq!(message.get_field(2).unwrap().name(), "etag", "{}", message.full_name());
        }
    }
}

#[test]
fn no_request_or_resource_names_the_tenant() {
    let exposed =
        methods().into_iter().filter(|method| rule(method).is_some_and(|(rule, _)| rule != "internal"));
    for method in exposed {
        assert!(method.input().get_field_by_name("organization_id").is_none(), "{}", method.full_name());
    }
}
