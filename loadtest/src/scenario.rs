//! People at work: each does something, thinks, and does the next thing, whether the suite is quick or slow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use http::HeaderValue;
use rand::Rng;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use crate::counters::Share;
use crate::data::Data;
use crate::drive::{Observed, Percentiles};
use crate::operation::Operation;
use crate::worker::{Place, Worker};

/// How often people do what, in parts of a thousand.
pub const WEIGHTS: [(Operation, u32); 14] = [
    (Operation::Get, 275),
    (Operation::ListAccounts, 150),
    (Operation::ListContacts, 100),
    (Operation::SearchChinese, 80),
    (Operation::SearchPhone, 40),
    (Operation::FindEverywhere, 40),
    (Operation::FilterWithScope, 60),
    (Operation::Board, 60),
    (Operation::Dashboard, 40),
    (Operation::Create, 40),
    (Operation::Update, 60),
    (Operation::Move, 45),
    (Operation::SignIn, 5),
    (Operation::Export, 5),
];

/// What people experienced.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Mixed {
    /// How many people there were.
    pub people: usize,
    /// How long they thought between two requests, in seconds, on average.
    pub think_seconds: f64,
    /// How many requests a second the suite can answer at most.
    pub saturation: f64,
    /// How many requests a second were meant to start.
    pub intended: f64,
    /// How many a second were answered.
    pub throughput: f64,
    /// The latencies of all, from the intended start.
    pub latencies: Percentiles,
    /// The latencies by operation.
    pub operations: BTreeMap<String, Percentiles>,
    /// How many of each operation there were.
    pub counts: BTreeMap<String, u64>,
    /// How often each error occurred.
    pub errors: BTreeMap<String, u64>,
    /// The latencies of each second, to see what disturbs.
    pub seconds: Vec<Percentiles>,
    /// What one request takes.
    #[serde(default)]
    pub share: Share,
}

/// Chooses what somebody does next. A role that may not do it reads instead.
pub fn choose(worker: &mut Worker) -> Operation {
    let mut draw = worker.rng.random_range(0..WEIGHTS.iter().map(|(_, weight)| weight).sum());
    let mut chosen = Operation::Get;
    for (operation, weight) in WEIGHTS {
        if draw < weight {
            chosen = operation;
            break;
        }
        draw -= weight;
    }
    let changes = matches!(chosen, Operation::Create | Operation::Update | Operation::Move);
    let sells = matches!(chosen, Operation::Board | Operation::Dashboard);
    match worker.user.role.as_str() {
        "Marketing" if changes || sells => Operation::Get,
        "Sales representative" if chosen == Operation::Move => Operation::Board,
        _ => chosen,
    }
}

/// The person of a number: another role than the one before, and the same one again when there are no more.
pub fn person(place: &Place, data: &Arc<Data>, sessions: &[HeaderValue], number: usize) -> Result<Worker> {
    let index = number * 7 % data.users.len();
    Worker::person(place, &data.users[index], &sessions[index], data, number)
}

impl Worker {
    /// How long somebody thinks: exponential, as when many decide independently, and not endless.
    fn pause(&mut self, think: Duration) -> Duration {
        let pause = -self.rng.random_range(f64::MIN_POSITIVE..1.0_f64).ln();
        think.mul_f64(pause.min(10.0))
    }
}

/// How people work.
#[derive(Clone, Copy, Debug)]
pub struct Shift {
    /// How many there are.
    pub people: usize,
    /// How long each thinks between two requests, on average.
    pub think: Duration,
    /// How long is not observed yet.
    pub warm_up: Duration,
    /// How long is observed.
    pub time: Duration,
}

/// Lets people work and observes what they wait for. Starts are planned without regard to answers: whoever is answered
/// late begins the next request late, and its latency counts from when it was meant to begin.
pub async fn work(place: &Place, data: &Arc<Data>, sessions: &[HeaderValue], shift: Shift) -> Result<Mixed> {
    let begin = Instant::now() + Duration::from_millis(200);
    let (observe, end) = (begin + shift.warm_up, begin + shift.warm_up + shift.time);
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let mut people = tokio::task::JoinSet::new();
    for number in 0..shift.people {
        let mut worker = person(place, data, sessions, number)?;
        let seen = seen.clone();
        people.spawn(async move {
            let mut own = Seen::default();
            // As if everybody had begun to think long ago: the same number begins at every moment.
            let mut start = begin + worker.pause(shift.think);
            while start < end {
                sleep_until(start).await;
                let operation = choose(&mut worker);
                let result = worker.perform(operation).await;
                let latency = start.elapsed();
                if start >= observe {
                    own.note(operation, start - observe, latency, &result);
                }
                start += worker.pause(shift.think);
            }
            seen.lock().unwrap_or_else(PoisonError::into_inner).add(&own);
        });
    }
    while let Some(ended) = people.join_next().await {
        ended?;
    }
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.all.elapsed = shift.time;
    let of_operation =
        |(operation, observed): (&Operation, &Observed)| (operation.name(), observed.percentiles());
    Ok(Mixed {
        people: shift.people,
        think_seconds: shift.think.as_secs_f64(),
        saturation: 0.0,
        intended: shift.people as f64 / shift.think.as_secs_f64(),
        throughput: seen.all.throughput(),
        latencies: seen.all.percentiles(),
        operations: seen.operations.iter().map(of_operation).collect(),
        counts: seen
            .operations
            .iter()
            .map(|(known, observed)| (known.name(), observed.latencies.len()))
            .collect(),
        errors: seen.all.errors.clone(),
        seconds: seen.seconds.values().map(Observed::percentiles).collect(),
        share: Share::default(),
    })
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    all: Observed,
    operations: BTreeMap<Operation, Observed>,
    seconds: BTreeMap<u64, Observed>,
}

impl Seen {
    fn note(&mut self, operation: Operation, at: Duration, latency: Duration, result: &Result<()>) {
        let result = match result {
            Ok(()) => Ok(()),
            Err(error) => Err(anyhow::anyhow!("{}: {error:#}", operation.name())),
        };
        self.all.note(latency, &result);
        self.operations.entry(operation).or_default().note(latency, &result);
        self.seconds.entry(at.as_secs()).or_default().note(latency, &Ok(()));
    }

    fn add(&mut self, other: &Self) {
        self.all.add(&other.all);
        for (operation, observed) in &other.operations {
            self.operations.entry(*operation).or_default().add(observed);
        }
        for (second, observed) in &other.seconds {
            self.seconds.entry(*second).or_default().add(observed);
        }
    }
}
