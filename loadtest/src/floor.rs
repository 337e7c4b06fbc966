//! Floors: the least that an operation could cost on this machine, measured in the same rounds.

mod server;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use crm_protos::customers::v1::Account;
use crm_tests::{Certificates, Process};
use prost::Message;

use crate::http::Http;
use crate::servers::{Servers, free_port};
use crate::suite::{beside, channel};
use crate::worker::Place;

pub use server::serve;

/// Rows of the tables of the floors, at most.
const MOST_ROWS: u64 = 1_000_000;

/// The bare servers, and the tables for the bare databases.
pub struct Floors {
    /// Where a bare server answers what the suite would answer.
    pub place: Place,
    rows: u64,
    directory: std::path::PathBuf,
    // Ended when the floors are dropped.
    _server: Process,
}

/// The floors that need a PostgreSQL.
pub const OF_SERVERS: [&str; 5] = ["select", "insert", "redis", "copy_out", "copy_in"];

impl Floors {
    /// Starts the bare servers with an answer of the suite, and makes the tables.
    pub async fn start(
        json: &[u8],
        account: &Account,
        servers: Option<&Servers>,
        rows: u64,
        directory: &Path,
        connections: usize,
        certificates: Option<&Certificates>,
    ) -> Result<Self> {
        let (http, grpc) = (free_port()?, free_port()?);
        let (body, message) = (directory.join("floor.json"), directory.join("floor.message"));
        fs::write(&body, json)?;
        fs::write(&message, account.encode_to_vec())?;
        let mut command = Command::new(beside("crm-loadtest")?);
        command.args(["floor", &http.to_string(), &grpc.to_string()]).arg(&body).arg(&message);
        // Ciphers cost a bare server as much.
        if let Some(files) = certificates {
            command.args([&files.certificate, &files.key, &files.authority]);
        }
        let server = Process::start("floor", &mut command, directory);
        let gateway = SocketAddr::from(([127, 0, 0, 1], http));
        let deadline = Instant::now() + Duration::from_secs(10);
        while Http::new(gateway).send(http::Method::GET, "/v1/accounts/1", None).await.is_err() {
            ensure!(Instant::now() < deadline, "the bare server did not start: {}", server.output());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let rows = rows.min(MOST_ROWS);
        if let Some(servers) = servers {
            prepare(servers, rows, json.len(), directory)?;
        }
        let grpc = (0..connections).map(|_| channel(grpc, certificates)).collect::<Result<_>>()?;
        let place = Place { gateway, grpc, deep_page: Arc::from("") };
        Ok(Self { place, rows, directory: directory.to_owned(), _server: server })
    }

    /// Measures a bare database or cache for a while: how many a second, and how long one takes in microseconds.
    pub fn measure(
        &self,
        name: &str,
        servers: &Servers,
        clients: usize,
        time: Duration,
    ) -> Result<(f64, f64)> {
        match name {
            "select" | "insert" => self.pgbench(name, servers, clients, time),
            "redis" => redis(servers, clients),
            "copy_out" => self.copy(servers, "copy (select * from floor limit 50000) to '/dev/null'"),
            _ => self.copy(servers, "copy floor_copied from stdin"),
        }
    }

    fn pgbench(&self, name: &str, servers: &Servers, clients: usize, time: Duration) -> Result<(f64, f64)> {
        // The time to connect counts: on a busy machine a second may be over before anything is asked.
        let times = [time.as_secs().max(1), 5, 20];
        for seconds in times {
            if let Some(rates) = self.pgbench_for(name, servers, clients, seconds)? {
                return Ok(rates);
            }
        }
        bail!("pgbench asked nothing in {} s", times[2])
    }

    fn pgbench_for(
        &self,
        name: &str,
        servers: &Servers,
        clients: usize,
        seconds: u64,
    ) -> Result<Option<(f64, f64)>> {
        let mut command = Command::new("pgbench");
        command.args(["-n", "-M", "prepared", "-h", "127.0.0.1", "-U", "postgres", "-j", "2"]);
        command.args(["-p", &servers.postgres_port.to_string(), "-c", &clients.to_string()]);
        command.args(["-T", &seconds.to_string(), "-D", &format!("rows={}", self.rows)]);
        command.arg("-f").arg(self.directory.join(format!("{name}.sql"))).arg("floor");
        let output = command.output().context("pgbench cannot be started")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
        let number = |beginning: &str| {
            let rest = text.lines().find_map(|line| line.strip_prefix(beginning))?;
            rest.split_whitespace().next()?.parse::<f64>().ok()
        };
        let latency = number("latency average = ").unwrap_or_default() * 1000.0;
        Ok(number("tps = ").map(|rate| (rate, latency)))
    }

    fn copy(&self, servers: &Servers, statement: &str) -> Result<(f64, f64)> {
        let rows = self.rows.min(50_000) as f64;
        let mut command = Command::new("psql");
        command.args([&servers.url("floor"), "-q", "-c", "truncate floor_copied", "-c", "\\timing on"]);
        command.args(["-c", statement]);
        if statement.ends_with("stdin") {
            command.stdin(fs::File::open(self.directory.join("copy.rows"))?);
        }
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "COPY failed: {}", String::from_utf8_lossy(&output.stderr));
        let time = text.lines().filter_map(|line| line.strip_prefix("Time: ")).next_back();
        let millis = time.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        let micros = millis.context("psql tells the time")? * 1000.0;
        Ok((rows / (micros / 1e6), micros / rows))
    }
}

fn redis(servers: &Servers, clients: usize) -> Result<(f64, f64)> {
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &servers.redis_port.to_string(), "-c", &clients.to_string(), "-n", "60000"]);
    command.args(["-d", "300", "-t", "get", "--csv"]);
    let output = command.output().context("redis-benchmark cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with("\"GET\"")).context("no line of GET")?;
    let mut numbers = line.split(',').skip(1).filter_map(|text| text.trim_matches('"').parse::<f64>().ok());
    let rate = numbers.next().context("redis-benchmark tells its rate")?;
    Ok((rate, numbers.next().unwrap_or_default() * 1000.0))
}

fn prepare(servers: &Servers, rows: u64, bytes: usize, directory: &Path) -> Result<()> {
    servers.query("postgres", "drop database if exists floor")?;
    servers.query("postgres", "create database floor")?;
    for statement in [
        "create table floor (id bigint primary key, body text)".to_owned(),
        format!(
            "insert into floor select n, repeat(md5(n::text), {}) from generate_series(1, {rows}) n",
            bytes.div_ceil(32)
        ),
        "create table floor_inserted (id uuid primary key, body text)".to_owned(),
        "create table floor_copied (id bigint primary key, body text)".to_owned(),
        "vacuum analyze floor".to_owned(),
    ] {
        servers.query("floor", &statement)?;
    }
    fs::write(
        directory.join("select.sql"),
        "\\set id random(1, :rows)\nselect id, body from floor where id = :id;\n",
    )?;
    let insert = format!("insert into floor_inserted values (gen_random_uuid(), repeat('x', {bytes}));\n");
    fs::write(directory.join("insert.sql"), insert)?;
    let body = "x".repeat(bytes);
    let rows: String = (0..rows.min(50_000)).map(|id| format!("{id}\t{body}\n")).collect();
    fs::write(directory.join("copy.rows"), rows)?;
    Ok(())
}
