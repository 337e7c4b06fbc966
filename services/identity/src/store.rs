//! The records of the service.

pub mod api_key;
pub mod department;
pub mod one_time_token;
pub mod organization;
pub mod role;
pub mod session;
pub mod user;
