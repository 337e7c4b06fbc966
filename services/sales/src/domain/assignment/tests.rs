use crm_values::{Address, WorkingHours};
use proptest::prelude::*;

use super::*;
use crate::domain::availability::{Absence, Skill};
use crate::store::values::{Absences, Skills, Texts, WorkingWeek};

fn user(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}

/// Monday, 2026-01-05, nine in the morning.
fn monday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_603_600, 0).unwrap()
}

fn colleague(number: usize) -> Colleague {
    let representative = Representative { user_id: user(number), weight: 1, ..Representative::default() };
    Colleague { representative, active: true, open_leads: 0, zone: Tz::UTC }
}

fn rule(method: AssignmentMethod) -> Rule {
    Rule { method: method.as_str_name().to_owned(), skill: "pumps".to_owned(), ..Rule::default() }
}

fn outcomes(candidates: &[Candidate]) -> Vec<(Uuid, &'static str)> {
    let short = |candidate: &Candidate| {
        let outcome = CandidateOutcome::from_str_name(&candidate.outcome).unwrap();
        (candidate.user_id, outcome.as_str_name().trim_start_matches("CANDIDATE_OUTCOME_"))
    };
    let mut outcomes: Vec<_> = candidates.iter().map(short).collect();
    outcomes.sort_unstable();
    outcomes
}

#[test]
fn everybody_who_is_passed_over_is_told_why() {
    let mut team: Vec<Colleague> = (0..7).map(colleague).collect();
    team[0].representative.disabled = true;
    team[1].active = false;
    let away =
        Absence { start_date: "2026-01-05".into(), end_date: "2026-01-05".into(), note: String::new() };
    team[2].representative.absences = Absences(vec![away]);
    let tuesday = WorkingHours { weekday: 2, start: "00:00".into(), end: "24:00".into() };
    team[3].representative.working_hours = WorkingWeek(vec![tuesday]);
    team[4].representative.capacity = 3;
    team[4].open_leads = 3;
    let rule = Rule { within_working_hours: true, ..rule(AssignmentMethod::RoundRobin) };
    let (chosen, candidates) = choose(&rule, &team, &mut Turns::new(), &Lead::default(), monday());
    assert_eq!(chosen, Some(user(5)));
    assert_eq!(candidates[0].user_id, user(5), "who got it comes first");
    let expected = [
        (user(0), "DISABLED"),
        (user(1), "DISABLED"),
        (user(2), "ABSENT"),
        (user(3), "OUTSIDE_WORKING_HOURS"),
        (user(4), "AT_CAPACITY"),
        (user(5), "CHOSEN"),
        (user(6), "NOT_IN_TURN"),
    ];
    assert_eq!(outcomes(&candidates), expected);
    let whenever = Rule { within_working_hours: false, user_ids: Texts(vec![user(3).to_string()]), ..rule };
    let (chosen, candidates) = choose(&whenever, &team, &mut Turns::new(), &Lead::default(), monday());
    assert_eq!((chosen, candidates.len()), (Some(user(3)), 1), "only those of the rule are looked at");
}

#[test]
fn the_least_busy_for_the_weight_are_chosen_in_turn() {
    let mut team: Vec<Colleague> = (0..4).map(colleague).collect();
    for (colleague, (open_leads, weight)) in team.iter_mut().zip([(4, 1), (6, 2), (9, 3), (3, 1)]) {
        colleague.open_leads = open_leads;
        colleague.representative.weight = weight;
    }
    let (rule, mut turns) = (rule(AssignmentMethod::LeastBusy), Turns::new());
    let mut choose = || choose(&rule, &team, &mut turns, &Lead::default(), monday()).0.unwrap();
    let chosen: Vec<Uuid> = (0..6).map(|_| choose()).collect();
    // Three leads for each unit of weight: all but the first, who has four.
    assert_eq!(
        [1, 2, 3].map(|one| chosen.iter().filter(|user_id| **user_id == user(one)).count()),
        [2, 3, 1]
    );
}

#[test]
fn a_territory_is_a_country_a_state_or_a_city_whatever_its_case() {
    let mut team: Vec<Colleague> = (0..4).map(colleague).collect();
    for (colleague, territory) in team.iter_mut().zip(["cn", "浙江", "SHANGHAI", ""]) {
        colleague.representative.territories = Texts(vec!["Nowhere".to_owned(), territory.to_owned()]);
    }
    let rule = rule(AssignmentMethod::Territory);
    for (country, state, city, expected) in [
        ("CN", "", "", &[0][..]),
        ("CN", "浙江", "Hangzhou", &[0, 1]),
        ("DE", "", "Shanghai", &[2]),
        ("DE", "", "", &[]),
        ("", "", "", &[]),
    ] {
        let address =
            Address { country: country.into(), state: state.into(), city: city.into(), ..Address::default() };
        let lead = Lead { address: Place(address), ..Lead::default() };
        let (chosen, candidates) = choose(&rule, &team, &mut Turns::new(), &lead, monday());
        let able = outcomes(&candidates).into_iter().filter(|(_, outcome)| *outcome != "OTHER_TERRITORY");
        let able: Vec<Uuid> = able.map(|(user, _)| user).collect();
        assert_eq!(able, expected.iter().map(|number| user(*number)).collect::<Vec<_>>(), "{country} {city}");
        assert_eq!(chosen.is_some(), !expected.is_empty());
        assert_eq!(finds_somebody(&rule, &team, &lead, monday()), !expected.is_empty());
    }
}

#[test]
fn the_more_able_get_more_of_what_needs_the_skill() {
    let mut team: Vec<Colleague> = (0..3).map(colleague).collect();
    for (colleague, (level, weight)) in team.iter_mut().zip([(5, 1), (1, 2)]) {
        colleague.representative.skills = Skills(vec![Skill { name: "Pumps".into(), level }]);
        colleague.representative.weight = weight;
    }
    let (rule, mut turns) = (rule(AssignmentMethod::Skill), Turns::new());
    let mut last = Vec::new();
    for _ in 0..7 {
        last = choose(&rule, &team, &mut turns, &Lead::default(), monday()).1;
    }
    assert_eq!([0, 1].map(|number| turns[&user(number)].assigned), [5, 2]);
    assert!(!turns.contains_key(&user(2)));
    let weights: Vec<_> = last.iter().map(|candidate| (candidate.user_id, candidate.weight)).collect();
    assert!(weights.contains(&(user(0), 5)) && weights.contains(&(user(1), 2)));
    assert!(outcomes(&last).contains(&(user(2), "SKILL_MISSING")));
    assert_eq!(last.iter().map(|candidate| candidate.assigned_before).sum::<i64>(), 6);
}

fn any_colleague(number: usize) -> impl Strategy<Value = Colleague> {
    let day = (3u32..8).prop_map(|day| format!("2026-01-{day:02}"));
    let hours = (1i32..=7, 0u32..24).prop_map(|(weekday, hour)| WorkingHours {
        weekday,
        start: format!("{hour:02}:00"),
        end: format!("{:02}:00", hour + 1),
    });
    let sizes = (1i32..=100, 0i32..4, 0i64..5, 0..chrono_tz::TZ_VARIANTS.len());
    let hours = proptest::collection::vec(hours, 0..4);
    let days = proptest::collection::vec(day, 0..2);
    (any::<(bool, bool)>(), sizes, hours, days, 0i32..=5).prop_map(
        move |((disabled, active), (weight, capacity, open_leads, zone), hours, days, level)| {
            let absence = |day: &String| Absence {
                start_date: day.clone(),
                end_date: day.clone(),
                note: String::new(),
            };
            let skills = (level > 0).then(|| Skill { name: "PUMPS".into(), level });
            let representative = Representative {
                user_id: user(number),
                disabled,
                weight,
                capacity,
                working_hours: WorkingWeek(hours),
                absences: Absences(days.iter().map(absence).collect()),
                skills: Skills(skills.into_iter().collect()),
                territories: Texts(vec![if level % 2 == 0 { "CN" } else { "DE" }.to_owned()]),
                ..Representative::default()
            };
            Colleague { representative, active, open_leads, zone: chrono_tz::TZ_VARIANTS[zone] }
        },
    )
}

fn any_team() -> impl Strategy<Value = Vec<Colleague>> {
    (1usize..8).prop_flat_map(|size| (0..size).map(any_colleague).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn nobody_who_cannot_take_a_lead_is_ever_chosen(
        team in any_team(),
        method in 1i32..=4,
        within_working_hours: bool,
        hours in 0i64..72,
    ) {
        let moment = monday() + chrono::TimeDelta::hours(hours);
        let method = AssignmentMethod::try_from(method).unwrap();
        let rule = Rule { within_working_hours, ..rule(method) };
        let address = Address { country: "CN".into(), ..Address::default() };
        let lead = Lead { address: Place(address), ..Lead::default() };
        let (chosen, candidates) = choose(&rule, &team, &mut Turns::new(), &lead, moment);
        prop_assert_eq!(chosen.is_some(), finds_somebody(&rule, &team, &lead, moment));
        prop_assert_eq!(candidates.len(), team.len());
        let picked = candidates.iter().filter(|one| one.outcome == "CANDIDATE_OUTCOME_CHOSEN");
        prop_assert_eq!(picked.map(|one| one.user_id).collect::<Vec<_>>(), Vec::from_iter(chosen));
        if let Some(colleague) = team.iter().find(|colleague| Some(colleague.user()) == chosen) {
            let one = &colleague.representative;
            let local = moment.with_timezone(&colleague.zone);
            prop_assert!(colleague.active && !one.disabled);
            prop_assert!(one.capacity == 0 || colleague.open_leads < one.capacity.into());
            let today = local.date_naive().to_string();
            prop_assert!(one.absences.0.iter().all(|absence| absence.start_date != today));
            if within_working_hours && !one.working_hours.0.is_empty() {
                let now = local.format("%u %H:00").to_string();
                let mut hours =
                    one.working_hours.0.iter().map(|span| format!("{} {}", span.weekday, span.start));
                let works = hours.any(|hour| hour == now);
                prop_assert!(works, "{now}");
            }
            if method == AssignmentMethod::Territory {
                prop_assert_eq!(&one.territories.0[0], "CN");
            }
            if method == AssignmentMethod::Skill {
                prop_assert!(!one.skills.0.is_empty());
            }
        }
    }
}
