//! What the suite must show, from outside.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod cache;
mod clients;
mod commands;
mod crash;
mod input;
mod journey;
mod permissions;
mod replicas;
mod sales;
mod traces;
