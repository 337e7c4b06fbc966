//! What a run found out.

pub mod html;
pub mod markdown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::capacity::Capacity;
use crate::counters::{Memory, Share};
use crate::drive::Percentiles;
use crate::growth::Growth;
use crate::machine::Machine;
use crate::overhead::Overhead;
use crate::scenario::Mixed;
use crate::suite::{Database, Topology};
use crate::target::Verdict;

/// Everything that a run found out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// When it began, RFC 3339.
    pub time: String,
    /// On what.
    pub machine: Machine,
    /// How it was called.
    pub arguments: Vec<String>,
    /// How long it took, in seconds, with the filling of databases that were not there.
    #[serde(default)]
    pub seconds: f64,
    /// What permission, tenancy, audit and metrics add to a get.
    #[serde(default)]
    pub overhead: Option<Overhead>,
    /// What was measured of each setup.
    pub setups: Vec<Measured>,
    /// How operations grow with the data.
    pub growth: Option<Growth>,
    /// What was promised, and whether it is kept.
    pub targets: Vec<Verdict>,
}

/// What the suite runs as and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The processes.
    pub topology: Topology,
    /// The database.
    pub database: Database,
    /// How many accounts there are.
    pub accounts: u64,
}

impl Setup {
    /// The name in reports.
    pub fn name(&self) -> String {
        let topology = if self.topology == Topology::OneProcess { "one process" } else { "four processes" };
        let database = if self.database == Database::Sqlite { "SQLite" } else { "PostgreSQL" };
        format!("{topology}, {database}, {} accounts", thousands(self.accounts))
    }
}

/// What was measured of one setup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// The setup.
    pub setup: Setup,
    /// How many rows there were.
    pub counts: BTreeMap<String, u64>,
    /// How long filling the database took, in seconds.
    pub seed_seconds: f64,
    /// How many connections saturate it.
    pub connections: usize,
    /// How long starts on existing data took, in milliseconds.
    pub starts: Vec<f64>,
    /// The memory of each process before the first request.
    pub idle: BTreeMap<String, Memory>,
    /// The memory of each process at the end.
    pub memory: BTreeMap<String, Memory>,
    /// The floors.
    pub floors: Vec<Series>,
    /// The operations.
    pub operations: Vec<Series>,
    /// People at work.
    pub mixed: Option<Mixed>,
    /// How many of them there can be.
    pub capacity: Option<Capacity>,
    /// What the servers counted, in all.
    pub counters: BTreeMap<String, f64>,
    /// The statements that took the most time: calls and mean in microseconds.
    pub statements: Vec<(String, u64, f64)>,
}

/// One thing that was measured in several rounds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Series {
    /// The name.
    pub name: String,
    /// What it is, in words.
    pub sentence: String,
    /// The floor that it is compared with; empty for floors.
    pub floor: String,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// How often each error occurred.
    pub errors: BTreeMap<String, u64>,
}

/// One round of one thing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Round {
    /// How many a second at saturation.
    pub throughput: f64,
    /// Latencies of one at a time.
    pub alone: Percentiles,
    /// Latencies at saturation.
    pub saturated: Percentiles,
    /// How many records an answer is about, on average.
    #[serde(default)]
    pub answered: f64,
    /// What one takes.
    #[serde(default)]
    pub share: Share,
}

impl Measured {
    /// A series by its name.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.floors.iter().chain(&self.operations).find(|series| series.name == name)
    }

    /// An operation's throughput as a part of its floor's, round by round.
    pub fn ratios(&self, operation: &Series) -> Vec<f64> {
        let Some(floor) = self.series(&operation.floor) else { return Vec::new() };
        let rounds = operation.rounds.iter().zip(&floor.rounds);
        rounds.map(|(round, floor)| round.throughput / floor.throughput.max(1e-9)).collect()
    }
}

impl Series {
    /// The median throughput.
    pub fn throughput(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.throughput))
    }

    /// The median of a latency of one at a time.
    pub fn alone(&self, of: impl Fn(&Percentiles) -> u64) -> f64 {
        median(self.rounds.iter().map(|round| of(&round.alone) as f64))
    }

    /// The median of a latency at saturation.
    pub fn saturated(&self, of: impl Fn(&Percentiles) -> u64) -> f64 {
        median(self.rounds.iter().map(|round| of(&round.saturated) as f64))
    }

    /// How many records an answer is about.
    pub fn answered(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.answered))
    }

    /// What one takes, the median of each.
    pub fn share(&self) -> Share {
        let of = |part: &dyn Fn(&Share) -> f64| median(self.rounds.iter().map(|round| part(&round.share)));
        let names = self.rounds.first().map(|round| round.share.processor.keys()).into_iter().flatten();
        let time =
            |name: &String| of(&|share: &Share| share.processor.get(name).copied().unwrap_or_default());
        Share {
            processor: names.map(|name| (name.clone(), time(name))).collect(),
            statements: of(&|share: &Share| share.statements),
            wait: of(&|share: &Share| share.wait),
        }
    }
}

/// The middle one of some numbers; 0 of none.
pub fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => 0.0,
        count if count % 2 == 1 => numbers[count / 2],
        count => f64::midpoint(numbers[count / 2 - 1], numbers[count / 2]),
    }
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}
