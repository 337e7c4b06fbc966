//! What all services share: one way to be called, one way to write, one way to query a record.
//! Names no service and no resource.

pub mod access;
pub mod access_log;
pub mod cache;
pub mod call;
pub mod change;
pub mod channel;
pub mod clock;
mod comment;
pub mod config;
pub mod convert;
pub mod copy;
pub mod crypto;
pub mod db;
pub mod directory;
pub mod error;
pub mod feed;
pub mod filter;
pub mod health;
pub mod history;
pub mod id;
pub mod job;
pub mod ledger;
pub mod message;
pub mod migrations;
pub mod page;
pub mod record;
pub mod registry;
mod reseal;
pub mod search;
pub mod server;
pub mod service;
pub mod store;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tls;
mod wire;

pub use access::Access;
pub use call::call;
pub use db::{Db, Tx};
pub use error::{Error, Result, Violation, Violations};
pub use page::{ListQuery, Page};
pub use record::Record;
