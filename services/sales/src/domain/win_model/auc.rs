//! How well scores order what was won before what was lost.

use std::ops::AddAssign;

/// Pairs of something won and something lost, and how many of them the scores put in the right order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pairs {
    ordered: f64,
    all: f64,
}

impl Pairs {
    /// The pairs of some scores, each with whether it was won. Equal scores are half in order.
    pub(super) fn of(scores: impl Iterator<Item = (f64, bool)>) -> Self {
        let mut scores: Vec<(f64, bool)> = scores.collect();
        scores.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let (mut pairs, mut lost_below) = (Self::default(), 0.0);
        for equal in scores.chunk_by(|(one, _), (other, _)| one == other) {
            let won = equal.iter().filter(|(_, won)| *won).count() as f64;
            let lost = equal.len() as f64 - won;
            pairs.ordered += won * (lost_below + lost / 2.0);
            lost_below += lost;
        }
        let won = scores.iter().filter(|(_, won)| *won).count() as f64;
        Self { all: won * lost_below, ..pairs }
    }

    /// The part that is in order, which is the area under the receiver operating characteristic; that of chance if there
    /// are no pairs.
    pub(super) fn auc(self) -> f64 {
        if self.all > 0.0 { self.ordered / self.all } else { 0.5 }
    }
}

impl AddAssign for Pairs {
    fn add_assign(&mut self, other: Self) {
        self.ordered += other.ordered;
        self.all += other.all;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn auc(scores: &[(f64, bool)]) -> f64 {
        Pairs::of(scores.iter().copied()).auc()
    }

    #[test]
    fn perfect_order_is_one_and_none_is_a_half() {
        assert_eq!(auc(&[(0.1, false), (0.2, false), (0.3, true)]), 1.0);
        assert_eq!(auc(&[(0.1, true), (0.2, false), (0.3, false)]), 0.0);
        assert_eq!(auc(&[(0.5, true), (0.5, false), (0.5, true)]), 0.5);
        assert_eq!(auc(&[(0.1, true), (0.2, true)]), 0.5);
        assert_eq!(auc(&[]), 0.5);
    }

    proptest! {
        #[test]
        fn it_is_what_counting_every_pair_gives(scores in prop::collection::vec((-4_i8..4, any::<bool>()), 0..60)) {
            let scores: Vec<(f64, bool)> = scores.into_iter().map(|(score, won)| (score.into(), won)).collect();
            let (mut ordered, mut all) = (0.0, 0.0);
            for (won, _) in scores.iter().filter(|(_, won)| *won) {
                for (lost, _) in scores.iter().filter(|(_, won)| !won) {
                    all += 1.0;
                    ordered += if won > lost { 1.0 } else if won == lost { 0.5 } else { 0.0 };
                }
            }
            prop_assert_eq!(Pairs::of(scores.into_iter()), Pairs { ordered, all });
        }

        #[test]
        fn turning_the_scores_round_turns_it_round(scores in prop::collection::vec((-4_i8..4, any::<bool>()), 0..60)) {
            let scores: Vec<(f64, bool)> = scores.into_iter().map(|(score, won)| (score.into(), won)).collect();
            let turned: Vec<(f64, bool)> = scores.iter().map(|(score, won)| (-score, *won)).collect();
            prop_assert!((auc(&scores) + auc(&turned) - 1.0).abs() < 1e-9);
        }
    }
}
