//! The one funnel of every RPC: field rules, error mapping, metrics and access records, once.

use std::time::Instant;

use prost::Message;
use tonic::{Code, Request, Response, Status};

use crate::access::method::{Method, Records};
use crate::access::{Access, fields};
use crate::access_log::AccessLog;
use crate::crypto::sha256;
use crate::error::{Error, Result};

/// Runs the work of an RPC for the caller that the access layer found.
///
/// Refuses writes to fields that the caller may not write, hides the fields that the caller may not read, turns the
/// error into a status, and records duration, code and the records that were answered.
pub async fn call<Q, A>(
    mut request: Request<Q>,
    work: impl AsyncFnOnce(&Access, Q) -> Result<A>,
) -> Result<Response<A>, Status>
where
    Q: Message,
    A: Message + Default,
{
    let started = Instant::now();
    let access = request.extensions_mut().remove::<Access>();
    let log = request.extensions_mut().remove::<AccessLog>();
    let (Some(access), Some(log)) = (access, log) else {
        // Only a service that was mounted without the layer gets here.
        return Err(Error::internal("a call came without access").into());
    };
    let Some(method) = access.method() else {
        return Err(Error::internal("a call came without a method").into());
    };
    let _in_flight = crate::telemetry::rpc_in_flight();
    let message = request.into_inner();
    let mut named = first_id(&message);
    let result = perform(&access, method, message, work).await;
    let (result, code) = match result {
        Ok(answer) => {
            named.extend(record_ids(method.records, &answer));
            (Ok(plain(answer)), Code::Ok)
        }
        Err(error) => {
            let status = Status::from(error);
            let code = status.code();
            (Err(status), code)
        }
    };
    crate::telemetry::observe_rpc(
        &method.path,
        crate::access_log::code_name(code),
        started.elapsed().as_secs_f64(),
    );
    crate::telemetry::conclude_rpc(code);
    log.append(&access, code, named).await;
    result
}

async fn perform<Q: Message, A: Message + Default>(
    access: &Access,
    method: &'static Method,
    message: Q,
    work: impl AsyncFnOnce(&Access, Q) -> Result<A>,
) -> Result<A> {
    crate::message::require_request(&method.input, &message)?;
    fields::refuse_writes(access, method, &message)?;
    if access.origin().idempotency_key.is_some() {
        let arguments = [method.path.as_bytes(), &message.encode_to_vec()].concat();
        access.set_claim(sha256(&[&arguments]));
    }
    let answer = work(access, message).await?;
    fields::hide(access, method, answer)
}

#[expect(clippy::disallowed_methods, reason = "the one place where answers are made")]
fn plain<A>(answer: A) -> Response<A> {
    Response::new(answer)
}

/// The id that a request names in its first field, as get, delete and the verbs do.
fn first_id(message: &impl Message) -> Vec<String> {
    let bytes = message.encode_to_vec();
    text_field(&bytes, 1)
        .filter(|text| uuid::Uuid::try_parse(text).is_ok())
        .map(str::to_owned)
        .into_iter()
        .collect()
}

fn record_ids(records: Records, answer: &impl Message) -> Vec<String> {
    let bytes = match records {
        Records::None => return Vec::new(),
        _ => answer.encode_to_vec(),
    };
    match records {
        Records::None => Vec::new(),
        Records::One => text_field(&bytes, 1).map(str::to_owned).into_iter().collect(),
        Records::Many(number, id) => {
            let fields = wire_fields(&bytes).filter(|(found, _)| *found == number);
            fields.filter_map(|(_, record)| text_field(record, id).map(str::to_owned)).collect()
        }
    }
}

fn text_field(bytes: &[u8], number: u32) -> Option<&str> {
    wire_fields(bytes)
        .find(|(found, _)| *found == number)
        .and_then(|(_, text)| std::str::from_utf8(text).ok())
}

/// The length-delimited fields of an encoded message; it is our own encoding, so the walk ends at anything odd.
fn wire_fields(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
    std::iter::from_fn(move || {
        loop {
            let (number, wire) = decode_key(&mut bytes).ok()?;
            if wire != WireType::LengthDelimited {
                skip_field(wire, number, &mut bytes, DecodeContext::default()).ok()?;
                continue;
            }
            let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
            let (field, rest) = bytes.split_at_checked(length)?;
            bytes = rest;
            return Some((number, field));
        }
    })
}
