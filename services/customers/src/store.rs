//! The records of the service.

pub mod account;
pub mod contact;
pub mod organization;
pub mod values;
