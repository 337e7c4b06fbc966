//! The identity service through its gRPC clients, on a real database.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

mod api_keys;
mod audit;
mod bootstrap;
mod company;
mod delegation;
mod departments;
mod invitations;
mod mailbox;
mod notifications;
mod passwords;
mod roles;
mod second_factor;
mod sessions;
mod tenancy;
mod users;
mod views;

use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

pub(crate) use company::{Company, Person, run};

/// A password that is good enough.
pub(crate) const PASSWORD: &str = "a long walk on the river dike";
/// Another one.
pub(crate) const OTHER_PASSWORD: &str = "seven cranes over the salt lake";

/// A request of whoever has the token.
pub(crate) fn by<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// Fails unless the status has the code and the reason.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(
    result: Result<Response<T>, Status>,
    code: Code,
    reason: &str,
) {
    let status = result.expect_err("a refusal is expected");
    let info = status.get_details_error_info().map(|info| info.reason);
    assert_eq!((status.code(), info.as_deref()), (code, Some(reason)), "{}", status.message());
}

/// The fields and reasons of every violation.
#[track_caller]
pub(crate) fn violations<T: std::fmt::Debug>(result: Result<Response<T>, Status>) -> Vec<(String, String)> {
    let status = result.expect_err("violations are expected");
    assert_eq!(status.code(), Code::InvalidArgument, "{}", status.message());
    let found = status.get_details_bad_request().map(|details| details.field_violations);
    found.into_iter().flatten().map(|violation| (violation.field, violation.reason)).collect()
}

/// The same as texts that are borrowed.
pub(crate) fn pair(field: &str, reason: &str) -> (String, String) {
    (field.to_owned(), reason.to_owned())
}
