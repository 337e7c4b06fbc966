//! Learning from opportunities that are made up with a known chance.

use chrono::TimeDelta;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const STAGES: [i32; 4] = [10, 20, 50, 80];

/// What a market is like: what the log odds of winning are, and whether those who lose give up on the way.
struct Market {
    odds: fn(&Snapshot) -> f64,
    losers_give_up: bool,
}

const SIGNAL: Market = Market { odds: true_odds, losers_give_up: true };
const NOISE: Market = Market { odds: |_| -0.4, losers_give_up: false };

fn true_odds(snapshot: &Snapshot) -> f64 {
    let source = match snapshot.known.source.as_str() {
        "SOURCE_PARTNER" => 1.2,
        "SOURCE_EVENT" => -1.2,
        _ => 0.0,
    };
    let amount = if snapshot.known.amount_minor > 5_000_000 { -1.0 } else { 0.6 };
    source + amount - 0.4
}

fn any_snapshot(random: &mut StdRng) -> Snapshot {
    let sources = ["SOURCE_PARTNER", "SOURCE_EVENT", "SOURCE_CALL", "SOURCE_WEB_SITE"];
    let known = Known {
        source: sources[random.random_range(0..sources.len())].to_owned(),
        amount_minor: 10_f64.powf(random.random_range(5.5..8.0)) as i64,
        currency: "CNY".to_owned(),
        next_step: if random.random_bool(0.5) { "call".to_owned() } else { String::new() },
        ..Known::default()
    };
    Snapshot { known, ..Snapshot::default() }
}

/// Opportunities of a market, and how well one who knows the odds would order their examples.
fn market(market: &Market, opportunities: usize, seed: u64) -> (Examples, f64) {
    let random = &mut StdRng::seed_from_u64(seed);
    let (mut examples, mut oracle) = (Examples::default(), Vec::new());
    for _ in 0..opportunities {
        let snapshot = any_snapshot(random);
        let odds = (market.odds)(&snapshot);
        let won = random.random_bool(fit::probability(odds));
        let visited = if won || !market.losers_give_up { 4 } else { random.random_range(1..=4) };
        let mut age = TimeDelta::zero();
        let visits: Vec<_> = (0..visited)
            .map(|stage| {
                age += TimeDelta::days(random.random_range(1..30));
                // Of those who lose, one in four is gone after each stage.
                let left = if market.losers_give_up { 1.0 - 0.25 * stage as f64 } else { 1.0 };
                oracle.push((odds - left.ln(), won));
                (
                    STAGES[stage],
                    Snapshot { stage_id: Uuid::from_u128(stage as u128), age, ..snapshot.clone() },
                )
            })
            .collect();
        examples.add(Uuid::from_u128(random.random()), won, visits);
    }
    (examples, Pairs::of(oracle.into_iter()).auc())
}

#[test]
fn a_signal_is_found_that_stages_do_not_show() {
    for (opportunities, seed, most_missed) in [(20_000, 1, 0.005), (2_000, 2, 0.02), (400, 3, 0.05)] {
        let (examples, oracle) = market(&SIGNAL, opportunities, seed);
        let won = examples.won();
        let Learned { auc, stage_auc, .. } = examples.learn().unwrap();
        println!(
            "{opportunities} opportunities, {won} won: {auc:.3}, stages {stage_auc:.3}, oracle {oracle:.3}"
        );
        assert!(auc > stage_auc + 0.1, "{auc} against {stage_auc}");
        assert!(auc > oracle - most_missed, "{auc} of {oracle}");
    }
}

#[test]
fn without_a_signal_none_is_found() {
    for (opportunities, seed) in [(5_000, 1), (2_000, 2), (400, 3), (200, 4)] {
        let (examples, _) = market(&NOISE, opportunities, seed);
        // The error of an area under the curve is about 0.29 / sqrt(the fewer of won and lost): here those of the
        // smallest market, three times.
        let noise = 0.87 / (examples.won().min(examples.opportunities() - examples.won()) as f64).sqrt();
        let Learned { weights, auc, stage_auc } = examples.learn().unwrap();
        println!("{opportunities} opportunities without signal: {auc:.3}, stages {stage_auc:.3}");
        assert!((auc - 0.5).abs() < noise, "{auc}");
        assert!((stage_auc - 0.5).abs() < 1e-9, "{stage_auc}");
        assert!(auc < stage_auc + noise);
        assert!(weights.effects.values().all(|effect| effect.abs() < 1.2), "{:?}", weights.effects);
    }
}

#[test]
fn effects_are_those_of_the_market() {
    let (examples, _) = market(&SIGNAL, 10_000, 7);
    let Weights { effects, .. } = examples.learn().unwrap().weights;
    let effect = |name: &str| effects[name];
    let apart = effect("source=SOURCE_PARTNER") - effect("source=SOURCE_EVENT");
    assert!((apart - 2.4).abs() < 0.2, "{apart}");
    let apart = effect("source=SOURCE_CALL") - effect("source=SOURCE_WEB_SITE");
    assert!(apart.abs() < 0.2, "{apart}");
    let apart = effect("amount=CNY 20000-50000") - effect("amount=CNY 500000-1000000");
    assert!((apart - 1.6).abs() < 0.2, "{apart}");
    assert!(effect("next_step=yes").abs() < 0.1);
    assert!(
        effect(&format!("stage={}", Uuid::from_u128(3))) > effect(&format!("stage={}", Uuid::from_u128(0)))
    );
}

#[test]
fn probabilities_are_those_that_come_true() {
    let (examples, _) = market(&SIGNAL, 6_000, 8);
    let weights = examples.learn().unwrap().weights;
    let random = &mut StdRng::seed_from_u64(9);
    let (mut predicted, mut expected) = (0.0, 0.0);
    for _ in 0..500 {
        let snapshot = any_snapshot(random);
        let (percent, _) = weights.predict(snapshot.values());
        let truth = fit::probability(true_odds(&snapshot)) * 100.0;
        assert!((f64::from(percent) - truth).abs() < 10.0, "{percent} for {truth} of {snapshot:?}");
        predicted += f64::from(percent);
        expected += truth;
    }
    assert!((predicted / expected - 1.0).abs() < 0.05, "{predicted} for {expected}");
}

#[test]
fn reasons_are_the_weightiest_and_unknown_values_are_average() {
    let (examples, _) = market(&SIGNAL, 2_000, 10);
    let weights = examples.learn().unwrap().weights;
    let snapshot = Snapshot {
        known: Known {
            source: "SOURCE_PARTNER".to_owned(),
            ..any_snapshot(&mut StdRng::seed_from_u64(1)).known
        },
        ..Snapshot::default()
    };
    let (percent, reasons) = weights.predict(snapshot.values());
    assert_eq!(reasons.len(), 5);
    assert!(reasons.is_sorted_by(|one, other| one.effect.abs() >= other.effect.abs()));
    let source = reasons.iter().find(|reason| reason.feature == "source").unwrap();
    assert_eq!((source.value.as_str(), source.effect > 0.5), ("SOURCE_PARTNER", true));
    let known = Known { source: "SOURCE_OTHER".to_owned(), ..snapshot.known };
    let (average, reasons) = weights.predict(Snapshot { known, ..snapshot }.values());
    assert!(average < percent && reasons.iter().all(|reason| reason.feature != "source"));
    let (percent, reasons) = weights.predict([]);
    assert_eq!((percent, reasons), ((fit::probability(weights.intercept) * 100.0).round() as i32, vec![]));
}

#[test]
fn the_average_example_has_no_effects() {
    let (examples, _) = market(&SIGNAL, 1_000, 11);
    let (mut sums, mut rows) = ([0.0; FEATURES.len()], 0);
    let (again, _) = market(&SIGNAL, 1_000, 11);
    let names: HashMap<u32, String> =
        again.numbers.iter().map(|(name, number)| (*number, name.clone())).collect();
    let weights = examples.learn().unwrap().weights;
    for example in &again.rows {
        rows += 1;
        for (sum, column) in sums.iter_mut().zip(example.row.columns) {
            *sum += weights.effects[&names[&column]];
        }
    }
    assert!(sums.iter().all(|sum| (sum / f64::from(rows)).abs() < 1e-9), "{sums:?}");
}

#[test]
fn what_separates_won_from_lost_stays_finite() {
    let mut examples = Examples::default();
    for number in 0..400_u128 {
        let won = number % 2 == 0;
        let source = if won { "SOURCE_PARTNER" } else { "SOURCE_EVENT" };
        let known = Known { source: source.to_owned(), ..Known::default() };
        examples.add(Uuid::from_u128(number), won, [(50, Snapshot { known, ..Snapshot::default() })]);
    }
    let Learned { weights, auc, stage_auc } = examples.learn().unwrap();
    assert_eq!((auc, stage_auc), (1.0, 0.5));
    assert!(weights.intercept.is_finite() && weights.effects.values().all(|effect| effect.abs() < 10.0));
    let of = |source: &str| weights.predict([("source", source.to_owned())]).0;
    assert!(of("SOURCE_PARTNER") > 95 && of("SOURCE_EVENT") < 5);
}

#[test]
fn too_few_examples_teach_nothing() {
    let learned = |won: u128, lost: u128| {
        let mut examples = Examples::default();
        for number in 0..won + lost {
            examples.add(Uuid::from_u128(number), number < won, [(50, Snapshot::default())]);
        }
        // It was in no open stage.
        examples.add(Uuid::from_u128(won + lost), true, []);
        assert_eq!((examples.won() as u128, examples.opportunities() as u128), (won, won + lost));
        examples.learn().is_some()
    };
    assert!(!learned(0, 0));
    assert!(!learned(49, 1_000));
    assert!(!learned(1_000, 49));
    assert!(learned(50, 50));
}

#[test]
fn more_values_than_are_told_apart_leave_the_rare_ones_out() {
    let mut examples = Examples::default();
    for number in 0..1_000_u128 {
        let stage_id = Uuid::from_u128(if number < 500 { 0 } else { number });
        examples.add(
            Uuid::from_u128(number),
            number % 3 == 0,
            [(50, Snapshot { stage_id, ..Snapshot::default() })],
        );
    }
    let weights = examples.learn().unwrap().weights;
    assert_eq!(weights.effects.len(), MOST_VALUES);
    assert!(weights.effects.contains_key(&format!("stage={}", Uuid::nil())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_examples_give_the_same_finite_answer_each_time(
        opportunities in prop::collection::vec((any::<bool>(), 0_u8..3, 0_u8..3, 0_i64..400), 100..200),
    ) {
        let examples = || {
            let mut examples = Examples::default();
            for (number, (won, stage, source, age)) in (0..).zip(&opportunities) {
                let known = Known { source: source.to_string(), ..Known::default() };
                let stage_id = Uuid::from_u128((*stage).into());
                let snapshot = Snapshot { stage_id, known, age: TimeDelta::days(*age) };
                examples.add(Uuid::from_u128(number), *won, [((*stage).into(), snapshot)]);
            }
            examples
        };
        let learned = examples().learn();
        prop_assert_eq!(&learned, &examples().learn());
        if let Some(Learned { weights, auc, stage_auc }) = learned {
            prop_assert!((0.0..=1.0).contains(&auc) && (0.0..=1.0).contains(&stage_auc));
            prop_assert!(weights.intercept.is_finite() && weights.effects.values().all(|effect| effect.is_finite()));
            let kept = serde_json::to_string(&weights).unwrap();
            prop_assert!(serde_json::from_str::<Weights>(&kept).is_ok());
        }
    }
}
