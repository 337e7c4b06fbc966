//! Drives workers as fast as they are answered, which finds out how much the suite can do.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::join_all;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;
use crate::worker::Worker;

/// What was observed of some requests.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The latencies in microseconds.
    pub latencies: Histogram<u64>,
    /// How often each error occurred.
    pub errors: BTreeMap<String, u64>,
    /// How long it took.
    pub elapsed: Duration,
    /// How many records all answers were about.
    pub answered: u64,
}

/// Latencies in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of all are at most this.
    pub p50: u64,
    /// Nine of ten.
    pub p90: u64,
    /// 95 of a hundred.
    pub p95: u64,
    /// 99 of a hundred.
    pub p99: u64,
    /// 999 of a thousand.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

impl Default for Observed {
    fn default() -> Self {
        Self { latencies: empty(), errors: BTreeMap::new(), elapsed: Duration::ZERO, answered: 0 }
    }
}

fn empty() -> Histogram<u64> {
    #[expect(clippy::expect_used, reason = "the bounds are valid")]
    Histogram::new_with_bounds(1, 120_000_000, 3).expect("the bounds are valid")
}

impl Observed {
    /// Notes one request.
    pub fn note(&mut self, latency: Duration, result: &Result<()>) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).max(1);
        self.latencies.saturating_record(micros);
        if let Err(error) = result {
            *self.errors.entry(format!("{error:#}")).or_default() += 1;
        }
    }

    /// Adds what somebody else observed in the same time.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.latencies.add(&other.latencies);
        for (reason, count) in &other.errors {
            *self.errors.entry(reason.clone()).or_default() += count;
        }
        self.elapsed = self.elapsed.max(other.elapsed);
        self.answered += other.answered;
    }

    /// Requests per second.
    pub fn throughput(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latencies at some ranks.
    pub fn percentiles(&self) -> Percentiles {
        let at = |quantile: f64| self.latencies.value_at_quantile(quantile);
        Percentiles {
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: self.latencies.max(),
        }
    }
}

/// Lets workers do the same again and again, each as soon as it is answered.
pub async fn closed(workers: Vec<Worker>, operation: Operation, time: Duration) -> (Vec<Worker>, Observed) {
    let at_once = workers.len();
    closed_with(workers, at_once, time, move |_| operation).await
}

/// Lets workers do what is chosen again and again, so many of them at once: as soon as one is answered, the one who has
/// waited longest is next.
pub async fn closed_with(
    workers: Vec<Worker>,
    at_once: usize,
    time: Duration,
    choose: impl Fn(&mut Worker) -> Operation + Clone + Send + 'static,
) -> (Vec<Worker>, Observed) {
    let begun = Instant::now();
    let deadline = begun + time;
    let waiting = Arc::new(Mutex::new(VecDeque::from(workers)));
    let running = (0..at_once).map(|_| {
        let (waiting, choose) = (waiting.clone(), choose.clone());
        tokio::spawn(async move {
            let mut observed = Observed::default();
            while Instant::now() < deadline {
                let Some(mut worker) = queue(&waiting).pop_front() else { break };
                let (operation, start) = (choose(&mut worker), Instant::now());
                let result = worker.perform(operation).await;
                observed.note(start.elapsed(), &result);
                observed.answered += worker.answered;
                queue(&waiting).push_back(worker);
            }
            observed.elapsed = begun.elapsed();
            observed
        })
    });
    let mut all = Observed::default();
    for ended in join_all(running).await {
        match ended {
            Ok(observed) => all.add(&observed),
            Err(error) => *all.errors.entry(format!("the generator failed: {error}")).or_default() += 1,
        }
    }
    let rested = queue(&waiting).drain(..).collect();
    (rested, all)
}

fn queue(waiting: &Mutex<VecDeque<Worker>>) -> MutexGuard<'_, VecDeque<Worker>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
