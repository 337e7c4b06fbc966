//! The RPCs of the service: request to rules and records, record to answer.

pub mod accounts;
pub mod contacts;
mod values;
