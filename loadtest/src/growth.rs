//! How what an operation costs grows with the data.

use serde::{Deserialize, Serialize};

use crate::report::{Series, Setup};

/// No operation may take more than so many times as long with the most data as with the least, apart from what its larger
/// answer takes.
pub const MOST_GROWTH: f64 = 1.5;

/// The same operations on databases of several sizes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Growth {
    /// The setups, from the smallest database to the largest.
    pub setups: Vec<Setup>,
    /// What was measured on each.
    pub series: Vec<Vec<Series>>,
}

/// How one operation grows.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is done.
    pub sentence: String,
    /// How long it takes alone on each size, in microseconds at the median.
    pub times: Vec<f64>,
    /// How many records its answer is about on each size.
    pub answered: Vec<f64>,
    /// How many times as long it takes with the most data as its answer would take with the least.
    pub growth: f64,
}

impl Growth {
    /// How each operation grows.
    pub fn rows(&self) -> Vec<Row> {
        let Some(smallest) = self.series.first() else { return Vec::new() };
        let time = |series: &Series| series.alone(|latency| latency.p50);
        let of = |name: &str| smallest.iter().find(|series| series.name == name);
        // What each further record of a list takes, with the least data.
        let of_list = of("list_contacts").zip(of("get")).map_or(0.0, |(list, get)| {
            ((time(list) - time(get)) / (list.answered() - get.answered()).max(1.0)).max(0.0)
        });
        let row = |series: &Series| {
            let sizes = self.series.iter().flatten().filter(|other| other.name == series.name);
            let times: Vec<f64> = sizes.clone().map(time).collect();
            let answered: Vec<f64> = sizes.map(Series::answered).collect();
            let (first, last) = (answered[0], answered.last().copied().unwrap_or_default());
            // A count does little else than to count.
            let each = if series.name == "count" { times[0] / first.max(1.0) } else { of_list };
            let expected = times[0] + each * (last - first).max(0.0);
            let growth = times.last().copied().unwrap_or_default() / expected.max(1.0);
            Row { sentence: series.sentence.clone(), times, answered, growth }
        };
        smallest.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drive::Percentiles;
    use crate::report::Round;

    fn series(name: &str, p50: u64, answered: f64) -> Series {
        let round =
            Round { alone: Percentiles { p50, ..Percentiles::default() }, answered, ..Round::default() };
        Series { name: name.to_owned(), rounds: vec![round], ..Series::default() }
    }

    #[test]
    fn a_larger_answer_is_no_growth() {
        let small = vec![
            series("get", 100, 1.0),
            series("list_contacts", 1_080, 50.0),
            series("search", 200, 5.0),
            series("count", 1_000, 100.0),
        ];
        let large = vec![
            series("get", 200, 1.0),
            series("list_contacts", 1_080, 50.0),
            series("search", 1_100, 50.0),
            series("count", 6_000, 300.0),
        ];
        let growth = Growth { setups: Vec::new(), series: vec![small, large] };
        let found: Vec<f64> = growth.rows().iter().map(|row| row.growth).collect();
        assert_eq!(found, [2.0, 1.0, 1.0, 2.0]);
    }
}
