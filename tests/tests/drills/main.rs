//! What the suite must survive, drilled on real processes: two of each service and gateway with mutual TLS, a real
//! Postgres and Redis, and requests that go on at a steady rate meanwhile.
//!
//! Needs `tests/with-servers`; without, the drills have nothing to stop and pass.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;
mod clock;
mod disk;
mod keys;
mod kill;
mod load;
mod migrations;
mod outcome;
mod postgres;
mod proxy;
mod redis;
mod restart;
mod slow;

use crm_tests::{Postgres, Suite, eventually, servers};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many seconds a process that is to end still serves: longer than callers take to look up who is there.
const DRAIN: &str = "6";

/// The servers of this run, when a drill may begin; none if the run has none. Two drills go on at once: most of a drill is
/// waiting, and more of them would be too much for two cores.
async fn turn() -> Option<(SemaphorePermit<'static>, String, String)> {
    static TURNS: Semaphore = Semaphore::const_new(2);
    let (postgres, redis) = servers()?;
    let turn = TURNS.acquire().await.expect("nobody closes it");
    Some((turn, postgres, redis))
}

/// A new API key of a program that may do everything.
async fn administrators_key(suite: &mut Suite) -> String {
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    // Sales hears of the organization a moment after its start, and makes its first pipeline.
    eventually("sales to know the organization", async || {
        let answer = administrator.get("/v1/pipelines").await;
        answer.body["pipelines"].as_array().filter(|pipelines| !pipelines.is_empty()).map(drop)
    })
    .await;
    key
}

/// Tells what was measured.
fn report(drill: &str, measured: &str) {
    eprintln!("drill {drill}: {measured}");
}

/// A Postgres of its own and a suite on it.
async fn on_own_postgres(redis: &str, settings: &[(&str, &str)]) -> (Postgres, Suite) {
    let postgres = Postgres::start().await;
    let suite = Suite::replicated(&postgres.url(), redis, settings).await;
    (postgres, suite)
}
