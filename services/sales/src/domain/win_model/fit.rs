//! Logistic regression with an L2 penalty over features of which each example has one value.
//!
//! Written out because it is short: crates for it bring matrices and solvers for much more, and none knows that each
//! example has but a few values.

use super::FEATURES;

/// One example.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The number of its value of each feature; those beyond the width of the fit do not count.
    pub(super) columns: [u32; FEATURES.len()],
    /// What came of it.
    pub(super) won: bool,
}

impl Row {
    fn columns(&self, width: usize) -> impl Iterator<Item = usize> {
        self.columns.into_iter().map(|column| column as usize).filter(move |column| *column < width)
    }
}

/// How much the square of an effect costs. One says that an effect is seldom greater than two, which multiplies the odds
/// by seven; it keeps effects of rare values small, and those that separate won from lost finite.
const PENALTY: f64 = 1.0;
/// Newton's method comes near enough in less than ten steps; this ends it whatever the data are.
const MOST_STEPS: usize = 30;
/// A step that gains less than this of the loss is the last.
const GAIN: f64 = 1e-9;

/// The log odds of winning: the intercept and what each value adds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coefficients {
    pub(super) intercept: f64,
    pub(super) effects: Vec<f64>,
}

/// The probability of log odds.
pub(super) fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

impl Coefficients {
    /// The log odds of an example.
    pub(super) fn odds(&self, row: &Row) -> f64 {
        self.intercept + row.columns(self.effects.len()).map(|column| self.effects[column]).sum::<f64>()
    }

    /// What is made as small as possible: the logarithmic loss and the penalty.
    fn loss<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> f64 {
        let loss = |row: &Row| {
            let against = if row.won { -self.odds(row) } else { self.odds(row) };
            // The logarithm of 1 + exp(against), which would overflow.
            against.max(0.0) + (-against.abs()).exp().ln_1p()
        };
        let squares: f64 = self.effects.iter().map(|effect| effect * effect).sum();
        rows.map(loss).sum::<f64>() + PENALTY / 2.0 * squares
    }

    fn less(&self, step: &[f64], scale: f64) -> Self {
        let (effects, intercept) = step.split_at(self.effects.len());
        let effects = self.effects.iter().zip(effects).map(|(effect, step)| effect - scale * step).collect();
        Self { intercept: self.intercept - scale * intercept[0], effects }
    }
}

/// The coefficients that fit examples of so many values best. Always the same for the same examples, and finite.
pub(super) fn fit<'a>(width: usize, rows: impl Iterator<Item = &'a Row> + Clone) -> Coefficients {
    let mut best = Coefficients { intercept: 0.0, effects: vec![0.0; width] };
    let mut loss = best.loss(rows.clone());
    for _ in 0..MOST_STEPS {
        let step = newton(&best, rows.clone());
        // The loss is convex, so a part of the step lowers it even where the whole one goes too far.
        let scales = (0..20).map(|halvings| 0.5_f64.powi(halvings));
        let tried = scales.map(|scale| best.less(&step, scale)).map(|next| (next.loss(rows.clone()), next));
        let Some((lower, next)) = tried.into_iter().find(|(lower, _)| *lower < loss) else { break };
        let gain = loss - lower;
        (best, loss) = (next, lower);
        if gain < GAIN * loss {
            break;
        }
    }
    best
}

/// The step of Newton's method: the gradient divided by the curvature. The intercept is the last column.
fn newton<'a>(at: &Coefficients, rows: impl Iterator<Item = &'a Row>) -> Vec<f64> {
    let width = at.effects.len();
    let size = width + 1;
    let mut gradient: Vec<f64> = at.effects.iter().map(|effect| PENALTY * effect).chain([0.0]).collect();
    let mut curvature = vec![0.0; size * size];
    for column in 0..width {
        curvature[column * size + column] = PENALTY;
    }
    for row in rows {
        let probability = probability(at.odds(row));
        let slope = probability - f64::from(u8::from(row.won));
        let weight = probability * (1.0 - probability);
        for column in row.columns(width).chain([width]) {
            gradient[column] += slope;
            // The other half mirrors it and is never read.
            for other in row.columns(width).chain([width]).filter(|other| *other <= column) {
                curvature[column * size + other] += weight;
            }
        }
    }
    // Where every probability has become 0 or 1, the intercept has no curvature of its own left.
    curvature[size * size - 1] += GAIN;
    solve(curvature, gradient)
}

/// Solves a system of linear equations whose matrix is symmetric and positive definite, by Cholesky's decomposition.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let done = (0..column).map(|k| matrix[row * size + k] * matrix[column * size + k]).sum::<f64>();
            let rest = matrix[row * size + column] - done;
            matrix[row * size + column] = if row == column {
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / matrix[column * size + column]
            };
        }
    }
    for row in 0..size {
        let done = (0..row).map(|k| matrix[row * size + k] * right[k]).sum::<f64>();
        right[row] = (right[row] - done) / matrix[row * size + row];
    }
    for row in (0..size).rev() {
        let done = (row + 1..size).map(|k| matrix[k * size + row] * right[k]).sum::<f64>();
        right[row] = (right[row] - done) / matrix[row * size + row];
    }
    right
}
