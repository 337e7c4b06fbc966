//! Rounds: floors and operations one after another, again and again, so that what disturbs the machine for a while
//! disturbs all alike.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::ProgressBar;

use crate::counters::Work;
use crate::data::{Data, User};
use crate::drive::closed;
use crate::floor::{Floors, OF_SERVERS};
use crate::operation::Operation;
use crate::report::{Round, Series};
use crate::servers::Servers;
use crate::suite::Suite;
use crate::worker::{Place, Worker};

/// How often an operation is done at most before it is measured, each time as long as in two rounds.
const MOST_WARM_UPS: usize = 10;

/// How many times as fast it must become to be done again.
const FASTER: f64 = 1.03;

/// How often it is done again though it became no faster.
const ENOUGH_IN_VAIN: usize = 2;

/// How often and how long things are measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many rounds.
    pub rounds: usize,
    /// How long each thing is measured at saturation in each round.
    pub time: Duration,
    /// How many connections saturate.
    pub connections: usize,
}

/// What is measured.
pub struct Subject<'a> {
    /// The suite.
    pub suite: &'a Suite,
    /// Its servers.
    pub servers: Option<&'a Servers>,
    /// Where it is reached.
    pub place: &'a Place,
    /// What it holds.
    pub data: &'a Arc<Data>,
}

impl Subject<'_> {
    /// Workers, each in the name of another user of a role, as long as there are some.
    pub fn workers(&self, role: &str, count: usize) -> Result<Vec<Worker>> {
        let everywhere: Vec<&User> =
            self.data.users_of(role).filter(|user| user.department.is_empty()).collect();
        (0..count)
            .map(|number| {
                let user = everywhere.get(number % everywhere.len().max(1));
                let user = user.with_context(|| format!("nobody is {role}"))?;
                Worker::new(self.place, user, self.data, number)
            })
            .collect()
    }

    /// Does each operation until it becomes no faster: what it reads is in the memory of the database then, as after a
    /// morning's work.
    pub async fn warm_up(&self, operations: &[Operation], plan: Plan, progress: &ProgressBar) -> Result<()> {
        for operation in operations {
            progress.set_message(format!("warms up: {}", operation.sentence()));
            let mut workers = self.workers(role_of(*operation), plan.connections)?;
            let (mut best, mut in_vain) = (0.0_f64, 0);
            for _ in 0..MOST_WARM_UPS {
                let (rested, done) = closed(workers, *operation, plan.time * 2).await;
                workers = rested;
                in_vain = if done.throughput() > best * FASTER { 0 } else { in_vain + 1 };
                best = best.max(done.throughput());
                if in_vain == ENOUGH_IN_VAIN {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn operation(&self, operation: Operation, plan: Plan, series: &mut Series) -> Result<()> {
        let workers = self.workers(role_of(operation), plan.connections)?;
        self.round(workers, operation, plan, series).await
    }

    async fn round(
        &self,
        mut workers: Vec<Worker>,
        operation: Operation,
        plan: Plan,
        series: &mut Series,
    ) -> Result<()> {
        let one = workers.pop().context("one connection at least")?;
        // Opens the connections and fills the caches that a user who is at work has filled.
        let (rested, _) = closed(workers, operation, Duration::from_millis(100)).await;
        let (one, _) = closed(vec![one], operation, Duration::from_millis(50)).await;
        let (one, alone) = closed(one, operation, plan.time.mul_f64(0.4)).await;
        let workers = rested.into_iter().chain(one).collect();
        let before = Work::read(self.suite, self.servers).await?;
        let (_, saturated) = closed(workers, operation, plan.time).await;
        let requests = saturated.latencies.len();
        let share = Work::read(self.suite, self.servers).await?.since(&before, requests);
        for errors in [&alone.errors, &saturated.errors] {
            for (reason, count) in errors {
                *series.errors.entry(reason.clone()).or_default() += count;
            }
        }
        series.rounds.push(Round {
            throughput: saturated.throughput(),
            alone: alone.percentiles(),
            saturated: saturated.percentiles(),
            answered: alone.answered as f64 / alone.latencies.len().max(1) as f64,
            share,
        });
        Ok(())
    }

    /// Measures floors and operations in rounds.
    pub async fn measure(
        &self,
        floors: Option<&Floors>,
        operations: &[Operation],
        plan: Plan,
        progress: &ProgressBar,
    ) -> Result<[Vec<Series>; 2]> {
        let names: &[&str] = match (floors, self.servers) {
            (None, _) => &[],
            (Some(_), None) => &["http", "grpc"],
            (Some(_), Some(_)) => &["http", "grpc", "select", "insert", "redis", "copy_out", "copy_in"],
        };
        let mut bare: Vec<Series> = names.iter().map(|name| floor_series(name)).collect();
        let mut done: Vec<Series> = operations.iter().map(|operation| series_of(*operation)).collect();
        for _ in 0..plan.rounds {
            if let Some(floors) = floors {
                for series in &mut bare {
                    progress.set_message(series.sentence.clone());
                    self.floor(floors, plan, series).await?;
                    progress.inc(1);
                }
            }
            for (operation, series) in operations.iter().zip(&mut done) {
                progress.set_message(series.sentence.clone());
                self.operation(*operation, plan, series).await?;
                progress.inc(1);
            }
        }
        Ok([bare, done])
    }

    async fn floor(&self, floors: &Floors, plan: Plan, series: &mut Series) -> Result<()> {
        let operation = if series.name == "grpc" { Operation::GrpcGet } else { Operation::Get };
        let bare = Subject { place: &floors.place, ..*self };
        let Some(servers) = self.servers.filter(|_| OF_SERVERS.contains(&&*series.name)) else {
            let workers = bare.workers("Administrator", plan.connections)?;
            return bare.round(workers, operation, plan, series).await;
        };
        let (_, one) = floors.measure(&series.name, servers, 1, Duration::from_secs(1))?;
        let (throughput, mean) = floors.measure(&series.name, servers, plan.connections, plan.time)?;
        let mut round = Round { throughput, ..Round::default() };
        // These programs tell means; a mean stands for the median here.
        (round.alone.p50, round.saturated.p50) = (one.round() as u64, mean.round() as u64);
        series.rounds.push(round);
        Ok(())
    }
}

/// Who does it: whoever reaches everything by the rights that most people have.
fn role_of(operation: Operation) -> &'static str {
    match operation {
        // As many rows as there are, through the scope that most requests have.
        Operation::FilterWithScope
        | Operation::Get
        | Operation::GrpcGet
        | Operation::Create
        | Operation::Update
        | Operation::Move => "Sales manager",
        _ => "Administrator",
    }
}

fn series_of(operation: Operation) -> Series {
    Series {
        name: operation.name(),
        sentence: operation.sentence().to_owned(),
        floor: operation.floor().to_owned(),
        ..Series::default()
    }
}

fn floor_series(name: &str) -> Series {
    let sentence = match name {
        "http" => "bare axum answers the same JSON",
        "grpc" => "bare tonic answers the same message",
        "select" => "pgbench selects a row by its key",
        "insert" => "pgbench inserts a row",
        "redis" => "redis-benchmark gets a value",
        "copy_out" => "COPY reads a row",
        _ => "COPY writes a row",
    };
    Series { name: name.to_owned(), sentence: sentence.to_owned(), ..Series::default() }
}
