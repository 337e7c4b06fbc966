//! Identity: organizations, users, departments, roles, sessions and API keys.

pub mod domain;
pub mod hasher;
pub mod mail;
