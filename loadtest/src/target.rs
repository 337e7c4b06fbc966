//! What was promised, and whether a run keeps it.

use serde::{Deserialize, Serialize};

use crate::growth::MOST_GROWTH;
use crate::report::{Measured, Report, Setup, median};
use crate::scenario::Mixed;
use crate::suite::{Database, Topology};

/// One mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// A promise and what was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// What is promised of what.
    pub promise: String,
    /// The bound.
    pub bound: f64,
    /// True if more is better.
    pub at_least: bool,
    /// What was measured; none if this run did not.
    pub measured: Option<f64>,
    /// The unit of both.
    pub unit: String,
    /// How it was measured.
    pub how: String,
}

impl Verdict {
    /// True if it is kept; none if it was not measured.
    pub fn kept(&self) -> Option<bool> {
        let measured = self.measured?;
        Some(if self.at_least { measured >= self.bound } else { measured <= self.bound })
    }
}

/// Every promise, judged by a report.
pub fn judge(report: &Report) -> Vec<Verdict> {
    use Database::{Postgres, Sqlite};
    use Topology::{OneProcess, Services};
    let of = |topology: Topology, database: Database| {
        let fits =
            |measured: &&Measured| measured.setup.topology == topology && measured.setup.database == database;
        report.setups.iter().find(|measured| fits(measured) && !measured.operations.is_empty())
    };
    let any_postgres = of(Services, Postgres).or_else(|| of(OneProcess, Postgres));
    let embedded = of(OneProcess, Sqlite);
    let mut verdicts = vec![
        share(
            "get through the gateway, one process on SQLite, of bare axum",
            25.0,
            embedded.and_then(|setup| share_of_floor(setup, "get")),
            "throughput at saturation, median of the rounds' ratios",
        ),
        share(
            "get over gRPC on PostgreSQL, of pgbench's select and bare tonic in series",
            60.0,
            any_postgres.and_then(in_series),
            "throughput at saturation against 1 / (1/select + 1/tonic), median of the rounds' ratios",
        ),
        Verdict {
            promise: "list of 50 with names on PostgreSQL, of a get".to_owned(),
            bound: 6.0,
            at_least: false,
            measured: any_postgres.and_then(|setup| {
                let alone = |name: &str| Some(setup.series(name)?.alone(|latency| latency.p50));
                Some(alone("list_contacts")? / alone("get")?)
            }),
            unit: "times".to_owned(),
            how: "median latency of one at a time".to_owned(),
        },
        share(
            "create through the gateway on PostgreSQL, of pgbench's insert",
            25.0,
            any_postgres.and_then(|setup| share_of_floor(setup, "create")),
            "throughput at the same connections on the same synced server",
        ),
    ];
    verdicts.push(Verdict {
        promise: "permission, tenancy, audit and metrics together, of a get".to_owned(),
        bound: 25.0,
        at_least: false,
        measured: report.overhead.map(|overhead| overhead.percent()),
        unit: "%".to_owned(),
        how: "processor time of calls in one process, less that of the same query and answer alone"
            .to_owned(),
    });
    verdicts.extend(of_people(report));
    let memory = |measured: Option<&Measured>| {
        let idle = &measured?.idle;
        idle.values().map(|memory| memory.resident as f64 / MIB).max_by(f64::total_cmp)
    };
    let starts = embedded.or_else(|| of(OneProcess, Postgres)).map(|setup| setup.starts.iter().copied());
    for (promise, bound, measured, unit, how) in [
        (
            "idle memory of everything in one process",
            60.0,
            memory(embedded),
            "MiB",
            "resident after the start",
        ),
        (
            "idle memory of one service",
            25.0,
            memory(of(Services, Postgres)),
            "MiB",
            "the largest of the services",
        ),
        (
            "start of one process on existing data",
            300.0,
            starts.map(median),
            "ms",
            "until it is ready, median",
        ),
    ] {
        let (promise, unit, how) = (promise.to_owned(), unit.to_owned(), how.to_owned());
        verdicts.push(Verdict { promise, bound, at_least: false, measured, unit, how });
    }
    let growth = report.growth.as_ref().map(|growth| growth.rows()).unwrap_or_default();
    let worst = growth.iter().max_by(|one, other| one.growth.total_cmp(&other.growth));
    verdicts.push(Verdict {
        promise: "growth of any operation from the smallest data to the largest, beyond its answer's"
            .to_owned(),
        bound: MOST_GROWTH,
        at_least: false,
        measured: worst.map(|row| row.growth),
        unit: "times".to_owned(),
        how: worst.map_or("the worst".to_owned(), |row| format!("the worst: {}", row.sentence)),
    });
    verdicts
}

/// What was promised to people at work, in every setup with the most data.
fn of_people(report: &Report) -> Vec<Verdict> {
    let mixed =
        || report.setups.iter().filter_map(|measured| Some((measured.setup, measured.mixed.as_ref()?)));
    let most = mixed().map(|(setup, _)| setup.accounts).max().unwrap_or_default();
    let of = |(setup, mixed): (Setup, &Mixed)| {
        let verdict = |what: &str, bound: f64, measured: f64, unit: &str, how: &str| Verdict {
            promise: format!("{what} of people at work at 70 % of saturation, {}", setup.name()),
            bound,
            at_least: false,
            measured: Some(measured),
            unit: unit.to_owned(),
            how: how.to_owned(),
        };
        let spread = mixed.latencies.p99 as f64 / mixed.latencies.p50.max(1) as f64;
        let errors = mixed.errors.values().sum::<u64>() as f64;
        [
            verdict(
                "99th percentile by the median",
                20.0,
                spread,
                "times",
                "latency from the intended start",
            ),
            verdict("errors", 0.0, errors, "errors", "every answer is checked"),
        ]
    };
    mixed().filter(|(setup, _)| setup.accounts == most).flat_map(of).collect()
}

fn share(promise: &str, bound: f64, measured: Option<f64>, how: &str) -> Verdict {
    let (promise, how) = (promise.to_owned(), how.to_owned());
    Verdict { promise, bound, at_least: true, measured, unit: "%".to_owned(), how }
}

fn share_of_floor(setup: &Measured, operation: &str) -> Option<f64> {
    let ratios = setup.ratios(setup.series(operation)?);
    (!ratios.is_empty()).then(|| median(ratios) * 100.0)
}

fn in_series(setup: &Measured) -> Option<f64> {
    let [get, tonic, select] = ["grpc_get", "grpc", "select"].map(|name| setup.series(name));
    let (get, tonic, select) = (get?, tonic?, select?);
    let rounds = get.rounds.iter().zip(&tonic.rounds).zip(&select.rounds);
    let ratio = rounds.map(|((get, tonic), select)| {
        let floor = 1.0 / (1.0 / tonic.throughput + 1.0 / select.throughput);
        get.throughput / floor * 100.0
    });
    Some(median(ratio))
}
