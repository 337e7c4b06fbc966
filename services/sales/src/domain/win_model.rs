//! Which opportunities are won, learned from those that are closed: a logistic regression whose effects are the reasons
//! that people are shown.
//!
//! Each open stage that a closed opportunity has been in is one example, seen as the opportunity was when it first came
//! there. How well that works is measured on opportunities that were not learned from, against the probabilities of the
//! stages on the same ones: the area under the curve is how often one that was won stands before one that was lost.
//!
//! On the made-up markets of the tests it is, beside that of one who knows the true chances:
//!
//! | opportunities | signal         | model | stages | true chances |
//! |---------------|----------------|-------|--------|--------------|
//! | 20,000        | source, amount | 0.801 | 0.623  | 0.801        |
//! | 2,000         | source, amount | 0.787 | 0.626  | 0.790        |
//! | 400           | source, amount | 0.730 | 0.626  | 0.772        |
//! | 5,000         | none           | 0.499 | 0.500  | 0.500        |
//! | 400           | none           | 0.524 | 0.500  | 0.500        |

mod auc;
mod features;
mod fit;
mod past;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use features::{FEATURES, Snapshot};
pub use past::{Change, KNOWN, Known, Replaced};

use auc::Pairs;
use fit::{Coefficients, Row};

/// How many won and how many lost opportunities are needed at least.
pub const MINIMUM: usize = 50;
/// How many values are told apart, the most frequent ones: the work of a fit grows with the cube of it.
const MOST_VALUES: usize = 300;
/// Into how many parts opportunities are divided, each of which is predicted from the others.
const PARTS: u128 = 5;
/// How many reasons are given.
const MOST_REASONS: usize = 5;

/// What was learned: the change of the log odds that each value of each feature makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Weights {
    /// The log odds of the average opportunity.
    pub intercept: f64,
    /// By `feature=value`.
    pub effects: BTreeMap<String, f64>,
}

/// What was learned and how good it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// What was learned from all examples.
    pub weights: Weights,
    /// How well it orders opportunities that it was not learned from.
    pub auc: f64,
    /// How well the stages' probabilities order them.
    pub stage_auc: f64,
}

/// Why a prediction is as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What was looked at.
    pub feature: &'static str,
    /// What was found.
    pub value: String,
    /// The change of the log odds compared with the average.
    pub effect: f64,
}

impl Weights {
    /// The chance in percent, and why, the weightiest first. What is not among the values, or was never seen, counts as
    /// the average.
    pub fn predict(&self, values: impl IntoIterator<Item = (&'static str, String)>) -> (i32, Vec<Reason>) {
        let reason = |(feature, value): (&'static str, String)| {
            let effect = *self.effects.get(&key(feature, &value))?;
            Some(Reason { feature, value, effect })
        };
        let mut reasons: Vec<Reason> = values.into_iter().filter_map(reason).collect();
        let odds = self.intercept + reasons.iter().map(|reason| reason.effect).sum::<f64>();
        reasons.sort_by(|one, other| other.effect.abs().total_cmp(&one.effect.abs()));
        reasons.truncate(MOST_REASONS);
        #[expect(clippy::cast_possible_truncation, reason = "it is between 0 and 100")]
        let percent = (fit::probability(odds) * 100.0).round() as i32;
        // Nothing is certain before it is closed.
        (percent.clamp(1, 99), reasons)
    }
}

/// What is learned from. Values are kept as numbers, so that many opportunities fit into little memory.
#[derive(Default)]
pub struct Examples {
    rows: Vec<Example>,
    numbers: HashMap<String, u32>,
    won: usize,
    opportunities: usize,
}

struct Example {
    part: u128,
    row: Row,
    stage_probability: f64,
}

fn key(feature: &str, value: &str) -> String {
    format!("{feature}={value}")
}

impl Examples {
    /// Adds a closed opportunity: the stages that it has been in, each with its probability and the opportunity as it
    /// was then. One that was in no open stage teaches nothing.
    pub fn add(&mut self, id: Uuid, won: bool, visits: impl IntoIterator<Item = (i32, Snapshot)>) {
        let before = self.rows.len();
        for (probability, snapshot) in visits {
            let numbers = &mut self.numbers;
            let columns = snapshot.values().map(|(feature, value)| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(key(feature, &value)).or_insert(next)
            });
            // All examples of an opportunity are in one part: they share their outcome. The last bits of ids are random.
            let part = id.as_u128() % PARTS;
            let row = Row { columns, won };
            self.rows.push(Example { part, row, stage_probability: probability.into() });
        }
        if self.rows.len() > before {
            self.opportunities += 1;
            self.won += usize::from(won);
        }
    }

    /// How many opportunities there are.
    pub fn opportunities(&self) -> usize {
        self.opportunities
    }

    /// How many of them were won.
    pub fn won(&self) -> usize {
        self.won
    }

    /// Learns from all examples; none if there are too few to tell signal from noise.
    pub fn learn(mut self) -> Option<Learned> {
        if self.won.min(self.opportunities - self.won) < MINIMUM {
            return None;
        }
        let names = self.rank();
        let (mut model, mut stage) = (Pairs::default(), Pairs::default());
        for part in 0..PARTS {
            let coefficients = self.fit(names.len(), |example| example.part != part);
            let held_out = || self.rows.iter().filter(|example| example.part == part);
            let predicted = |example: &Example| (coefficients.odds(&example.row), example.row.won);
            // Pairs within a part only: the parts' models differ in their intercepts, which says nothing of who wins.
            model += Pairs::of(held_out().map(predicted));
            stage += Pairs::of(held_out().map(|example| (example.stage_probability, example.row.won)));
        }
        let weights = self.centred(&names, self.fit(names.len(), |_| true));
        Some(Learned { weights, auc: model.auc(), stage_auc: stage.auc() })
    }

    /// Numbers the values by how frequent they are; answers the names of those that are told apart.
    fn rank(&mut self) -> Vec<String> {
        let mut counts = vec![0_usize; self.numbers.len()];
        self.rows.iter().flat_map(|example| example.row.columns).for_each(|old| counts[old as usize] += 1);
        let mut names: Vec<(String, u32)> = self.numbers.drain().collect();
        names.sort_by_key(|(_, old)| (std::cmp::Reverse(counts[*old as usize]), *old));
        let mut ranks = vec![0; names.len()];
        for (rank, (_, old)) in (0..).zip(&names) {
            ranks[*old as usize] = rank;
        }
        self.rows
            .iter_mut()
            .flat_map(|example| &mut example.row.columns)
            .for_each(|old| *old = ranks[*old as usize]);
        names.into_iter().map(|(name, _)| name).take(MOST_VALUES).collect()
    }

    fn fit(&self, width: usize, wanted: impl Fn(&Example) -> bool) -> Coefficients {
        fit::fit(width, self.rows.iter().filter(|example| wanted(example)).map(|example| &example.row))
    }

    /// Moves what the average opportunity has of each feature into the intercept, so that an effect says how much better
    /// or worse than the average a value is.
    fn centred(&self, names: &[String], coefficients: Coefficients) -> Weights {
        let Coefficients { mut intercept, effects } = coefficients;
        let mut means: HashMap<&str, f64> = HashMap::new();
        for (position, (feature, _)) in FEATURES.iter().enumerate() {
            let of = |example: &Example| effects.get(example.row.columns[position] as usize);
            let mean = self.rows.iter().filter_map(of).sum::<f64>() / self.rows.len() as f64;
            intercept += mean;
            means.insert(feature, mean);
        }
        let effect = |(name, effect): (&String, f64)| {
            let mean = name.split_once('=').and_then(|(feature, _)| means.get(feature)).unwrap_or(&0.0);
            (name.clone(), effect - mean)
        };
        Weights { intercept, effects: names.iter().zip(effects.iter().copied()).map(effect).collect() }
    }
}
