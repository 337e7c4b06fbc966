//! Errors: few kinds with many reasons, the same in every service.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// A status travels in a header, of which a peer takes 16 kB: violations for which there is no room are not answered.
const MOST_BYTES: usize = 6_000;

/// The result of everything that a caller may be told about.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request, for example `account.emails[0].address`.
    pub field: String,
    /// The reason in UPPER_SNAKE.
    pub reason: &'static str,
    /// What to do, lower case, no full stop.
    pub message: String,
}

impl Violation {
    /// Names a field, a reason and what to do.
    pub fn new(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), reason, message: message.into() }
    }
}

/// Why a call failed. Stays small: callers distinguish kinds by what they can do about them, and reasons by name.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record does not exist or is out of the caller's reach.
    #[error("there is no such record")]
    NotFound,
    /// The request itself is wrong; all violations at once.
    #[error("the request is not valid")]
    Invalid(Vec<Violation>),
    /// The request as a whole cannot be accepted, whatever its fields say.
    #[error("{message}")]
    Refused {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// Something unique is taken.
    #[error("{message}")]
    Exists {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// The record has changed since the caller read it.
    #[error("the record has changed, read it again and repeat the change")]
    Stale,
    /// The record has changed since the version that the caller says to have seen.
    #[error("the record has changed, read it again and repeat the change")]
    Overtaken {
        /// The present etag.
        etag: String,
        /// The fields that have changed since, as far as the caller may see them.
        changed_fields: Vec<String>,
    },
    /// The record is in a state that does not allow the call.
    #[error("{message}")]
    Precondition {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// Nobody, or somebody unknown, calls.
    #[error("{message}")]
    Unauthenticated {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// The caller may not do this.
    #[error("{message}")]
    Denied {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// The caller asks too often.
    #[error("too many requests, wait {} s", retry_after.as_secs().max(1))]
    Limited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Something that is needed does not answer; the same call may work later.
    #[error("the service is not available, try again")]
    Unavailable,
    /// Something of ours is out of order and known; the same call works once the operator has seen to it.
    #[error("{message}")]
    Disrupted {
        /// The reason in UPPER_SNAKE.
        reason: &'static str,
        /// What to do.
        message: String,
    },
    /// A fault of ours; the detail is logged and never answered.
    #[error("an internal error occurred, it has been logged")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer of another service, passed on as it is.
    #[error("{0}")]
    Peer(Box<Status>),
}

impl Error {
    /// Wraps a fault of ours.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// A state that does not allow the call.
    pub fn precondition(reason: &'static str, message: impl Into<String>) -> Self {
        Self::Precondition { reason, message: message.into() }
    }

    /// A single violation.
    pub fn invalid(field: impl Into<String>, reason: &'static str, message: impl Into<String>) -> Self {
        Violation::new(field, reason, message).into()
    }

    /// The machine-readable reason.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "INVALID",
            Self::Stale | Self::Overtaken { .. } => "STALE",
            Self::Refused { reason, .. }
            | Self::Exists { reason, .. }
            | Self::Precondition { reason, .. }
            | Self::Unauthenticated { reason, .. }
            | Self::Denied { reason, .. }
            | Self::Disrupted { reason, .. } => reason,
            Self::Limited { .. } => "LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal(_) | Self::Peer(_) => "INTERNAL",
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Invalid(_) | Self::Refused { .. } => Code::InvalidArgument,
            Self::Exists { .. } => Code::AlreadyExists,
            Self::Stale | Self::Overtaken { .. } => Code::Aborted,
            Self::Precondition { .. } => Code::FailedPrecondition,
            Self::Unauthenticated { .. } => Code::Unauthenticated,
            Self::Denied { .. } => Code::PermissionDenied,
            Self::Limited { .. } => Code::ResourceExhausted,
            Self::Unavailable | Self::Disrupted { .. } => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
            Self::Peer(status) => status.code(),
        }
    }
}

/// Gathers violations so that all are answered at once.
#[derive(Default, Debug)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a violation.
    pub fn add(&mut self, field: impl Into<String>, reason: &'static str, message: impl Into<String>) {
        self.0.push(Violation::new(field, reason, message));
    }

    /// Keeps the value of a result, or its violations; `None` when there was none to keep.
    pub fn check<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(violations)) => {
                self.0.extend(violations);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Fails if there is any violation.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

/// A status from another service: the caller's own faults are passed on, its silence is ours to report.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Self::Unavailable,
            Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented => Self::internal(status),
            _ => Self::Peer(Box::new(status)),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Peer(status) => return *status,
            other => other,
        };
        let metadata = match &error {
            Error::Overtaken { etag, changed_fields } => HashMap::from([
                ("etag".to_owned(), etag.clone()),
                ("changed_fields".to_owned(), changed_fields.join(",")),
            ]),
            _ => HashMap::new(),
        };
        let mut details = ErrorDetails::with_error_info(error.reason(), "crm", metadata);
        if let Error::Invalid(violations) = &error {
            // Built by hand: the reason of a violation has no setter.
            let mut room = MOST_BYTES;
            let fits = violations.iter().take_while(|violation| {
                room = room
                    .saturating_sub(violation.field.len() + violation.message.len() + violation.reason.len());
                room > 0
            });
            let field_violations = fits.map(|violation| {
                let mut field = FieldViolation::new(&violation.field, &violation.message);
                field.reason = violation.reason.to_owned();
                field
            });
            details.set_bad_request(field_violations.collect::<Vec<_>>());
        }
        if let Error::Limited { retry_after } = &error {
            details.set_retry_info(Some(*retry_after));
        }
        if let Error::Internal(source) = &error {
            tracing::error!(error = source.as_ref() as &(dyn std::error::Error + 'static), "internal error");
        }
        Status::with_error_details(error.code(), error.to_string(), details)
    }
}

impl From<prost::DecodeError> for Error {
    fn from(error: prost::DecodeError) -> Self {
        Self::internal(error)
    }
}
