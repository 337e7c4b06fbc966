//! What processes and servers count while they are under load.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::http::Http;
use crate::servers::Servers;
use crate::suite::{SERVICES, Suite};

/// Processor time is counted in this many parts of a second on every Linux that we know.
const TICKS: f64 = 100.0;

/// Processor seconds by process, at one moment.
#[derive(Clone, Debug, Default)]
struct Processor(BTreeMap<String, f64>);

impl Processor {
    /// Reads how much time the generator, the suite and the servers have used.
    fn read(suite: &Suite, servers: Option<&Servers>) -> Self {
        let mut used = BTreeMap::new();
        used.insert("generator".to_owned(), seconds(std::process::id()));
        for (name, id) in suite.processes() {
            used.insert(name, seconds(id));
        }
        if let Some(servers) = servers {
            used.extend(servers.redis_id().map(|id| ("redis".to_owned(), seconds(id))));
            used.extend(servers.postgres_id().map(|id| ("postgres".to_owned(), with_children(id))));
        }
        Self(used)
    }

    /// What was used since, in microseconds for each of some requests.
    fn since(&self, earlier: &Self, requests: u64) -> BTreeMap<String, f64> {
        let used = self.0.iter().map(|(name, now)| {
            let before = earlier.0.get(name).copied().unwrap_or_default();
            (name.clone(), (now - before).max(0.0) * 1e6 / requests.max(1) as f64)
        });
        used.collect()
    }
}

/// What is counted of all requests together, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Work {
    processor: Processor,
    /// Statements that PostgreSQL has executed.
    statements: f64,
    /// Seconds that transactions have waited for a connection.
    wait: f64,
}

/// What one request takes, on average.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// Processor time of each process, in microseconds.
    pub processor: BTreeMap<String, f64>,
    /// Statements of PostgreSQL; 0 on SQLite, which does not count them.
    pub statements: f64,
    /// How long transactions waited for a connection, in microseconds.
    pub wait: f64,
}

impl Work {
    /// Reads what has been done so far.
    pub async fn read(suite: &Suite, servers: Option<&Servers>) -> Result<Self> {
        let mut wait = 0.0;
        for address in suite.admins() {
            let answer = Http::new(address).send(http::Method::GET, "/metrics", None).await?;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let sums = text.lines().filter(|line| line.starts_with("crm_database_wait_seconds_sum"));
            wait += sums.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>();
        }
        let statements = match servers {
            None => 0.0,
            Some(servers) => {
                let count = "select coalesce(sum(calls), 0) from pg_stat_statements join pg_database d \
                             on d.oid = dbid where datname like 'crm_%'";
                servers.query("crm_customers", count)?.trim().parse()?
            }
        };
        Ok(Self { processor: Processor::read(suite, servers), statements, wait })
    }

    /// What each of some requests took since.
    pub fn since(&self, earlier: &Self, requests: u64) -> Share {
        let each = |now: f64, before: f64| (now - before).max(0.0) / requests.max(1) as f64;
        Share {
            processor: self.processor.since(&earlier.processor, requests),
            statements: each(self.statements, earlier.statements),
            wait: each(self.wait, earlier.wait) * 1e6,
        }
    }
}

fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may hold spaces; what follows it does not.
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

fn seconds(id: u32) -> f64 {
    let Some(fields) = stat(id) else { return 0.0 };
    let ticks =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS
}

/// Ended children are counted by their parent, living ones by themselves.
fn with_children(id: u32) -> f64 {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |child: &u32| stat(*child).is_some_and(|fields| fields.get(1) == Some(&id.to_string()));
    let ended = stat(id).map_or(0.0, |fields| {
        let ticks =
            |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        (ticks(13) + ticks(14)) / TICKS
    });
    seconds(id) + ended + ids.filter(is_child).map(seconds).sum::<f64>()
}

/// How much memory a process has resident, in bytes: now and at most.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// Now, without the pages of the executable, which all its processes on a machine share.
    #[serde(default)]
    pub private: u64,
    /// The most so far.
    pub peak: u64,
}

/// The memory of every process of a suite.
pub fn memory(suite: &Suite) -> BTreeMap<String, Memory> {
    suite.processes().into_iter().map(|(name, id)| (name, memory_of(id))).collect()
}

fn memory_of(id: u32) -> Memory {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
    };
    Memory { resident: kilobytes("VmRSS:"), private: kilobytes("RssAnon:"), peak: kilobytes("VmHWM:") }
}

/// What the database and the cache have counted so far.
pub fn servers(servers: &Servers) -> Result<BTreeMap<String, f64>> {
    let mut counted = BTreeMap::new();
    let statement = "select datname, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched, \
                     tup_inserted, tup_updated, deadlocks, temp_bytes from pg_stat_database where datname like 'crm_%'";
    let names = [
        "commits",
        "rollbacks",
        "blocks_read",
        "blocks_hit",
        "rows_returned",
        "rows_fetched",
        "rows_inserted",
        "rows_updated",
        "deadlocks",
        "temporary_bytes",
    ];
    for line in servers.query("postgres", statement)?.lines() {
        let mut columns = line.split('|');
        let database = columns.next().unwrap_or_default().to_owned();
        for (name, value) in names.iter().zip(columns) {
            counted.insert(format!("{database} {name}"), value.parse().unwrap_or_default());
        }
    }
    let info = std::process::Command::new("redis-cli")
        .args(["-p", &servers.redis_port.to_string(), "info"])
        .output()?;
    for line in String::from_utf8_lossy(&info.stdout).lines() {
        let Some((name, value)) = line.trim().split_once(':') else { continue };
        let known = ["total_commands_processed", "keyspace_hits", "keyspace_misses", "used_memory"];
        if known.contains(&name) {
            counted.insert(format!("redis {name}"), value.parse().unwrap_or_default());
        }
    }
    Ok(counted)
}

/// The statements that took the most time, with their calls and the mean in microseconds.
pub fn statements(servers: &Servers) -> Result<Vec<(String, u64, f64)>> {
    let mut found = Vec::new();
    for service in SERVICES {
        // Which columns are read tells least and takes most room.
        let statement = "select calls, mean_exec_time * 1000, translate(left(regexp_replace(query, \
                         '^SELECT .*? FROM ', 'SELECT … FROM '), 300), E'|\\n', '  ') from pg_stat_statements \
                         where dbid = (select oid from pg_database where datname = current_database()) \
                         order by total_exec_time desc limit 12";
        for line in servers.query(&format!("crm_{service}"), statement)?.lines() {
            let mut columns = line.splitn(3, '|');
            let calls = columns.next().and_then(|text| text.parse().ok()).unwrap_or_default();
            let mean: f64 = columns.next().and_then(|text| text.parse().ok()).unwrap_or_default();
            found.push((format!("{service}: {}", columns.next().unwrap_or_default()), calls, mean));
        }
    }
    Ok(found)
}

/// Forgets the statements so far.
pub fn forget_statements(servers: &Servers) -> Result<()> {
    servers.query("crm_customers", "select pg_stat_statements_reset()").map(drop)
}
