//! What the protos say about each method: who may call it, and where records and restricted fields stand in its messages.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{
    DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};

/// Who may call a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Callers with a grant of the permission.
    Permission(String),
    /// Anyone.
    Public,
    /// Any signed-in caller.
    Authenticated,
    /// Other services only.
    Internal,
}

/// Where the ids of records stand in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// The answer names none.
    None,
    /// The answer is a record; its first field is the id.
    One,
    /// The field with the first number repeats records, whose ids stand in the field with the second.
    Many(u32, u32),
}

/// One method of a service.
#[derive(Debug)]
pub struct Method {
    /// The path of its calls, `/package.Service/Method`.
    pub path: String,
    /// Who may call it.
    pub rule: Rule,
    /// The request's type.
    pub input: MessageDescriptor,
    /// The request's fields that must have a value.
    pub(crate) required: Vec<FieldDescriptor>,
    /// The answer's type.
    pub output: MessageDescriptor,
    /// A user who must change the password may call it.
    pub before_password_change: bool,
    /// Called twice, it does no more than called once: it only reads, or a service calls it, whose jobs and feeds may
    /// repeat whatever they do.
    pub(crate) is_repeatable: bool,
    pub(crate) records: Records,
    /// The resources whose fields occur in the request or the answer, however deep.
    pub(crate) resources: Vec<String>,
}

impl Method {
    /// The permission that the method demands, if it demands one.
    pub fn permission(&self) -> Option<&str> {
        match &self.rule {
            Rule::Permission(permission) => Some(permission),
            _ => None,
        }
    }

    fn new(method: &MethodDescriptor) -> Result<Self, String> {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let (input, output) = (method.input(), method.output());
        let mut resources = Vec::new();
        collect_resources(&input, &mut resources, &mut Vec::new());
        collect_resources(&output, &mut resources, &mut Vec::new());
        let records = if resource(&output).is_some() {
            Records::One
        } else {
            output.fields().find_map(|field| repeated_records(&field)).unwrap_or(Records::None)
        };
        let (rule, before_password_change) =
            rule(method).ok_or_else(|| format!("{path} has no access option (crm.access.v1.method)"))?;
        let is_repeatable = rule == Rule::Internal || is_read(method);
        let required = crate::message::required(&input);
        Ok(Self {
            path,
            rule,
            before_password_change,
            is_repeatable,
            input,
            required,
            output,
            records,
            resources,
        })
    }
}

/// Where the ids stand if a field repeats messages that have one.
fn repeated_records(field: &FieldDescriptor) -> Option<Records> {
    let id = message_kind(&field.kind()).filter(|_| field.is_list())?.get_field_by_name("id")?;
    Some(Records::Many(field.number(), id.number()))
}

fn message_kind(kind: &Kind) -> Option<MessageDescriptor> {
    match kind {
        Kind::Message(message) => Some(message.clone()),
        _ => None,
    }
}

fn extension(name: &str) -> ExtensionDescriptor {
    #[expect(clippy::expect_used, reason = "the name is one of this file's and the protos are embedded")]
    crm_protos::descriptors().get_extension_by_name(name).expect("the extension is declared")
}

fn rule(method: &MethodDescriptor) -> Option<(Rule, bool)> {
    static EXTENSION: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("crm.access.v1.method"));
    let options: DynamicMessage = method.options();
    let value = options.get_extension(&EXTENSION);
    let access = value.as_message()?;
    let flag = |name| access.get_field_by_name(name).and_then(|value| value.as_bool()) == Some(true);
    let rule = match access.get_field_by_name("permission").as_deref() {
        Some(Value::String(permission)) if !permission.is_empty() => Rule::Permission(permission.clone()),
        _ if flag("public") => Rule::Public,
        _ if flag("authenticated") => Rule::Authenticated,
        _ if flag("internal") => Rule::Internal,
        _ => return None,
    };
    Some((rule, flag("before_password_change")))
}

/// Whether REST reaches a method by GET.
fn is_read(method: &MethodDescriptor) -> bool {
    static EXTENSION: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("google.api.http"));
    let options: DynamicMessage = method.options();
    let value = options.get_extension(&EXTENSION);
    value.as_message().is_some_and(|rule| rule.has_field_by_name("get"))
}

/// The resource that a message shows, if it shows one.
pub fn resource(message: &MessageDescriptor) -> Option<String> {
    static EXTENSION: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("crm.access.v1.resource"));
    let options = message.options();
    options
        .has_extension(&EXTENSION)
        .then(|| options.get_extension(&EXTENSION).as_str().map(str::to_owned))?
}

fn collect_resources(message: &MessageDescriptor, found: &mut Vec<String>, seen: &mut Vec<String>) {
    if seen.iter().any(|name| name == message.full_name()) {
        return;
    }
    seen.push(message.full_name().to_owned());
    if let Some(resource) = resource(message)
        && !found.contains(&resource)
    {
        found.push(resource);
    }
    for field in message.fields() {
        if let Some(inner) = message_kind(&field.kind()) {
            collect_resources(&inner, found, seen);
        }
    }
}

/// Every method of every service, by path.
///
/// Fails with the names of the methods that have no access option, so that a process with one does not start.
pub fn methods() -> Result<&'static HashMap<String, Method>, &'static str> {
    static METHODS: LazyLock<Result<HashMap<String, Method>, String>> = LazyLock::new(|| {
        let services = crm_protos::descriptors().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| Method::new(&method));
        methods.map(|method| method.map(|method| (method.path.clone(), method))).collect()
    });
    METHODS.as_ref().map_err(String::as_str)
}

/// The field of a resource that can be told from another one.
pub(super) fn told(resource: &str, field: &str) -> Option<&'static str> {
    static EXTENSION: LazyLock<ExtensionDescriptor> = LazyLock::new(|| extension("crm.access.v1.tells"));
    static TOLD: LazyLock<HashMap<(String, String), String>> = LazyLock::new(|| {
        let messages = crm_protos::descriptors().all_messages();
        let resources = messages.filter_map(|message| Some((self::resource(&message)?, message)));
        let fields = resources.flat_map(|(resource, message)| {
            message.fields().map(|field| (resource.clone(), field)).collect::<Vec<_>>()
        });
        let told = |field: &FieldDescriptor| {
            let options = field.options();
            let told = options.has_extension(&EXTENSION).then(|| options.get_extension(&EXTENSION))?;
            told.as_str().map(str::to_owned)
        };
        fields
            .filter_map(|(resource, field)| Some(((resource, field.name().to_owned()), told(&field)?)))
            .collect()
    });
    TOLD.get(&(resource.to_owned(), field.to_owned())).map(String::as_str)
}

/// The message that shows a resource, for example that of `customers.account`.
pub fn message_of(resource: &str) -> Option<&'static MessageDescriptor> {
    static MESSAGES: LazyLock<HashMap<String, MessageDescriptor>> = LazyLock::new(|| {
        let messages = crm_protos::descriptors().all_messages();
        messages.filter_map(|message| Some((self::resource(&message)?, message))).collect()
    });
    MESSAGES.get(resource)
}
