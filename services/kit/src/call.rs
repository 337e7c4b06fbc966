//! The one funnel of every RPC: field rules, error mapping, metrics and access records, once.

use std::time::Instant;

use prost::Message;
use tonic::{Code, Request, Response, Status};

use crate::access::method::{Method, Records};
use crate::access::{Access, fields};
use crate::access_log::AccessLog;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::wire;

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
    let bytes = message.encode_to_vec();
    let mut named = Vec::from_iter(first_id(&bytes));
    let result = perform(&access, method, message, bytes, work).await;
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
    bytes: Vec<u8>,
    work: impl AsyncFnOnce(&Access, Q) -> Result<A>,
) -> Result<A> {
    crate::message::require_request(&method.required, &bytes)?;
    fields::refuse_writes(access, method, &bytes)?;
    if access.origin().idempotency_key.is_some() {
        access.set_claim(sha256(&[method.path.as_bytes(), &bytes]));
    }
    drop(bytes);
    let answer = work(access, message).await?;
    fields::hide(access, method, answer)
}

#[expect(clippy::disallowed_methods, reason = "the one place where answers are made")]
fn plain<A>(answer: A) -> Response<A> {
    Response::new(answer)
}

/// The id that a request names in its first field, as get, delete and the verbs do.
fn first_id(request: &[u8]) -> Option<String> {
    wire::text(request, 1).filter(|text| uuid::Uuid::try_parse(text).is_ok()).map(str::to_owned)
}

fn record_ids(records: Records, answer: &impl Message) -> Vec<String> {
    match records {
        Records::None => Vec::new(),
        Records::One => wire::text(&answer.encode_to_vec(), 1).map(str::to_owned).into_iter().collect(),
        Records::Many(number, id) => {
            let bytes = answer.encode_to_vec();
            wire::all(&bytes, number).filter_map(|record| wire::text(record, id).map(str::to_owned)).collect()
        }
    }
}
