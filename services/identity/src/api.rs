//! The RPCs of the service: request to rules and records, record to answer.

pub mod api_keys;
pub mod callers;
pub mod credentials;
pub mod departments;
pub(crate) mod finishing;
pub mod notifications;
pub mod organizations;
pub mod passwords;
mod permissions;
pub mod roles;
pub mod sessions;
mod throttle;
pub mod users;
pub(crate) mod values;
pub mod views;
