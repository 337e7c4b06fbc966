//! Turns HTTP requests into calls and answers into JSON, as the `google.api.http` annotations say.

mod decode;
mod encode;
mod path;

use std::collections::HashSet;

use axum::http::Method;
use crm_kit::{Error, Result};
use crm_protos::access::v1::MethodAccess;
use crm_protos::access::v1::method_access::Rule;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ReflectMessage, Value,
};
use serde_json::Value as Json;
use tonic::codegen::http::uri::PathAndQuery;

use crate::annotation::{self, Binding};
use decode::Reader;
use encode::Plans;
pub(crate) use path::Found;
use path::Paths;

/// All routes, compiled once.
pub(crate) struct Transcoder {
    paths: Paths<Route>,
    plans: Plans,
    output_only: HashSet<String>,
}

/// One way over HTTP to one method.
pub(crate) struct Route {
    /// The template of the path, for logs and metrics.
    pub(crate) template: String,
    /// The method as gRPC names it.
    pub(crate) rpc: PathAndQuery,
    pub(crate) method: MethodDescriptor,
    /// Anyone may call it.
    pub(crate) is_public: bool,
    /// The fields that the captures of the path set, each by the dotted path to it.
    captures: Vec<Vec<FieldDescriptor>>,
    body: Body,
    /// The mask that a PATCH without one gets from its body.
    update_mask: Option<FieldDescriptor>,
    answer: usize,
}

enum Body {
    None,
    Whole,
    Field(FieldDescriptor),
}

/// What a request says apart from its path.
#[derive(Default)]
pub(crate) struct Content<'r> {
    pub(crate) query: &'r str,
    pub(crate) body: &'r [u8],
    pub(crate) if_match: Option<&'r str>,
}

impl Transcoder {
    /// Compiles the routes of the methods that are to be reachable.
    pub(crate) fn new(
        pool: &DescriptorPool,
        is_reachable: impl Fn(&MethodDescriptor) -> bool,
    ) -> Result<Self> {
        let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
        let output_only = fields.filter(|field| annotation::behavior(field).output_only);
        let mut transcoder = Self {
            paths: Paths::default(),
            plans: Plans::default(),
            output_only: output_only.map(|field| field.full_name().to_owned()).collect(),
        };
        for service in pool.services() {
            for method in service.methods().filter(&is_reachable) {
                for binding in annotation::bindings(&method)? {
                    transcoder.add(&method, binding)?;
                }
            }
        }
        Ok(transcoder)
    }

    fn add(&mut self, method: &MethodDescriptor, binding: Binding) -> Result<()> {
        let Binding { verb, template, body } = binding;
        let wrong = |what: &str| Error::internal(format!("{}: {what} is not a field", method.full_name()));
        let input = method.input();
        let captures = path::captures(&template)?.into_iter();
        let captures = captures.map(|name| resolve(&input, name).ok_or_else(|| wrong(name)));
        let body = match body.as_str() {
            "" => Body::None,
            "*" => Body::Whole,
            name => Body::Field(input.get_field_by_name(name).ok_or_else(|| wrong(name))?),
        };
        let update_mask = input.get_field_by_name("update_mask");
        let update_mask =
            update_mask.filter(|field| verb == Method::PATCH && decode::is_field_mask(&field.kind()));
        let rpc = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let route = Route {
            template: template.clone(),
            rpc: PathAndQuery::try_from(rpc).map_err(Error::internal)?,
            method: method.clone(),
            is_public: matches!(
                annotation::access(method),
                Some(MethodAccess { rule: Some(Rule::Public(_)), .. })
            ),
            captures: captures.collect::<Result<_>>()?,
            body,
            update_mask,
            answer: self.plans.compile(&method.output()),
        };
        self.paths.insert(&template, verb, route)
    }

    /// Finds the route of a path.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_, Route>> {
        self.paths.find(method, path)
    }

    /// Reads a request into the route's message. What the path says wins over what the body says.
    pub(crate) fn request(
        &self,
        route: &Route,
        captures: &[String],
        content: &Content,
    ) -> Result<DynamicMessage> {
        let mut message = DynamicMessage::new(route.method.input());
        let mut reader = Reader::new(&self.output_only);
        let body = route.read_body(&mut reader, &mut message, content)?;
        route.read_query(&mut reader, &mut message, content.query)?;
        for (fields, text) in route.captures.iter().zip(captures) {
            reader.text(&mut message, fields, text);
        }
        reader.finish()?;
        if let Some(field) = route.update_mask.as_ref().filter(|field| !message.has_field(field)) {
            self.mask(route, &mut message, field, &body);
        }
        if let Some(etag) = content.if_match.and_then(etag) {
            route.require(&mut message, etag);
        }
        Ok(message)
    }

    /// Writes a route's encoded answer as JSON.
    pub(crate) fn answer(&self, route: &Route, wire: &[u8]) -> Result<Vec<u8>> {
        let json = self.plans.json(route.answer, wire);
        json.map_err(|_| Error::internal(format!("{} answered bytes that are no answer", route.rpc)))
    }

    /// Names the fields that the body holds and that can be changed.
    fn mask(&self, route: &Route, message: &mut DynamicMessage, mask: &FieldDescriptor, body: &Json) {
        let Body::Field(resource) = &route.body else { return };
        let (Kind::Message(resource), Json::Object(body)) = (resource.kind(), body) else { return };
        let fields = body.keys().filter_map(|name| decode::field(&resource, name));
        let changed = fields.filter(|field| {
            !matches!(field.name(), "id" | "etag") && !self.output_only.contains(field.full_name())
        });
        let paths = changed.map(|field| Value::String(field.name().to_owned())).collect();
        if let Value::Message(mask) = message.get_field_mut(mask) {
            mask.set_field_by_name("paths", Value::List(paths));
        }
    }
}

impl Route {
    fn read_body(
        &self,
        reader: &mut Reader,
        message: &mut DynamicMessage,
        content: &Content,
    ) -> Result<Json> {
        if matches!(self.body, Body::None) {
            return match content.body {
                [] => Ok(Json::Null),
                _ => Err(Error::invalid("body", "UNEXPECTED_BODY", "send no body, use the query")),
            };
        }
        let json = decode::parse(content.body)?;
        let field = match &self.body {
            Body::Field(field) => Some(field),
            _ => None,
        };
        reader.body(message, field, &json);
        Ok(json)
    }

    fn read_query(&self, reader: &mut Reader, message: &mut DynamicMessage, query: &str) -> Result<()> {
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = path::decode(&name.replace('+', " ")).zip(path::decode(&value.replace('+', " ")));
            let (name, value) = decoded.ok_or_else(|| {
                Error::invalid("query", "INVALID_ENCODING", "percent-encode the query as UTF-8")
            })?;
            match resolve(&self.method.input(), &name).filter(|fields| self.is_parameter(fields)) {
                None => reader.refuse_at(&name, "UNKNOWN_PARAMETER", "remove it, there is no such parameter"),
                Some(fields) => {
                    let is_list = fields.last().is_some_and(FieldDescriptor::is_list);
                    if seen.contains(&fields) && !is_list {
                        reader.refuse_at(&name, "DUPLICATE_PARAMETER", "give it once");
                    } else {
                        reader.text(message, &fields, &value);
                        seen.push(fields);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the query may set a field: it does what neither the path nor the body does.
    fn is_parameter(&self, fields: &[FieldDescriptor]) -> bool {
        let in_body = match &self.body {
            Body::None => false,
            Body::Whole => true,
            Body::Field(field) => fields.first() == Some(field),
        };
        !in_body
            && !self.captures.iter().any(|capture| capture == fields)
            && fields.last().is_some_and(is_text)
    }

    /// Puts the etag where the service looks for it, unless the request has one there.
    fn require(&self, message: &mut DynamicMessage, etag: &str) {
        if let Body::Field(field) = &self.body
            && let Value::Message(resource) = message.get_field_mut(field)
            && set_etag(resource, etag)
        {
            return;
        }
        set_etag(message, etag);
    }
}

fn set_etag(message: &mut DynamicMessage, etag: &str) -> bool {
    let field = message.descriptor().get_field_by_name("etag");
    let Some(field) = field.filter(|field| field.kind() == Kind::String && !field.is_list()) else {
        return false;
    };
    if !message.has_field(&field) {
        message.set_field(&field, Value::String(etag.to_owned()));
    }
    true
}

/// The tag in an `If-Match` header; nothing for `*`, which every record matches.
fn etag(header: &str) -> Option<&str> {
    let header = header.trim();
    let tag = header.strip_prefix("W/").unwrap_or(header).trim_matches('"');
    (!tag.is_empty() && tag != "*").then_some(tag)
}

/// The fields on the way that a dotted path goes; only the last may be a list or something other than a message.
fn resolve(message: &MessageDescriptor, path: &str) -> Option<Vec<FieldDescriptor>> {
    let mut fields = Vec::new();
    let mut message = Some(message.clone());
    for name in path.split('.') {
        let field = decode::field(&message?, name)?;
        message = field.kind().as_message().filter(|_| !field.is_list()).cloned();
        fields.push(field);
    }
    Some(fields)
}

/// Whether text can stand for a value of a field.
fn is_text(field: &FieldDescriptor) -> bool {
    match field.kind() {
        Kind::Message(message) => {
            let name = message.full_name().strip_prefix("google.protobuf.").unwrap_or_default();
            matches!(name, "Timestamp" | "Duration" | "FieldMask")
                || name.strip_suffix("Value").is_some_and(|kind| !matches!(kind, "" | "List"))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
