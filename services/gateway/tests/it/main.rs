//! The gateway as clients see it, in front of services that say what a test wants.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod fake;
mod limits;
mod problems;
mod sessions;
mod shared;
mod web;
