//! One file per proto service: RPC → rules and records → message.

pub mod assignment_rules;
pub mod exchange_rates;
pub mod lead_forms;
pub mod leads;
pub mod opportunities;
pub mod pipelines;
pub mod predictions;
pub mod products;
pub mod reports;
pub mod representatives;
pub mod targets;
