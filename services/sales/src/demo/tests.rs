//! The told year looks like that of a real company.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use chrono::{Datelike, TimeDelta, TimeZone, Timelike, Weekday};
use chrono_tz::Asia::Shanghai;
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::LostReason;

use super::catalogue::products;
use super::deals::{accounts, deal, tell_apart};
use super::leads::{Prospect, lead};
use super::rates::rates;
use super::targets::Usual;
use super::year::Year;
use super::*;

const SEED: u64 = 42;
const COUNT: u64 = 2_000;
const STAGES: usize = 4;

fn year() -> Year {
    Year::ending(chrono::Utc.with_ymd_and_hms(2026, 11, 22, 8, 30, 0).unwrap(), Shanghai)
}

fn buyer(index: u64) -> Buyer {
    let grades = [AccountGrade::A, AccountGrade::B, AccountGrade::C, AccountGrade::C, AccountGrade::D];
    let countries = ["CN", "CN", "CN", "DE", "CN", "US", "CN", "CN", "HK", "CN"];
    let people = [ContactRole::Evaluator, ContactRole::DecisionMaker, ContactRole::Purchaser];
    let place = usize::try_from(index).unwrap();
    Buyer {
        name: format!("上海华创{index}科技有限公司"),
        country: countries[place % countries.len()].to_owned(),
        grade: grades[place % grades.len()],
        people: people[..1 + place % 3].to_vec(),
        seller: place % 9,
    }
}

static DEALS: LazyLock<Vec<Story>> = LazyLock::new(deals);
static LEADS: LazyLock<Vec<Story>> = LazyLock::new(leads);

fn deals() -> Vec<Story> {
    let year = year();
    (0..COUNT).map(|index| deal(SEED, index, &year, STAGES, &buyer(index))).collect()
}

fn leads() -> Vec<Story> {
    let year = year();
    let prospect = |index| Prospect {
        lead: Lead {
            company: format!("Acme {index}"),
            email: "ada@acme.example".to_owned(),
            ..Lead::default()
        },
        buyer: buyer(index),
    };
    (0..COUNT).map(|index| lead(SEED, index, &year, STAGES, &prospect(index))).collect()
}

fn created(story: &Story) -> &Opportunity {
    let found = story.events.iter().find_map(|event| match &event.action {
        Action::Create(opportunity, _) => Some(opportunity),
        _ => None,
    });
    found.unwrap()
}

fn lost(story: &Story) -> Option<LostReason> {
    story.events.iter().find_map(|event| match &event.action {
        Action::Lose(lose) => Some(lose.lost_reason()),
        _ => None,
    })
}

fn percent(part: usize, whole: usize) -> usize {
    part * 100 / whole
}

#[test]
fn the_same_seed_tells_the_same_year() {
    let of = |seed| deal(seed, 7, &year(), STAGES, &buyer(7));
    assert_eq!(of(SEED), of(SEED));
    assert_ne!(of(SEED), of(SEED + 1));
    assert_eq!(deals(), *DEALS);
    assert_eq!(leads(), *LEADS);
    assert_eq!(rates(SEED, &year(), "CNY"), rates(SEED, &year(), "CNY"));
}

#[test]
fn everything_happens_in_order_and_within_the_year() {
    let year = year();
    for story in DEALS.iter().chain(&*LEADS) {
        let times: Vec<_> = story.events.iter().map(|event| event.time).collect();
        assert!(!times.is_empty());
        assert!(
            times.is_sorted() && times[0] > year.start() && times[times.len() - 1] <= year.end(),
            "{story:?}"
        );
    }
    // Any moment may be the last of a year, and a pipeline may have but one stage.
    for hours in 0..60 {
        let year = Year::ending(year.end() - TimeDelta::hours(hours * 151), Shanghai);
        for stages in [1, 2, 7] {
            let index = u64::try_from(hours).unwrap();
            let story = deal(SEED, index, &year, stages, &buyer(index));
            assert!(story.events.iter().map(|event| event.time).is_sorted(), "{story:?}");
            let highest = story.events.iter().filter_map(|event| match event.action {
                Action::Create(_, stage) | Action::Move(stage) => Some(stage),
                _ => None,
            });
            assert!(highest.max() < Some(stages));
        }
    }
}

#[test]
fn people_work_in_office_hours() {
    let (mut at_work, mut all) = (0, 0);
    for event in DEALS.iter().flat_map(|story| &story.events) {
        let local = event.time.with_timezone(&Shanghai);
        let weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
        all += 1;
        at_work += usize::from(!weekend && (9..19).contains(&local.hour()));
    }
    assert!(percent(at_work, all) >= 97, "{at_work} of {all}");
}

#[test]
fn a_quarter_or_a_little_more_is_won_and_some_are_open() {
    let deals = &*DEALS;
    let won = deals.iter().filter(|story| story.won().is_some()).count();
    let lost = deals.iter().filter(|story| lost(story).is_some()).count();
    let open = deals.len() - won - lost;
    let shares = [won, lost, open].map(|part| percent(part, deals.len()));
    assert!((25..=31).contains(&shares[0]), "{shares:?}");
    assert!((14..=28).contains(&shares[2]), "{shares:?}");
}

#[test]
fn most_is_won_at_the_end_of_the_half_years_and_little_in_the_holidays() {
    let mut months: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (time, yuan) in DEALS.iter().filter_map(Story::won) {
        let (count, value) = months.entry(time.with_timezone(&Shanghai).month()).or_default();
        (*count, *value) = (*count + 1.0, *value + yuan);
    }
    let usual =
        months.values().fold((0.0, 0.0), |sum, month| (sum.0 + month.0 / 12.0, sum.1 + month.1 / 12.0));
    for peak in [6, 12] {
        assert!(months[&peak].0 > usual.0 * 1.2 && months[&peak].1 > usual.1 * 1.3, "{months:?}");
    }
    for low in [2, 8] {
        assert!(months[&low].0 < usual.0 * 0.8 && months[&low].1 < usual.1 * 0.8, "{months:?}");
    }
}

#[test]
fn every_currency_and_every_source_is_there() {
    let deals = &*DEALS;
    let mut currencies: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sources: HashSet<Source> = HashSet::new();
    for story in deals {
        *currencies.entry(&created(story).currency).or_default() += 1;
        sources.insert(created(story).source());
    }
    assert_eq!(currencies.keys().copied().collect::<Vec<_>>(), ["CNY", "EUR", "HKD", "USD"]);
    assert!((60..80).contains(&percent(currencies["CNY"], deals.len())), "{currencies:?}");
    assert!(sources.len() >= 8);
}

#[test]
fn what_is_too_expensive_late_was_not_affordable_early() {
    let mut reasons: BTreeMap<LostReason, usize> = BTreeMap::new();
    for reason in DEALS.iter().filter_map(lost) {
        *reasons.entry(reason).or_default() += 1;
    }
    let all = reasons.values().sum::<usize>();
    let share = |reason| percent(reasons.get(&reason).copied().unwrap_or_default(), all);
    assert!(share(LostReason::Price) >= 18 && share(LostReason::Competitor) >= 12, "{reasons:?}");
    assert!(share(LostReason::Other) <= 4 && reasons.len() == 8, "{reasons:?}");
}

#[test]
fn who_decides_and_where_it_comes_from_tell_who_buys() {
    let (mut with, mut without) = ((0, 0), (0, 0));
    let (mut known, mut cold) = ((0, 0), (0, 0));
    for story in DEALS.iter().filter(|story| story.won().is_some() || lost(story).is_some()) {
        let won = usize::from(story.won().is_some());
        let opportunity = created(story);
        let decides = opportunity.contacts.iter().any(|one| one.role() == ContactRole::DecisionMaker);
        let count = |(sum, all): &mut (usize, usize)| (*sum, *all) = (*sum + won, *all + 1);
        count(if decides { &mut with } else { &mut without });
        match opportunity.source() {
            Source::ExistingCustomer => count(&mut known),
            Source::Call => count(&mut cold),
            _ => {}
        }
    }
    let rate = |(won, all): (usize, usize)| percent(won, all);
    assert!(rate(with) > rate(without) + 15, "{with:?} {without:?}");
    assert!(rate(known) > rate(cold) + 20, "{known:?} {cold:?}");
}

#[test]
fn leads_end_in_every_state() {
    let leads = &*LEADS;
    let having = |wanted: fn(&Action) -> bool| {
        let count = leads.iter().filter(|story| story.events.iter().any(|event| wanted(&event.action)));
        percent(count.count(), leads.len())
    };
    let converted = having(|action| matches!(action, Action::Convert(_)));
    let given_up = having(|action| matches!(action, Action::Disqualify(_)));
    let captured = having(|action| matches!(action, Action::Capture(_)));
    let worked = having(|action| matches!(action, Action::Work));
    assert!((20..=30).contains(&converted), "{converted}");
    assert!((45..=65).contains(&given_up), "{given_up}");
    assert!((28..=40).contains(&captured), "{captured}");
    assert!((94..100).contains(&worked), "{worked}");
}

#[test]
fn something_is_due_today_and_something_is_overdue() {
    let end = year().end();
    let (mut overdue, mut ahead) = (0, 0);
    for time in DEALS.iter().chain(&*LEADS).filter_map(Story::follow_up) {
        assert!((time - end).num_days().abs() <= 20);
        *(if time < end { &mut overdue } else { &mut ahead }) += 1;
    }
    assert!(overdue > 20 && ahead > overdue, "{overdue} {ahead}");
}

#[test]
fn lines_come_to_about_what_was_estimated() {
    let mut offers = 0;
    for story in &*DEALS {
        let estimate = created(story).amount_minor;
        for event in &story.events {
            let Action::Update(opportunity, _) = &event.action else { continue };
            if opportunity.line_items.is_empty() {
                continue;
            }
            offers += 1;
            let net = offer::net(&opportunity.line_items, &opportunity.currency);
            assert!((estimate / 4..estimate * 2).contains(&net), "{net} {estimate} {opportunity:?}");
        }
    }
    assert!(offers > 400);
}

#[test]
fn no_account_has_two_opportunities_of_one_name() {
    let mut deals: Vec<(u64, Story)> = (0..300)
        .map(|index| {
            let account = accounts(SEED, index).next().unwrap();
            assert!(account < 2 * index + 2);
            (account, deal(SEED, index, &year(), STAGES, &buyer(account)))
        })
        .collect();
    let names = |deals: &[(u64, Story)]| {
        deals.iter().map(|(account, story)| (*account, created(story).name.clone())).collect::<HashSet<_>>()
    };
    assert!(names(&deals).len() < deals.len(), "there is something to tell apart");
    tell_apart(deals.iter_mut().map(|(account, story)| (*account, story)));
    assert_eq!(names(&deals).len(), deals.len());
}

#[test]
fn products_have_prices_in_every_currency_that_is_paid_in() {
    let products = products();
    let categories: HashSet<_> = products.iter().map(|product| &product.category).collect();
    let codes: HashSet<_> = products.iter().map(|product| &product.code).collect();
    assert_eq!((categories.len(), codes.len()), (4, products.len()));
    for product in &products {
        assert_eq!(product.prices.len(), 4);
        assert!(product.prices.iter().all(|price| price.amount_minor > 0), "{product:?}");
    }
    for project in words::PROJECTS {
        assert!(products.iter().any(|product| product.code == project.article && !product.disabled));
    }
}

#[test]
fn rates_move_a_little_each_month() {
    let found = rates(SEED, &year(), "CNY");
    assert_eq!(found.len(), 13 * 4);
    let euros: Vec<f64> =
        found.iter().filter(|rate| rate.currency == "EUR").map(|rate| rate.rate.parse().unwrap()).collect();
    assert!(euros.iter().all(|rate| (7.6..8.1).contains(rate)), "{euros:?}");
    assert!(euros.windows(2).any(|pair| pair[0] != pair[1]));
    assert!(rates(SEED, &year(), "EUR").iter().any(|rate| rate.currency == "CNY"));
    assert!(rates(SEED, &year(), "GBP").is_empty());
}

#[test]
fn targets_can_be_reached_but_not_by_everybody() {
    let (year, deals) = (year(), &*DEALS);
    let usual = Usual::of(9, deals);
    let (mut reached, mut missed) = (0, 0);
    for seller in 0..9 {
        let wanted: i64 =
            usual.of_seller(&year, seller).iter().take(12).map(|target| target.amount_minor).sum();
        let won: f64 =
            deals.iter().filter(|one| one.seller == seller).filter_map(Story::won).map(|won| won.1).sum();
        let attained = won * 100.0 / wanted as f64;
        assert!((0.5..1.6).contains(&attained), "{attained}");
        *(if attained >= 1.0 { &mut reached } else { &mut missed }) += 1;
    }
    assert!(reached > 0 && missed > 0, "{reached} {missed}");
    let months = usual.of_seller(&year, 0);
    assert_eq!((months[0].start_month.as_str(), months.len()), ("2025-11", 17));
    let quarters = usual.of_department(&year, &[0, 1]);
    let starts: Vec<_> = quarters.iter().map(|target| target.start_month.as_str()).collect();
    assert_eq!(starts, ["2026-01", "2026-04", "2026-07", "2026-10", "2027-01"]);
}
