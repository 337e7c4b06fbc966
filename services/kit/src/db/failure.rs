//! What a failure of the database means to those who called: most pass, and the same call works later.

use sea_orm::{DbErr, RuntimeErr};
use sqlx::Error as Cause;

use crate::error::Error;

const FULL: &str = "STORAGE_FULL";

/// Whether it failed because the disk is full.
pub(super) fn is_full(error: &Error) -> bool {
    matches!(error, Error::Disrupted { reason: FULL, .. })
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let kind = Kind::of(&error);
        if kind == Kind::Fault {
            return Self::internal(error);
        }
        tracing::error!(error = &error as &dyn std::error::Error, "database is not available");
        if kind == Kind::Passing {
            return Self::Unavailable;
        }
        let message = "nothing can be saved because the disk of the database is full, tell the operator";
        Self::Disrupted { reason: FULL, message: message.to_owned() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The database is away, overloaded, too slow or at odds with another transaction.
    Passing,
    /// There is no room on the disk.
    Full,
    /// A fault of ours.
    Fault,
}

impl Kind {
    fn of(error: &DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) => Self::Passing,
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => Self::of_cause(cause),
            DbErr::Conn(_) => Self::Passing,
            _ => Self::Fault,
        }
    }

    fn of_cause(cause: &Cause) -> Self {
        match cause {
            // A connection that breaks in the middle of an answer is a violation of the protocol.
            Cause::Io(_)
            | Cause::Tls(_)
            | Cause::Protocol(_)
            | Cause::PoolTimedOut
            | Cause::PoolClosed
            | Cause::WorkerCrashed
            | Cause::BeginFailed => Self::Passing,
            Cause::Database(refusal) => refusal.code().map_or(Self::Fault, |code| Self::of_code(&code)),
            _ => Self::Fault,
        }
    }

    /// Postgres' codes have five characters; SQLite's are numbers whose lowest byte is the kind.
    fn of_code(code: &str) -> Self {
        match code.parse::<u32>().map(|number| number & 0xff) {
            Ok(kind) if code.len() < 5 => match kind {
                13 => Self::Full,
                // Busy, locked, no memory, the disk fails, no file can be opened.
                5 | 6 | 7 | 10 | 14 => Self::Passing,
                _ => Self::Fault,
            },
            _ => match code {
                "53100" => Self::Full,
                // A conflict of transactions, a lock that is not given, a server that has become a standby.
                "40001" | "40P01" | "55P03" | "25006" => Self::Passing,
                // Of connections, of resources, of the operator (also a statement that took too long), of the system.
                _ if ["08", "53", "57", "58"].contains(&&code[..2]) => Self::Passing,
                _ => Self::Fault,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_of_ours_are_internal() {
        let passing = ["57014", "57P01", "57P03", "08006", "53300", "40P01", "5", "261", "10", "4874"];
        assert!(passing.iter().all(|code| Kind::of_code(code) == Kind::Passing));
        assert!(["53100", "13"].iter().all(|code| Kind::of_code(code) == Kind::Full));
        assert!(
            ["42601", "23505", "22P02", "1", "19", "2067", "11"]
                .iter()
                .all(|code| Kind::of_code(code) == Kind::Fault)
        );
    }

    #[test]
    fn a_full_disk_is_told_and_an_absent_database_is_unavailable() {
        let full = Error::Disrupted { reason: FULL, message: String::new() };
        assert!(is_full(&full) && !is_full(&Error::Unavailable));
        let away = DbErr::Query(RuntimeErr::SqlxError(Cause::PoolTimedOut.into()));
        assert!(matches!(Error::from(away), Error::Unavailable));
        assert!(matches!(Error::from(DbErr::Custom("a bug".to_owned())), Error::Internal(_)));
    }
}
