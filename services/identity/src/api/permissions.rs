//! What roles can be made of, read from the protos.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crm_kit::access::method;
use crm_kit::{Error, Result};

/// Every permission and every field that a role can name.
pub(super) struct Vocabulary {
    /// The permissions that methods demand, and those to see sensitive fields in clear.
    pub(super) permissions: Vec<String>,
    /// The fields of all resources.
    pub(super) fields: Vec<String>,
}

/// What names and dates a record rather than describes it; no rule is about it.
const GIVEN: [&str; 5] = ["id", "etag", "create_time", "update_time", "delete_time"];

/// The vocabulary of this release.
pub(super) fn all() -> Result<&'static Vocabulary> {
    static ALL: LazyLock<Result<Vocabulary, &'static str>> = LazyLock::new(read);
    ALL.as_ref().map_err(|error| Error::internal(*error))
}

fn read() -> Result<Vocabulary, &'static str> {
    let methods = method::methods()?.values();
    let demanded = methods.filter_map(|method| method.permission().map(str::to_owned));
    let mut permissions = demanded.collect::<BTreeSet<_>>();
    let mut fields = BTreeSet::new();
    let sensitive = crm_protos::descriptors().get_extension_by_name("crm.access.v1.sensitive");
    let sensitive = sensitive.ok_or("the protos do not say which fields are sensitive")?;
    for message in crm_protos::descriptors().all_messages() {
        let Some(resource) = method::resource(&message) else { continue };
        for field in message.fields().filter(|field| !GIVEN.contains(&field.name())) {
            fields.insert(format!("{resource}.{}", field.name()));
            if field.options().get_extension(&sensitive).as_bool() == Some(true) {
                permissions.insert(format!("{resource}.reveal"));
            }
        }
    }
    Ok(Vocabulary { permissions: permissions.into_iter().collect(), fields: fields.into_iter().collect() })
}
