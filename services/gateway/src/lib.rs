//! REST for the suite.
#![allow(dead_code, reason = "x")]
mod annotation;
pub mod openapi;
mod session;
mod transcode;
