//! A PostgreSQL and a Redis of the test's own, whose data stays when they end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use crm_tests::{Process, run};

use crate::machine;

/// A running PostgreSQL and Redis.
pub struct Servers {
    /// Where PostgreSQL listens.
    pub postgres_port: u16,
    /// Where Redis listens.
    pub redis_port: u16,
    postgres: Option<Process>,
    redis: Option<Process>,
    directory: PathBuf,
}

/// How PostgreSQL treats what it is told to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As in production: a commit is on disk when it is answered.
    Synced,
    /// For filling a database that is made again if the machine fails.
    Unsynced,
}

impl Servers {
    /// Starts both on the data of a directory, which is made if there is none.
    pub fn start(directory: &Path, durability: Durability) -> Result<Self> {
        let data = directory.join("postgres");
        if !data.join("PG_VERSION").exists() {
            initialize(&data)?;
        }
        let (postgres_port, redis_port) = (free_port()?, free_port()?);
        let mut postgres = as_postgres("postgres")?;
        postgres.arg("-D").arg(&data).arg("-k").arg(&data).args(["-p", &postgres_port.to_string()]);
        // As docs/operations.md has it: a quarter of the memory, and the system's cache takes most of the rest.
        let megabytes = machine::memory() >> 20;
        let synced = if durability == Durability::Synced { "on" } else { "off" };
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            "max_connections=300".to_owned(),
            format!("shared_buffers={}MB", megabytes / 4),
            format!("effective_cache_size={}MB", megabytes / 4 * 3),
            "maintenance_work_mem=1GB".to_owned(),
            "max_wal_size=8GB".to_owned(),
            "checkpoint_timeout=30min".to_owned(),
            "random_page_cost=1.1".to_owned(),
            "shared_preload_libraries=pg_stat_statements".to_owned(),
            format!("fsync={synced}"),
            format!("synchronous_commit={synced}"),
            format!("full_page_writes={synced}"),
        ] {
            postgres.args(["-c", &setting]);
        }
        let postgres = Process::start("postgres", &mut postgres, directory);
        let mut redis = Command::new("setpriv");
        redis.args(["--pdeathsig=INT", "redis-server", "--bind", "127.0.0.1", "--save", ""]);
        redis.args(["--port", &redis_port.to_string(), "--dir"]).arg(directory);
        let redis = Process::start("redis", &mut redis, directory);
        let servers = Self {
            postgres_port,
            redis_port,
            postgres: Some(postgres),
            redis: Some(redis),
            directory: directory.to_owned(),
        };
        servers.wait()?;
        Ok(servers)
    }

    fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(120);
        let port = self.postgres_port.to_string();
        let answers = || {
            let postgres = Command::new("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            let redis = Command::new("redis-cli").args(["-p", &self.redis_port.to_string(), "ping"]).output();
            postgres.is_ok_and(|status| status.success()) && redis.is_ok_and(|output| output.status.success())
        };
        while !answers() {
            if Instant::now() > deadline {
                bail!("the servers did not start, read the logs in {}", self.directory.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// How a database is reached.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.postgres_port)
    }

    /// How Redis is reached.
    pub fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.redis_port)
    }

    /// The number of PostgreSQL's first process.
    pub fn postgres_id(&self) -> Option<u32> {
        self.postgres.as_ref().map(Process::id)
    }

    /// The number of Redis's process.
    pub fn redis_id(&self) -> Option<u32> {
        self.redis.as_ref().map(Process::id)
    }

    /// Runs a statement; answers what it returned, a row a line, columns between bars.
    pub fn query(&self, database: &str, statement: &str) -> Result<String> {
        let mut psql = Command::new("psql");
        psql.args([&self.url(database), "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        let output = psql.output().context("psql cannot be started")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{statement}: {errors}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Ends both, so that the data can be copied.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if self.postgres.is_some()
            && let Ok(mut stop) = as_postgres("pg_ctl")
        {
            let data = self.directory.join("postgres");
            let _ = stop.args(["stop", "-s", "-w", "-t", "300", "-m", "fast", "-D"]).arg(data).status();
        }
        self.postgres = None;
        self.redis = None;
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.end();
    }
}

fn initialize(data: &Path) -> Result<()> {
    std::fs::create_dir_all(data)?;
    if is_root() {
        run(Command::new("chown").arg("postgres:").arg(data));
    }
    let mut initdb = as_postgres("initdb")?;
    initdb.arg("-D").arg(data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]);
    run(initdb.arg("--locale=C.UTF-8"));
    Ok(())
}

/// A program of PostgreSQL, which Debian keeps out of the path and which refuses to run as root.
fn as_postgres(program: &str) -> Result<Command> {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=INT");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg(installed(program)?);
    Ok(command)
}

fn installed(program: &str) -> Result<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin").join(program)).collect())
        .unwrap_or_default();
    versions.retain(|path: &PathBuf| path.exists());
    versions.sort();
    Ok(versions.pop().unwrap_or_else(|| program.into()))
}

fn is_root() -> bool {
    run(Command::new("id").arg("-u")).trim() == "0"
}

/// A port that nothing listens on, below those that the kernel hands out for outgoing connections.
pub fn free_port() -> Result<u16> {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 21_000 + u16::try_from(std::process::id() % 90)? * 100;
    for _ in 0..1000 {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
