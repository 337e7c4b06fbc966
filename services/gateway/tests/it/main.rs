//! The gateway as clients see it, in front of services that say what a test wants.

mod calls;
mod fake;
mod limits;
mod problems;
mod sessions;
mod shared;
mod web;
