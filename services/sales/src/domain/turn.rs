//! Whose turn it is among users with weights.
//!
//! With every lead that somebody could take, everybody's credit grows by the own weight, and whoever takes it pays the
//! weights of all. So the credit says how far somebody is behind (or, below zero, ahead of) the fair share, in leads
//! times the sum of the weights. A lead goes to whoever will be a whole lead behind first, among those that are behind
//! at all: then nobody is ever a whole lead behind or ahead as long as the same users take part.
//!
//! Users come and go, and weights change. Nobody carries along more than one lead either way, so that neither a newcomer
//! nor whoever comes back from a journey is given every lead until the others are caught up with.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a user has fared so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// How many leads the user was given.
    pub assigned: i64,
    /// How far the user is behind.
    pub credit: i64,
}

/// How the users under a rule have fared so far.
pub type Turns = BTreeMap<Uuid, Turn>;

/// Gives a lead to one of some users, each with a weight of at least 1; none if there are no users.
pub fn take(turns: &mut Turns, among: &[(Uuid, i64)]) -> Option<Uuid> {
    let whole: i64 = among.iter().map(|(_, weight)| weight).sum();
    for (user, weight) in among {
        let turn = turns.entry(*user).or_default();
        turn.credit = turn.credit.clamp(1 - whole, whole - 1) + weight;
    }
    let order = |(one, weight): &(Uuid, i64), (other, other_weight): &(Uuid, i64)| -> Ordering {
        let turn = |user| turns.get(user).copied().unwrap_or_default();
        let (ours, theirs) = (turn(one), turn(other));
        // How long until a whole lead behind is (whole - credit) / weight.
        let wait = |turn: Turn, weight: &i64| (whole - turn.credit) * weight;
        (ours.credit <= 0)
            .cmp(&(theirs.credit <= 0))
            .then_with(|| wait(ours, other_weight).cmp(&wait(theirs, weight)))
            .then_with(|| ours.assigned.cmp(&theirs.assigned))
            .then_with(|| one.cmp(other))
    };
    let (chosen, _) = *among.iter().min_by(|one, other| order(one, other))?;
    let turn = turns.entry(chosen).or_default();
    turn.credit -= whole;
    turn.assigned += 1;
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(number: usize) -> Uuid {
        Uuid::from_u128(number as u128 + 1)
    }

    fn users(weights: &[i64]) -> Vec<(Uuid, i64)> {
        weights.iter().enumerate().map(|(index, weight)| (user(index), *weight)).collect()
    }

    #[test]
    fn equals_take_turns_and_the_heavier_are_spread_evenly() {
        let mut turns = Turns::new();
        let equal = users(&[1, 1, 1]);
        let taken: Vec<_> = (0..6).map(|_| take(&mut turns, &equal).unwrap()).collect();
        assert_eq!(taken, [0, 1, 2, 0, 1, 2].map(user));
        let mut turns = Turns::new();
        let uneven = users(&[3, 1]);
        let taken: Vec<_> = (0..8).map(|_| take(&mut turns, &uneven).unwrap()).collect();
        assert_eq!(taken, [0, 0, 1, 0, 0, 0, 1, 0].map(user));
        assert_eq!(take(&mut turns, &[]), None);
    }

    proptest! {
        #[test]
        fn after_any_number_of_leads_everybody_is_less_than_a_lead_from_the_fair_share(
            weights in proptest::collection::vec(1i64..=500, 1..30),
            leads in 1i64..400,
        ) {
            let (among, mut turns) = (users(&weights), Turns::new());
            let whole: i64 = weights.iter().sum();
            for lead in 1..=leads {
                take(&mut turns, &among).unwrap();
                for (user, weight) in &among {
                    let off = turns[user].assigned * whole - lead * weight;
                    prop_assert!(off.abs() < whole, "{off} of {whole} after {lead}");
                }
            }
        }

        #[test]
        fn equals_never_differ_by_more_than_one(count in 1usize..40, leads in 0usize..300) {
            let (among, mut turns) = (users(&vec![7; count]), Turns::new());
            for _ in 0..leads {
                take(&mut turns, &among).unwrap();
            }
            let given = among.iter().map(|(user, _)| turns.get(user).map_or(0, |turn| turn.assigned));
            let (least, most) = (given.clone().min().unwrap(), given.max().unwrap());
            prop_assert!(most - least <= 1);
        }

        #[test]
        fn whoever_joins_or_comes_back_gets_no_more_than_two_leads_beyond_the_fair_share(
            weights in proptest::collection::vec(1i64..=500, 1..12),
            joined in 1i64..=500,
            before in 0usize..300,
            away in 0usize..300,
            after in 1i64..200,
        ) {
            let (settled, mut turns) = (users(&weights), Turns::new());
            let all: Vec<_> = settled.iter().copied().chain([(user(99), joined)]).collect();
            for _ in 0..before {
                take(&mut turns, &all);
            }
            for _ in 0..away {
                take(&mut turns, &settled);
            }
            let had = turns.get(&user(99)).map_or(0, |turn| turn.assigned);
            for _ in 0..after {
                take(&mut turns, &all);
            }
            let whole: i64 = all.iter().map(|(_, weight)| weight).sum();
            let gained = turns[&user(99)].assigned - had;
            prop_assert!((gained * whole - after * joined).abs() <= 2 * whole, "{gained} of {after}");
        }

        #[test]
        fn whoever_comes_and_goes_nobody_is_kept_waiting(
            weights in proptest::collection::vec(1i64..=20, 2..8),
            present in proptest::collection::vec(any::<u8>(), 100..200),
        ) {
            let (among, mut turns) = (users(&weights), Turns::new());
            for mask in present {
                let there: Vec<_> =
                    among.iter().enumerate().filter(|(index, _)| mask >> index & 1 == 1).map(|(_, one)| *one).collect();
                let taken = take(&mut turns, &there);
                prop_assert_eq!(taken.is_some(), !there.is_empty());
                prop_assert!(taken.is_none_or(|taken| there.iter().any(|(user, _)| *user == taken)));
            }
            let whole: i64 = weights.iter().sum();
            let had: Vec<i64> = among.iter().map(|(user, _)| turns.get(user).map_or(0, |turn| turn.assigned)).collect();
            for _ in 0..3 * whole {
                take(&mut turns, &among);
            }
            for ((user, _), had) in among.iter().zip(had) {
                prop_assert!(turns[user].assigned > had);
            }
        }
    }
}
