//! The OpenAPI 3.1 document, made from the descriptors: it cannot say anything that the gateway does not do.

mod schema;

use axum::http::Method;
use crm_protos::access::v1::method_access::Rule;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value, json};

use crate::annotation::{self, Binding};
use crate::session;
use schema::Schemas;

const ABOUT: &str = "Everything that the suite does. Browsers sign in with `POST /v1/sessions` and get a cookie; programs \
    send an API key as `Authorization: Bearer`. Errors are `application/problem+json` with a `reason` to decide by and \
    `violations` for every wrong field. Fields are snake_case; 64-bit integers are strings.";

/// What can go wrong, by status.
const PROBLEMS: [(&str, &str, &str); 8] = [
    ("400", "Invalid", "The request is not valid; `violations` names what is wrong."),
    ("401", "Unauthenticated", "Nobody is signed in, or the session or key has ended."),
    ("403", "Denied", "The caller lacks the permission."),
    ("404", "NotFound", "There is no such record, or it is out of the caller's reach."),
    ("409", "Conflict", "The record has changed since it was read, or something unique is taken."),
    ("422", "Precondition", "The state of the record does not allow it; `reason` names why."),
    ("429", "Limited", "Too many requests; wait as long as `Retry-After` says."),
    ("default", "Problem", "Anything else."),
];

/// The document of every method of the suite that has a path.
pub fn document() -> Value {
    describe(&crm_protos::described())
}

fn describe(pool: &DescriptorPool) -> Value {
    let mut schemas = Schemas::new(pool);
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for service in pool.services() {
        let mut is_used = false;
        for method in service.methods() {
            // Unreachable methods fail when the routes are compiled.
            for (index, binding) in annotation::bindings(&method).unwrap_or_default().iter().enumerate() {
                is_used = true;
                let mut operation = operation(&mut schemas, &method, binding);
                if index > 0 {
                    let id = format!("{}.{}.{}", service.name(), method.name(), index + 1);
                    operation["operationId"] = id.into();
                }
                let path = paths.entry(shown(&binding.template)).or_insert_with(|| json!({}));
                path[binding.verb.as_str().to_ascii_lowercase()] = operation;
            }
        }
        if is_used {
            let description = schemas.comments.of(&service.parent_file(), service.path());
            tags.push(json!({"name": service.name(), "description": description}));
        }
    }
    let responses: Map<_, _> =
        PROBLEMS.into_iter().map(|(_, name, about)| (name.to_owned(), problem(about))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "CRM",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "security": [{"cookie": []}, {"bearer": []}],
        "components": {
            "schemas": schemas.finish(),
            "responses": responses,
            "parameters": headers(),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": session::NAME, "description": "The session of a browser."},
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
            },
        },
    })
}

fn problem(about: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": about, "content": {"application/problem+json": {"schema": schema}}})
}

fn headers() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255},
            "description": "Any unique text. A request that is repeated with it within a day gets the first answer again.",
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "schema": {"type": "string"},
            "description": "The `etag` of the record as it was read; a record that has changed since is refused.",
        },
    })
}

fn operation(schemas: &mut Schemas, method: &MethodDescriptor, binding: &Binding) -> Value {
    let service = method.parent_service();
    let input = method.input();
    let comment = schemas.comments.of(&method.parent_file(), method.path());
    let mut operation = json!({
        "operationId": format!("{}.{}", service.name(), method.name()),
        "tags": [service.name()],
        "summary": summary(method.name()),
    });
    let rule = annotation::access(method).and_then(|access| access.rule);
    let (who, is_public) = match &rule {
        Some(Rule::Permission(permission)) => {
            operation["x-permission"] = permission.as_str().into();
            (format!("Needs the permission `{permission}`."), false)
        }
        Some(Rule::Public(_)) => ("Anyone may call it.".to_owned(), true),
        _ => ("Any signed-in caller may call it.".to_owned(), false),
    };
    if is_public {
        operation["security"] = json!([]);
    }
    operation["description"] = format!("{comment}\n\n{who}").into();

    let captures: Vec<&str> =
        binding.template.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    let mut parameters: Vec<Value> =
        captures.iter().map(|name| parameter(schemas, &input, name, "path")).collect();
    let body = match binding.body.as_str() {
        "" => None,
        "*" => Some(schemas.body(&input, &captures)),
        name => input.get_field_by_name(name).map(|field| match field.kind() {
            Kind::Message(message) if binding.verb == Method::PATCH => schemas.patch(&message),
            _ => schemas.field(&field),
        }),
    };
    if binding.body != "*" {
        for name in query_names(&input, "", &mut Vec::new()) {
            let in_body = name.split('.').next() == Some(binding.body.as_str());
            if !in_body && !captures.contains(&name.as_str()) {
                parameters.push(parameter(schemas, &input, &name, "query"));
            }
        }
    }
    if binding.verb == Method::POST {
        parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
    }
    if binding.verb == Method::PATCH || input.get_field_by_name("etag").is_some() {
        parameters.push(json!({"$ref": "#/components/parameters/IfMatch"}));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = body {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    let answer = schemas.message(&method.output());
    let mut responses =
        json!({"200": {"description": "Done.", "content": {"application/json": {"schema": answer}}}});
    for (status, name, _) in PROBLEMS {
        let applies = match status {
            "401" => !is_public || method.name() == "SignIn",
            "403" => matches!(rule, Some(Rule::Permission(_))),
            "404" => !captures.is_empty(),
            "409" | "422" => binding.verb != Method::GET,
            _ => true,
        };
        if applies {
            responses[status] = json!({"$ref": format!("#/components/responses/{name}")});
        }
    }
    operation["responses"] = responses;
    operation
}

/// A template with plain names: `/v1/accounts/{account.id}` is the same path as `/v1/accounts/{id}`.
fn shown(template: &str) -> String {
    let segments = template.split('{').map(|part| match part.split_once('}') {
        Some((name, rest)) => format!("{}}}{rest}", last(name)),
        None => part.to_owned(),
    });
    segments.collect::<Vec<_>>().join("{")
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn parameter(schemas: &mut Schemas, input: &MessageDescriptor, name: &str, place: &str) -> Value {
    let mut schema = json!({});
    let mut description = String::new();
    let mut required = place == "path";
    let mut message = Some(input.clone());
    for part in name.split('.') {
        let Some(field) = message.as_ref().and_then(|message| message.get_field_by_name(part)) else { break };
        description = schemas.comments.of(&field.parent_message().parent_file(), field.path());
        required |= annotation::behavior(&field).required && !name.contains('.');
        schema = schemas.value(&field);
        message = field.kind().as_message().cloned();
    }
    let name = if place == "path" { last(name) } else { name };
    json!({"name": name, "in": place, "required": required, "description": description, "schema": schema})
}

/// The dotted names of all fields that a query can set; a message that holds itself is not entered again.
fn query_names(message: &MessageDescriptor, prefix: &str, within: &mut Vec<String>) -> Vec<String> {
    let mut names = Vec::new();
    within.push(message.full_name().to_owned());
    for field in message.fields().filter(|field| !field.is_map()) {
        let name = format!("{prefix}{}", field.name());
        match nested(&field) {
            None => names.push(name),
            Some(inner) if !field.is_list() && !within.contains(&inner.full_name().to_owned()) => {
                names.extend(query_names(&inner, &format!("{name}."), within));
            }
            Some(_) => {}
        }
    }
    within.pop();
    names
}

fn nested(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let kind = field.kind();
    kind.as_message().filter(|message| !message.full_name().starts_with("google.protobuf.")).cloned()
}

/// `BatchGetAccounts` as `Batch get accounts`.
fn summary(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn operations(document: &Value) -> Vec<(String, Value)> {
        let paths = document["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, verbs)| {
            verbs.as_object().unwrap().iter().map(move |(verb, one)| (format!("{verb} {path}"), one.clone()))
        });
        all.collect()
    }

    #[test]
    fn every_operation_has_its_own_id_and_says_what_it_does() {
        let document = document();
        let mut ids = HashSet::new();
        for (name, operation) in operations(&document) {
            assert!(ids.insert(operation["operationId"].to_string()), "{name} shares its id");
            let description = operation["description"].as_str().unwrap();
            assert!(description.contains('.') && !description.starts_with('\n'), "{name} is not described");
            assert!(operation["responses"]["400"].is_object(), "{name} never fails");
        }
        assert!(ids.len() > 40, "{}", ids.len());
    }

    #[test]
    fn no_path_is_another_with_other_names() {
        let document = document();
        let paths = document["paths"].as_object().unwrap().keys();
        let plain = |path: &String| {
            path.split('{')
                .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))
                .collect::<Vec<_>>()
                .join("{}")
        };
        let plain: Vec<_> = paths.map(plain).collect();
        assert_eq!(plain.iter().collect::<HashSet<_>>().len(), plain.len(), "{plain:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(value: &Value, document: &Value) {
            if let Some(reference) = value["$ref"].as_str() {
                assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
            }
            match value {
                Value::Array(values) => values.iter().for_each(|value| check(value, document)),
                Value::Object(values) => values.values().for_each(|value| check(value, document)),
                _ => {}
            }
        }
        check(&document(), &document());
    }

    #[test]
    fn access_is_told() {
        let document = document();
        let sign_in = &document["paths"]["/v1/sessions"]["post"];
        assert_eq!(sign_in["security"], json!([]));
        let get = &document["paths"]["/v1/accounts/{id}"]["get"];
        assert_eq!(get["x-permission"], "customers.account.read");
        assert!(get["description"].as_str().unwrap().contains("`customers.account.read`"));
        assert!(get["security"].is_null());
    }

    #[test]
    fn parameters_are_what_neither_path_nor_body_holds() {
        let document = document();
        let names = |path: &str, verb: &str| -> Vec<String> {
            let parameters = document["paths"][path][verb]["parameters"].as_array().unwrap();
            parameters
                .iter()
                .filter_map(|one| Some(format!("{} {}", one["in"].as_str()?, one["name"].as_str()?)))
                .collect()
        };
        assert_eq!(
            names("/v1/accounts", "get"),
            [
                "query page_size",
                "query page_token",
                "query filter",
                "query order_by",
                "query query",
                "query show_deleted"
            ]
        );
        assert_eq!(names("/v1/accounts/{id}", "patch"), ["path id", "query update_mask"]);
    }

    #[test]
    fn bodies_and_answers_have_schemas() {
        let document = document();
        let create = &document["paths"]["/v1/accounts"]["post"];
        assert_eq!(
            create["requestBody"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/customers.Account"
        );
        let account = &document["components"]["schemas"]["customers.Account"];
        assert_eq!(account["required"], json!(["name"]));
        assert_eq!(account["properties"]["id"]["readOnly"], true);
        assert_eq!(account["properties"]["annual_revenue"]["type"], "string");
        assert_eq!(account["properties"]["create_time"]["format"], "date-time");
        assert_eq!(account["properties"]["id_card_number"]["x-sensitive"], true);
        assert_eq!(account["properties"]["phones"]["items"]["$ref"], "#/components/schemas/customers.Phone");
        let patch = &document["components"]["schemas"]["customers.AccountPatch"];
        assert!(patch["required"].is_null() && patch["properties"]["name"].is_object());
    }
}
