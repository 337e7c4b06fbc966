//! The records of the service.

pub mod account;
pub mod contact;
pub mod values;
