//! The test that is made from the descriptors: nobody reaches another organization's records by any method.

use http_body_util::Full;
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};
use tower::ServiceExt;

use super::{Harness, TestCaller};
use crate::access::method::resource;

impl Harness {
    /// Calls every method of the service that names records, in the name of an administrator of another organization,
    /// with a record that exists; answers the methods that were called. The samples are resources and ids.
    ///
    /// # Panics
    ///
    /// If a method answers anything but NOT_FOUND, or names a resource without a sample.
    pub async fn assert_tenants_are_apart(&self, samples: &[(&str, String)]) -> Vec<String> {
        self.assert_apart_from(&self.administrator(), samples).await
    }

    /// Does the same in the name of a given stranger, for services where a stranger has to be somebody.
    pub async fn assert_apart_from(&self, stranger: &TestCaller, samples: &[(&str, String)]) -> Vec<String> {
        let package = format!("crm.{}.v1", self.context.db.service());
        let services =
            crm_protos::descriptors().services().filter(|service| service.package_name() == package);
        let mut called = Vec::new();
        for method in services.flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let Some(request) = naming_a_record(&method, samples) else { continue };
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            let code = self.code_of(stranger, &path, &request).await;
            assert_eq!(code, tonic::Code::NotFound, "{path} for another organization's record");
            called.push(path);
        }
        called
    }

    /// The code that a call of a method with an encoded request ends with.
    pub async fn code_of(&self, caller: &TestCaller, path: &str, request: &DynamicMessage) -> tonic::Code {
        let message = request.encode_to_vec();
        let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
        let frame = [&[0], length.as_slice(), &message].concat();
        let mut call =
            http::Request::post(path).header("content-type", "application/grpc").header("te", "trailers");
        let metadata = caller.request(()).metadata().clone().into_headers();
        call.headers_mut().expect("headers").extend(metadata);
        let body = tonic::body::Body::new(Full::new(bytes::Bytes::from(frame)));
        let answer =
            self.channel.clone().oneshot(call.body(body).expect("a request")).await.expect("an answer");
        tonic::Status::from_header_map(answer.headers()).map_or(tonic::Code::Ok, |status| status.code())
    }
}

/// A request that names a sample where the method names a record: in `id`, in `ids`, or in the `id` of a resource.
fn naming_a_record(method: &MethodDescriptor, samples: &[(&str, String)]) -> Option<DynamicMessage> {
    let input = method.input();
    let mut request = DynamicMessage::new(input.clone());
    let about = about(method);
    for field in input.fields() {
        fill(&mut request, &field);
    }
    if let Some(field) = input.get_field_by_name("id") {
        request.set_field(&field, Value::String(sample(samples, &about?)));
    } else if let Some(field) = input.get_field_by_name("ids") {
        request.set_field(&field, Value::List(vec![Value::String(sample(samples, &about?))]));
    } else {
        let named = input.fields().find_map(|field| match field.kind() {
            Kind::Message(message) if input.get_field_by_name("update_mask").is_some() => {
                let id = message.get_field_by_name("id")?;
                Some((field, DynamicMessage::new(message.clone()), id, resource(&message)?))
            }
            _ => None,
        });
        let (field, mut record, id, about) =
            named.filter(|(.., about)| samples.iter().any(|(name, _)| name == about))?;
        record.set_field(&id, Value::String(sample(samples, &about)));
        request.set_field(&field, Value::Message(record));
    }
    Some(request)
}

/// The resource that a method is about: that of its permission, or of what it answers.
fn about(method: &MethodDescriptor) -> Option<String> {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let method_rule = crate::access::method::methods().ok()?.get(&path)?;
    let permission = method_rule.permission().and_then(|permission| permission.rsplit_once('.'));
    permission.map(|(about, _)| about.to_owned()).or_else(|| resource(&method.output()))
}

fn sample(samples: &[(&str, String)], about: &str) -> String {
    let found = samples.iter().find(|(name, _)| *name == about);
    found.unwrap_or_else(|| panic!("there is no sample of {about}")).1.clone()
}

/// Gives a value to every text and every enum, so that what is required is there. What may refer to another record is
/// left out: it would be refused before the record itself is looked for.
fn fill(request: &mut DynamicMessage, field: &FieldDescriptor) {
    let optional = ["page_token", "order_by", "query", "etag"];
    if field.is_list() || optional.contains(&field.name()) || field.name().ends_with("_id") {
        return;
    }
    match field.kind() {
        Kind::String => request.set_field(field, Value::String("text".to_owned())),
        Kind::Enum(_) => request.set_field(field, Value::EnumNumber(1)),
        _ => {}
    }
}
