//! How what an operation costs grows with the data.

use serde::{Deserialize, Serialize};

use crate::report::{Series, Setup};

/// No operation may take more than so many times as long with the most data as with the least.
pub const MOST_GROWTH: f64 = 1.5;

/// The same operations on databases of several sizes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Growth {
    /// The setups, from the smallest database to the largest.
    pub setups: Vec<Setup>,
    /// What was measured on each.
    pub series: Vec<Vec<Series>>,
}

impl Growth {
    /// How long each operation takes alone on each size, in microseconds at the median, and its growth.
    pub fn rows(&self) -> Vec<(String, String, Vec<f64>, f64)> {
        let Some(smallest) = self.series.first() else { return Vec::new() };
        let row = |series: &Series| {
            let of_size = |all: &Vec<Series>| {
                let same = all.iter().find(|other| other.name == series.name);
                same.map_or(0.0, |same| same.alone(|latency| latency.p50))
            };
            let times: Vec<f64> = self.series.iter().map(of_size).collect();
            let growth = times.last().copied().unwrap_or_default() / times[0].max(1.0);
            (series.name.clone(), series.sentence.clone(), times, growth)
        };
        smallest.iter().map(row).collect()
    }
}
