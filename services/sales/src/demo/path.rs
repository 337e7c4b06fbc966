//! The way of an opportunity through the stages, and how long it takes.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use rand::Rng;
use rand::rngs::StdRng;

use super::draw::{around, weighted};
use super::year::{Year, season, working_day};

/// No deal takes longer than so many days.
const LONGEST: f64 = 240.0;
/// How many of the deals that have begun before the year are told of; nobody has entered the others.
const ENTERED: f64 = 0.9;
/// What costs more, in whole CNY, mostly waits for a month in which much is closed, when budgets end.
const LARGE: f64 = 250_000.0;
const PEAK: f64 = 1.3;

/// What will become of a deal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub won: bool,
    /// The amount in whole CNY: what costs more takes longer.
    pub yuan: f64,
}

/// When an opportunity comes into which stage, and on which day it closes or would.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub stops: Vec<(DateTime<Utc>, usize)>,
    pub close: NaiveDate,
}

impl Path {
    /// One that closes on a day of the season, and has begun by the end of the year.
    pub(super) fn draw(rng: &mut StdRng, year: &Year, stages: usize, fate: Fate) -> Self {
        let legs = legs(rng, stages, fate);
        let days: f64 = legs.iter().map(|(_, days)| days).sum();
        let (first, last) = (year.day(year.start()), working_day(year.day(year.end())));
        let (begin, close) = loop {
            let close = year.closing_day(rng);
            let begin = close - length(days);
            let waits = fate.yuan > LARGE && season(close.month0()) < PEAK && rng.random_bool(0.6);
            if !waits && begin < last && (begin > first || rng.random_bool(ENTERED)) {
                break (begin, close);
            }
        };
        Self { stops: stops(rng, year, begin, &legs), close }
    }

    /// One that begins at a moment.
    pub(super) fn from(
        rng: &mut StdRng,
        year: &Year,
        stages: usize,
        fate: Fate,
        begin: DateTime<Utc>,
    ) -> Self {
        let legs = legs(rng, stages, fate);
        let days: f64 = legs.iter().map(|(_, days)| days).sum();
        let day = year.day(begin);
        let mut stops = stops(rng, year, day, &legs);
        stops[0] = (begin, 0);
        let close = working_day(day + length(days));
        Self { stops: in_order(rng, stops), close: close.max(day) }
    }
}

/// The stages that it goes through, and for how many days each.
fn legs(rng: &mut StdRng, stages: usize, fate: Fate) -> Vec<(usize, f64)> {
    let last = match fate.won {
        true => stages - 1,
        // Most are lost early, but the first stage alone tells little yet.
        false => {
            let weights: Vec<(usize, u32)> =
                (0..stages).map(|stage| (stage, [26, 34, 27, 13][stage * 4 / stages])).collect();
            weighted(rng, &weights)
        }
    };
    let median = if fate.won { 68.0 } else { 82.0 * (last + 1) as f64 / stages as f64 };
    let size = (fate.yuan / 100_000.0).powf(0.12);
    let spread = if fate.won { 0.4 } else { 0.55 };
    let days = around(rng, median * size, spread).clamp(5.0, LONGEST);
    // The first and the last stage are never passed over.
    let path: Vec<usize> =
        (0..=last).filter(|stage| *stage == 0 || *stage == last || rng.random_bool(0.92)).collect();
    let parts: Vec<f64> = path.iter().map(|_| around(rng, 1.0, 0.45)).collect();
    let whole: f64 = parts.iter().sum();
    path.into_iter().zip(parts).map(|(stage, part)| (stage, days * part / whole)).collect()
}

fn length(days: f64) -> TimeDelta {
    TimeDelta::days(days.round() as i64)
}

/// When it comes into which stage. What was on the way when the year began is entered then, in the stage that it had
/// come to.
fn stops(
    rng: &mut StdRng,
    year: &Year,
    begin: NaiveDate,
    legs: &[(usize, f64)],
) -> Vec<(DateTime<Utc>, usize)> {
    let first = year.day(year.start()) + TimeDelta::days(1);
    let mut passed = 0.0;
    let mut days: Vec<(NaiveDate, usize)> = Vec::new();
    for (stage, days_in_it) in legs {
        days.push((begin + length(passed), *stage));
        passed += days_in_it;
    }
    let entered = days.iter().rposition(|(day, _)| *day <= first).unwrap_or_default();
    let entry = first + TimeDelta::days(rng.random_range(1..6));
    let days = days.into_iter().skip(entered);
    let stops =
        days.map(|(day, stage)| (year.office_time(rng, if day <= first { entry } else { day }), stage));
    let stops = stops.collect();
    in_order(rng, stops)
}

/// What falls on the same day happens one after the other.
fn in_order(rng: &mut StdRng, mut stops: Vec<(DateTime<Utc>, usize)>) -> Vec<(DateTime<Utc>, usize)> {
    for index in 1..stops.len() {
        stops[index].0 =
            stops[index].0.max(stops[index - 1].0 + TimeDelta::minutes(rng.random_range(15..120)));
    }
    stops
}
