//! What all services share: one way to be called, one way to write, one way to query a record.
//! Names no service and no resource.

pub mod cache;
pub mod channel;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod error;
pub mod id;
pub mod telemetry;
pub mod tls;

pub use error::{Error, Result, Violation};
