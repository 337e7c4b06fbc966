//! Logs, metrics and traces of a process.

mod definitions;
mod logs;
mod metrics;
mod pools;
mod traces;

pub use logs::init_logs;
pub(crate) use logs::parse_filter;
pub use metrics::*;
pub use pools::{observe_database, observe_disk};
pub(crate) use traces::conclude_rpc;
pub use traces::{Export, conclude, rename, request_id, span, traceparent, within};
