//! Starts the built `crm` as a person would and talks to it from outside.
//!
//! A run is in one of two topologies: one process on SQLite, or, when `tests/with-servers` names its servers in the
//! environment, separate processes on PostgreSQL and Redis with mutual TLS between them. The scenarios are the same.

mod certificates;
mod collector;
mod grpc;
mod mailbox;
mod namespace;
mod node;
mod people;
mod postgres;
mod process;
mod replicas;
mod rest;
mod rotation;
mod servers;
mod suite;

use std::time::{Duration, Instant};

pub use certificates::{Certificates, SERVER_NAME};
pub use collector::{Collector, Span};
pub use grpc::Grpc;
pub use mailbox::Mailbox;
pub use people::{Person, role};
pub use postgres::Postgres;
pub use process::{Process, run};
pub use replicas::{Balancer, Target};
pub use rest::{Answer, Rest, text};
pub use rotation::NewAuthority;
pub use servers::{Redis, servers};
pub use suite::Suite;

/// Repeats a check until it answers something; fails after two minutes.
pub async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(answer) = check().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited two minutes for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
