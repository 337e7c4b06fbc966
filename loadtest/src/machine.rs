//! What the figures were measured on.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// A machine and what was measured on it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor.
    pub processor: String,
    /// How many of its cores could be used.
    pub cores: usize,
    /// The memory in bytes.
    pub memory: u64,
    /// The operating system's kernel.
    pub kernel: String,
    /// The version of PostgreSQL.
    pub postgres: String,
    /// The version of Redis.
    pub redis: String,
    /// The commit that was measured; with a plus sign if files had changed since.
    pub commit: String,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
        let commit = said("git", &["rev-parse", "--short", "HEAD"]);
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory: memory(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            postgres: said("psql", &["--version"]),
            redis: said("redis-server", &["--version"]).split(" sha").next().unwrap_or_default().to_owned(),
            commit: if changed { format!("{commit}+") } else { commit },
        }
    }
}

/// The memory of the machine in bytes.
pub fn memory() -> u64 {
    let total = field("/proc/meminfo", "MemTotal");
    let kilobytes: Option<u64> = total.split(' ').next().and_then(|kilobytes| kilobytes.parse().ok());
    kilobytes.unwrap_or_default() << 10
}

/// What a file of the kernel tells under a name, first.
fn field(path: &str, name: &str) -> String {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map(|(_, rest)| rest.trim().to_owned()).unwrap_or_default()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
