//! Errors as `application/problem+json` (RFC 9457).
//!
//! Whoever fails answers a [`Problem`]; the outermost layer writes its body, because it knows the request.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// How long a client should wait before it repeats a request that may work later, if nothing better is known.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a request failed.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) reason: String,
    detail: String,
    violations: Vec<Violation>,
    changed: Option<Box<Changed>>,
    retry_after: Option<Duration>,
    allow: Option<Box<str>>,
}

#[derive(Clone, Debug, Serialize)]
struct Violation {
    field: String,
    reason: String,
    message: String,
}

/// What somebody else has done to a record meanwhile.
#[derive(Clone, Debug, Serialize)]
struct Changed {
    etag: String,
    changed_fields: Vec<String>,
}

#[derive(Serialize)]
struct Body9457<'p> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    reason: &'p str,
    detail: &'p str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    violations: &'p [Violation],
    #[serde(flatten)]
    changed: Option<&'p Changed>,
    request_id: &'p str,
    instance: &'p str,
}

impl Problem {
    /// A problem with a machine-readable reason and what to do about it.
    pub(crate) fn new(status: StatusCode, reason: &str, detail: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            detail: detail.to_owned(),
            violations: Vec::new(),
            changed: None,
            retry_after: None,
            allow: None,
        }
    }

    /// The path leads nowhere.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NO_SUCH_PATH", "there is nothing at this path, see /docs")
    }

    /// The path exists for other methods only.
    pub(crate) fn other_methods(methods: String) -> Self {
        let detail = format!("use one of {methods}");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &detail);
        Self { allow: Some(methods.into()), ..problem }
    }

    /// A fault of ours, logged elsewhere.
    pub(crate) fn internal() -> Self {
        Status::internal("").into()
    }

    /// A problem of which only the status is known.
    fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let reason = title.to_ascii_uppercase().replace([' ', '-'], "_");
        match status.is_server_error() {
            true => {
                Self::new(status, &reason, "try again; the failure is logged under the id of the request")
            }
            false => Self::new(status, &reason, &title.to_ascii_lowercase()),
        }
    }

    fn body(&self, request_id: &str, path: &str) -> Vec<u8> {
        let body = Body9457 {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            reason: &self.reason,
            detail: &self.detail,
            violations: &self.violations,
            changed: self.changed.as_deref(),
            request_id,
            instance: path,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// Writes the problem of an answer that failed, if it is one of ours or has no body worth keeping.
pub(crate) fn render(mut response: Response, request_id: &str, path: &str) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if status.is_client_error() || status.is_server_error() => Problem::of_status(status),
        None => return response,
    };
    let headers = response.headers_mut();
    // The router has counted the body that the problem takes the place of.
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = Body::from(problem.body(request_id, path));
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        if let Some(methods) = self.allow.as_deref().and_then(|methods| HeaderValue::try_from(methods).ok()) {
            headers.insert(ALLOW, methods);
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1000).max(1) as u64));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<crm_kit::Error> for Problem {
    fn from(error: crm_kit::Error) -> Self {
        Status::from(error).into()
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let (http, reason) = describe(status.code());
        let mut problem = Self { reason: reason.to_owned(), ..Self::of_status(http) };
        // Only the suite's own words are meant for callers; others name addresses or types.
        match details.error_info() {
            Some(info) if http != StatusCode::INTERNAL_SERVER_ERROR => {
                problem.reason = info.reason.clone();
                problem.detail = status.message().to_owned();
            }
            Some(_) => {}
            None if !status.message().is_empty() => {
                tracing::warn!(code = ?status.code(), message = status.message(), "a call failed outside of the services");
            }
            None => {}
        }
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        problem.violations = violations
            .iter()
            .map(|violation| Violation {
                field: violation.field.clone(),
                reason: violation.reason.clone(),
                message: violation.description.clone(),
            })
            .collect();
        problem.changed = details.error_info().and_then(|info| {
            let fields = info.metadata.get("changed_fields")?.split(',').filter(|name| !name.is_empty());
            let changed_fields = fields.map(str::to_owned).collect();
            Some(Box::new(Changed { etag: info.metadata.get("etag")?.clone(), changed_fields }))
        });
        let told = details.retry_info().and_then(|info| info.retry_delay);
        problem.retry_after = told.or_else(|| is_passing(http).then_some(PAUSE));
        problem
    }
}

/// Whether the same request may work later.
fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

/// The one table from gRPC to HTTP, with the reason where the service gives none.
fn describe(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::InvalidArgument | Code::OutOfRange => (StatusCode::BAD_REQUEST, "INVALID"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Code::PermissionDenied => (StatusCode::FORBIDDEN, "DENIED"),
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::AlreadyExists => (StatusCode::CONFLICT, "EXISTS"),
        Code::Aborted => (StatusCode::CONFLICT, "STALE"),
        Code::FailedPrecondition => (StatusCode::UNPROCESSABLE_ENTITY, "PRECONDITION"),
        Code::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "LIMITED"),
        Code::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        // A server that stops a call at its deadline says that it is cancelled.
        Code::DeadlineExceeded | Code::Cancelled => (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT"),
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => {
            (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
        }
    }
}

#[cfg(test)]
mod tests {
    use crm_kit::{Error, Violation};

    use super::*;

    fn json(problem: &Problem) -> serde_json::Value {
        serde_json::from_slice(&problem.body("request", "/v1/x")).unwrap()
    }

    #[test]
    fn whoever_was_too_late_is_told_what_changed() {
        let error = Error::Overtaken { etag: "3".to_owned(), changed_fields: vec!["name".to_owned()] };
        let body = json(&Problem::from(error));
        assert_eq!(body["reason"], "STALE");
        assert_eq!((&body["etag"], &body["changed_fields"]), (&"3".into(), &serde_json::json!(["name"])));
        assert_eq!(json(&Problem::from(Error::Stale)).get("etag"), None);
    }

    #[test]
    fn an_error_keeps_its_reason_and_violations() {
        let problem = Problem::from(Error::from(Violation::new("account.name", "REQUIRED", "give a name")));
        let expected = serde_json::json!({
            "type": "about:blank", "title": "Bad Request", "status": 400, "reason": "INVALID",
            "detail": "the request is not valid", "request_id": "request", "instance": "/v1/x",
            "violations": [{"field": "account.name", "reason": "REQUIRED", "message": "give a name"}],
        });
        assert_eq!(json(&problem), expected);
    }

    #[test]
    fn waiting_is_told() {
        let problem = Problem::from(Error::Limited { retry_after: Duration::from_millis(1200) });
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[test]
    fn who_may_repeat_a_request_is_told_when() {
        for status in [Status::unavailable(""), Status::deadline_exceeded(""), Status::cancelled("")] {
            assert_eq!(Problem::from(status).into_response().headers()[RETRY_AFTER], "1");
        }
        assert!(!Problem::from(Status::internal("")).into_response().headers().contains_key(RETRY_AFTER));
    }

    #[test]
    fn internal_detail_is_never_told() {
        let internal = Problem::from(Error::internal("the password of the database"));
        let foreign = [
            Status::unknown("connect to 10.0.0.1"),
            Status::unavailable("connect to 10.0.0.1"),
            Status::internal("failed to decode a message"),
        ];
        for problem in foreign.into_iter().map(Problem::from).chain([internal]) {
            let json = json(&problem).to_string();
            assert!(
                !json.contains("10.0.0.1") && !json.contains("decode") && !json.contains("password"),
                "{json}"
            );
        }
    }

    #[test]
    fn an_answer_that_failed_without_a_word_becomes_a_problem() {
        let response = render(StatusCode::METHOD_NOT_ALLOWED.into_response(), "request", "/v1/x");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).reason, "METHOD_NOT_ALLOWED");
        let fine = render(StatusCode::OK.into_response(), "request", "/v1/x");
        assert!(!fine.headers().contains_key(CONTENT_TYPE));
    }
}
