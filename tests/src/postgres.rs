//! A Postgres of one test, which can be stopped and started again.

use std::process::Command;

use tempfile::TempDir;

use crate::namespace::{is_root, on_small_disk};
use crate::node::free_port;
use crate::process::Process;
use crate::{eventually, run};

/// A Postgres whose commits survive its own sudden end.
pub struct Postgres {
    port: u16,
    process: Option<Process>,
    directory: TempDir,
    small_disk: Option<&'static str>,
}

impl Postgres {
    /// Starts an empty one.
    pub async fn start() -> Self {
        Self::begin(None).await
    }

    /// Starts one that has a disk of a size, such as `64m`, at `small_disk`.
    pub async fn start_with_small_disk(size: &'static str) -> Self {
        Self::begin(Some(size)).await
    }

    async fn begin(small_disk: Option<&'static str>) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        std::fs::create_dir(directory.path().join("small")).expect("a directory can be made");
        if is_root() {
            run(Command::new("chown").args(["-R", "postgres:"]).arg(directory.path()));
        }
        let mut initialize = as_postgres("initdb");
        initialize.arg("--pgdata").arg(directory.path().join("data"));
        initialize.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        run(initialize.arg("--no-sync"));
        let mut postgres = Self { port: free_port(), process: None, directory, small_disk };
        postgres.resume().await;
        postgres
    }

    /// Starts it again, with its data.
    pub async fn resume(&mut self) {
        let directory = self.directory.path();
        let mut server = as_postgres("postgres");
        server
            .arg("-D")
            .arg(directory.join("data"))
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(directory);
        for option in ["listen_addresses=127.0.0.1", "max_connections=200", "fsync=off"] {
            server.args(["-c", option]);
        }
        let mut server = match self.small_disk {
            Some(size) => on_small_disk(size, &self.small_disk(), &not_as_mapped_root(server)),
            None => server,
        };
        self.process = Some(Process::start("postgres", &mut server, directory));
        let url = format!("{}/postgres", self.url());
        let answers = || Command::new("psql").args([&url, "--command", "select 1"]).output();
        eventually("postgres", async || answers().ok().filter(|output| output.status.success())).await;
    }

    /// Stops it at once: connections break, and what was committed is found again from its log.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("QUIT");
            eventually("postgres to end", async || (!process.is_running()).then_some(())).await;
        }
    }

    /// The number by which the system knows its first process.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// How it is reached.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Runs a statement in one of its databases; answers what it returned, or how it failed.
    pub fn execute(&self, database: &str, statement: &str) -> Result<String, String> {
        let url = format!("{}/{database}", self.url());
        let mut psql = Command::new("psql");
        psql.args([&url, "--quiet", "--tuples-only", "--no-align", "--command", statement]);
        let output = psql.output().expect("psql can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Where its small disk is.
    pub fn small_disk(&self) -> std::path::PathBuf {
        self.directory.path().join("small")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Killed outright it would leave shared memory behind.
        if let Some(process) = &self.process {
            process.signal("QUIT");
        }
    }
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
    command
}

/// Who may not mount does so as root of a namespace, which PostgreSQL takes for the real one.
fn not_as_mapped_root(command: Command) -> Command {
    if is_root() {
        return command;
    }
    let mut wrapped = Command::new("unshare");
    wrapped.args(["--user", "--map-user=1000"]).arg(command.get_program()).args(command.get_args());
    wrapped
}
