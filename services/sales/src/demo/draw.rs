//! Drawing lots.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What is drawn for: each draws from lots of its own.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Account,
    Deal,
    Lead,
    Rate,
}

pub(super) fn generator(seed: u64, stream: Stream, index: u64) -> StdRng {
    // Spreads the seeds, so that two of them do not share stories at other indexes.
    let seed = seed.wrapping_add(stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    StdRng::seed_from_u64(seed.wrapping_add(index))
}

/// One of some values, each as often as its weight says.
pub(super) fn weighted<T: Copy>(rng: &mut StdRng, choice: &[(T, u32)]) -> T {
    let mut draw = rng.random_range(0..choice.iter().map(|(_, weight)| weight).sum());
    for (value, weight) in choice {
        if draw < *weight {
            return *value;
        }
        draw -= weight;
    }
    choice[0].0
}

/// One of some values, of which there is one at least.
pub(super) fn pick<T: Copy>(rng: &mut StdRng, choice: &[T]) -> T {
    choice[rng.random_range(0..choice.len())]
}

/// A number around zero, two thirds of the time between -1 and 1.
pub(super) fn normal(rng: &mut StdRng) -> f64 {
    let radius = (-2.0 * rng.random_range(f64::EPSILON..1.0).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A positive number around a median; the greater the spread, the longer the tail of great ones.
pub(super) fn around(rng: &mut StdRng, median: f64, spread: f64) -> f64 {
    median * (spread * normal(rng)).exp()
}

/// A number as people name it: of two digits, and noughts.
pub(super) fn round(value: f64) -> i64 {
    let step = 10_f64.powf((value.max(1.0).log10().floor() - 1.0).max(0.0));
    let rounded = ((value / step).round() * step) as i64;
    rounded.max(1)
}
