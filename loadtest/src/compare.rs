//! Compares two reports: what became slower beyond what chance explains.
//!
//! Rounds of an operation are compared as ratios to the floor of the same round where there is one, so that a slower
//! machine is no regression, and by the rank test of Mann and Whitney, computed exactly, because a handful of rounds
//! follows no distribution that we know.

use std::fmt::Write;

use crate::report::{Measured, Report, Series, median};

/// What chance explains more often than this is noise.
const CHANCE: f64 = 0.05;
/// What changed by less is not worth knowing.
const SMALLEST: f64 = 0.05;

/// What became of one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it is.
    pub name: String,
    /// The median before.
    pub before: f64,
    /// The median after.
    pub after: f64,
    /// How likely chance alone makes rounds differ this much.
    pub chance: f64,
    /// True if more is better.
    pub more_is_better: bool,
}

impl Change {
    /// The change as a part of what was before; negative is worse.
    pub fn gain(&self) -> f64 {
        let change = self.after / self.before.max(f64::MIN_POSITIVE) - 1.0;
        if self.more_is_better { change } else { -change }
    }

    /// True if it is worse beyond noise.
    pub fn is_regression(&self) -> bool {
        self.chance < CHANCE && self.gain() < -SMALLEST
    }

    /// True if it is better beyond noise.
    pub fn is_improvement(&self) -> bool {
        self.chance < CHANCE && self.gain() > SMALLEST
    }
}

/// Compares two reports; answers what to print and whether anything regressed.
pub fn compare(before: &Report, after: &Report) -> (String, bool) {
    let changes = changes(before, after);
    let mut text = format!("{} against {}\n", after.machine.commit, before.machine.commit);
    let (mut regressions, mut fewest) = (0, usize::MAX);
    for setup in after.setups.iter().flat_map(|setup| &setup.operations) {
        fewest = fewest.min(setup.rounds.len());
    }
    for change in &changes {
        let verdict = match (change.is_regression(), change.is_improvement()) {
            (true, _) => "WORSE",
            (_, true) => "better",
            _ => "noise",
        };
        regressions += usize::from(change.is_regression());
        let gain = change.gain() * 100.0;
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "{verdict:>7}  {gain:>+7.1} %  p = {:.3}  {} ({:.4} → {:.4})",
            change.chance, change.name, change.before, change.after
        );
    }
    if changes.is_empty() {
        text.push_str("The reports have nothing in common.\n");
    } else if fewest < 4 {
        text.push_str("With fewer than four rounds in each report chance explains every difference.\n");
    }
    let _ = writeln!(text, "{regressions} regressions beyond noise among {} figures", changes.len());
    (text, regressions > 0)
}

/// What became of every figure that both reports have.
pub fn changes(before: &Report, after: &Report) -> Vec<Change> {
    let mut changes = Vec::new();
    for new in &after.setups {
        let Some(old) = before.setups.iter().find(|old| old.setup == new.setup) else { continue };
        for operation in &new.operations {
            let Some(earlier) = old.operations.iter().find(|known| known.name == operation.name) else {
                continue;
            };
            let name = |what: &str| format!("{}: {} {what}", new.setup.name(), operation.name);
            let (one, other) = (rates(old, earlier), rates(new, operation));
            changes.push(change(name("throughput"), &one, &other, true));
            let (one, other) = (latencies(old, earlier), latencies(new, operation));
            changes.push(change(name("latency"), &one, &other, false));
        }
    }
    changes
}

fn change(name: String, before: &[f64], after: &[f64], more_is_better: bool) -> Change {
    let chance = mann_whitney(before, after);
    let (before, after) = (median(before.iter().copied()), median(after.iter().copied()));
    Change { name, before, after, chance, more_is_better }
}

fn rates(setup: &Measured, series: &Series) -> Vec<f64> {
    let ratios = setup.ratios(series);
    if ratios.is_empty() { series.rounds.iter().map(|round| round.throughput).collect() } else { ratios }
}

fn latencies(setup: &Measured, series: &Series) -> Vec<f64> {
    let floor = setup.series(&series.floor).map(|floor| &floor.rounds);
    let of = |(number, round): (usize, &crate::report::Round)| {
        let floor = floor.and_then(|rounds| rounds.get(number)).map_or(0, |round| round.alone.p50);
        round.alone.p50 as f64 / floor.max(1) as f64
    };
    series.rounds.iter().enumerate().map(of).collect()
}

/// The probability that two samples of one distribution differ in their ranks as these or more, on both sides.
pub fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let (count, others) = (one.len(), other.len());
    if count == 0 || others == 0 {
        return 1.0;
    }
    // Twice the statistic, so that ties count a half.
    let twice: usize = one
        .iter()
        .flat_map(|x| other.iter().map(move |y| x.total_cmp(y)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 2,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Less => 0,
        })
        .sum();
    let most = count * others;
    let extreme = twice.min(2 * most - twice) / 2;
    // How many orders of both samples have each value of the statistic.
    let ways = orders(count, others);
    let all: f64 = ways.iter().sum();
    let tail: f64 = ways[..=extreme].iter().sum();
    (2.0 * tail / all).min(1.0)
}

/// The number of ways in which each value of the statistic comes about: the coefficients of a Gaussian binomial.
fn orders(count: usize, others: usize) -> Vec<f64> {
    let most = count * others;
    let mut ways = vec![0.0; most + 1];
    ways[0] = 1.0;
    for number in 1..=count {
        let (up, down) = (others + number, number);
        for value in (up..=most).rev() {
            ways[value] -= ways[value - up];
        }
        for value in down..=most {
            ways[value] += ways[value - down];
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_lie_apart_differ_beyond_chance() {
        let apart = mann_whitney(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((apart - 2.0 / 252.0).abs() < 1e-9, "{apart}");
    }

    #[test]
    fn equal_samples_do_not_differ() {
        assert!(mann_whitney(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]) > 0.9);
    }

    #[test]
    fn three_rounds_are_never_enough() {
        assert!(mann_whitney(&[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0]) > CHANCE);
    }

    #[test]
    fn every_order_is_counted_once() {
        for (count, others, all) in [(5, 5, 252.0), (3, 4, 35.0), (1, 1, 2.0)] {
            let ways: f64 = orders(count, others).iter().sum();
            assert!((ways - all).abs() < 1e-9, "{count} {others}: {ways}");
        }
    }
}
