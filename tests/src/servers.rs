//! The database and cache servers that a run may use.

use std::path::Path;
use std::process::Command;

use crate::node::free_port;
use crate::process::Process;
use crate::{eventually, run};

/// The PostgreSQL and Redis of this run; none in the topology of one process.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment chooses the topology, as for the services' own tests"
)]
pub fn servers() -> Option<(String, String)> {
    Some((std::env::var("CRM_TEST_POSTGRES").ok()?, std::env::var("CRM_TEST_REDIS").ok()?))
}

/// A Redis of one test, which can be stopped and started again.
pub struct Redis {
    port: u16,
    process: Option<Process>,
}

impl Redis {
    /// Starts a Redis that keeps nothing on disk.
    pub async fn start(directory: &Path) -> Self {
        let mut redis = Self { port: free_port(), process: None };
        redis.resume(directory).await;
        redis
    }

    /// Starts it again, empty, where it was.
    pub async fn resume(&mut self, directory: &Path) {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]).current_dir(directory);
        self.process = Some(Process::start("redis", &mut command, directory));
        let answers = || Command::new("redis-cli").args(["-p", &port, "ping"]).output();
        eventually("redis", async || answers().ok().filter(|output| output.status.success())).await;
    }

    /// Stops it at once.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// How it is reached.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How many entries it holds.
    pub fn entries(&self) -> u64 {
        let answer = run(Command::new("redis-cli").args(["-p", &self.port.to_string(), "dbsize"]));
        answer.trim().parse().expect("redis counts its entries")
    }
}
