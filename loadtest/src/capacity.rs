//! How many people can work at once: the most whose requests are still answered in time.

use std::sync::Arc;

use anyhow::Result;
use http::HeaderValue;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::scenario::{Shift, work};
use crate::worker::Place;

/// 95 of a hundred requests must be answered within this time, in microseconds.
pub const IN_TIME: u64 = 300_000;
/// The search ends when it knows the number to this part of it.
const EXACT: f64 = 0.05;
/// More connections than this are not tried: the machine's own limits would be measured.
const MOST: usize = 8_000;

/// How many people can work at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Capacity {
    /// The most that were served in time, without an error.
    pub people: usize,
    /// How long they thought between two requests, in seconds, on average.
    pub think_seconds: f64,
    /// Every number that was tried: people, 95th percentile in microseconds, requests a second, errors.
    pub tried: Vec<(usize, u64, f64, u64)>,
}

/// Finds the number by doubling or halving it until it is enclosed, then by bisecting.
pub async fn find(
    place: &Place,
    data: &Arc<Data>,
    sessions: &[HeaderValue],
    begin: usize,
    shift: Shift,
    progress: &ProgressBar,
) -> Result<Capacity> {
    let mut capacity = Capacity { think_seconds: shift.think.as_secs_f64(), ..Capacity::default() };
    let (mut good, mut bad): (usize, Option<usize>) = (0, None);
    let mut people = begin.clamp(1, MOST);
    loop {
        progress.set_message(format!("{people} people at once"));
        let mixed = work(place, data, sessions, Shift { people, ..shift }).await?;
        progress.inc(1);
        let errors = mixed.errors.values().sum();
        capacity.tried.push((people, mixed.latencies.p95, mixed.throughput, errors));
        if mixed.latencies.p95 <= IN_TIME && errors == 0 {
            good = people;
        } else {
            bad = Some(people);
        }
        people = match bad {
            None if good >= MOST => break,
            None => (good * 2).min(MOST),
            Some(bad) if good == 0 && bad > 1 => bad / 2,
            Some(bad) if (bad - good) as f64 <= (good as f64 * EXACT).max(1.0) => break,
            Some(bad) => usize::midpoint(good, bad),
        };
    }
    capacity.people = good;
    Ok(capacity)
}
