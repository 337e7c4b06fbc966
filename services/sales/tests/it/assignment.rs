//! Who gets a lead.

use chrono::TimeDelta;
use crm_kit::access::Scope;
use crm_kit::config::Settings;
use crm_kit::testing::{Harness, eventually};
use crm_protos::customers::v1::Address;
use crm_protos::sales::v1::{
    Absence, AssignLeadRequest, AssignmentMethod, AssignmentReason, AssignmentRule, CandidateOutcome,
    CaptureLeadRequest, CreateLeadRequest, DeleteLeadRequest, Lead, Skill, WorkingHours,
};
use crm_sales::Sales;
use futures::future::join_all;

use super::team::{
    capture, create_rule, decisions, form, leads, representative, rule_by, seen, shares, user, visitor,
};
use super::{organization, run};

#[tokio::test]
async fn leads_that_come_at_once_are_split_evenly() {
    // They wait for each other, on a busy machine longer than for a connection by default.
    let patient = |settings: &mut Settings| settings.database.acquire_timeout_seconds = 60;
    Harness::run_with(Sales, patient, async |harness| {
        let caller = organization(harness).await;
        let mut team = Vec::new();
        for name in ["Ada", "Bo", "Chen"] {
            team.push(representative(harness, &caller, name, |_| {}).await);
        }
        create_rule(harness, &caller, rule_by(AssignmentMethod::RoundRobin)).await.unwrap();
        let form = form(harness, &caller).await;
        let captures = (0..60).map(|number| capture(harness, visitor(&form, &format!("v{number}"))));
        for captured in join_all(captures).await {
            captured.unwrap();
        }
        let all = seen(harness, &caller).await;
        assert_eq!(shares(&all, [team[0], team[1], team[2]]), [20, 20, 20]);
        eventually("everybody is told of every lead", async || harness.identity.notifications().len() == 60)
            .await;
    })
    .await;
}

#[tokio::test]
async fn the_heavier_get_more_and_a_newcomer_does_not_get_all() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = representative(harness, &caller, "Ada", |one| one.weight = 3).await;
        let bo = representative(harness, &caller, "Bo", |_| {}).await;
        create_rule(harness, &caller, rule_by(AssignmentMethod::RoundRobin)).await.unwrap();
        let form = form(harness, &caller).await;
        for number in 0..8 {
            capture(harness, visitor(&form, &format!("v{number}"))).await.unwrap();
        }
        assert_eq!(shares(&seen(harness, &caller).await, [ada, bo]), [6, 2]);
        let new = representative(harness, &caller, "Chen", |_| {}).await;
        for number in 8..13 {
            capture(harness, visitor(&form, &format!("v{number}"))).await.unwrap();
        }
        assert_eq!(shares(&seen(harness, &caller).await, [ada, bo, new]), [9, 3, 1]);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_hours_works_when_the_organization_does() {
    run(async |harness| {
        let caller = organization(harness).await;
        // It is Monday, five in the afternoon in Shanghai.
        let week = |end: &str| serde_json::json!([{ "weekday": 1, "start": "09:00", "end": end }]);
        let here = representative(harness, &caller, "Here", |_| {}).await;
        let rule = AssignmentRule { within_working_hours: true, ..rule_by(AssignmentMethod::RoundRobin) };
        create_rule(harness, &caller, rule).await.unwrap();
        let form = form(harness, &caller).await;
        let given = async || {
            let before = shares(&seen(harness, &caller).await, [here]);
            capture(harness, visitor(&form, &crm_kit::id::new().to_string())).await.unwrap();
            shares(&seen(harness, &caller).await, [here]) != before
        };
        assert!(given().await);
        for (end, expected) in [("17:00", false), ("18:00", true)] {
            harness.identity.put_working_hours(caller.organization(), week(end));
            eventually("the hours are heard of", async || given().await == expected).await;
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_cannot_take_a_lead_is_passed_over_and_the_decision_says_why() {
    run(async |harness| {
        let caller = organization(harness).await;
        let away = Absence {
            start_date: "2026-01-05".to_owned(),
            end_date: "2026-01-06".to_owned(),
            ..Absence::default()
        };
        let away = representative(harness, &caller, "Away", |one| one.absences = vec![away]).await;
        // The clock stands at nine in the morning in London, which is five in the afternoon in Shanghai, on a Monday.
        let hours =
            |start: &str, end: &str| WorkingHours { weekday: 1, start: start.into(), end: end.into() };
        let asleep = representative(harness, &caller, "Asleep", |one| {
            one.working_hours = vec![hours("10:00", "18:00")];
            one.time_zone = "Europe/London".to_owned();
        })
        .await;
        let full = representative(harness, &caller, "Full", |one| one.capacity = 1).await;
        let out = representative(harness, &caller, "Out", |one| one.disabled = true).await;
        let shut_out = representative(harness, &caller, "Shut out", |_| {}).await;
        harness.tamper("UPDATE directory_users SET active = false WHERE display_name = 'Shut out'").await;
        let here = representative(harness, &caller, "Here", |one| {
            one.working_hours = vec![hours("09:00", "12:00"), hours("13:00", "17:01")];
        })
        .await;
        let rule = AssignmentRule { within_working_hours: true, ..rule_by(AssignmentMethod::RoundRobin) };
        let rule = create_rule(harness, &caller, rule).await.unwrap();
        let form = form(harness, &caller).await;
        for name in ["one", "two", "three"] {
            capture(harness, visitor(&form, name)).await.unwrap();
        }
        let all = seen(harness, &caller).await;
        let expected = [0, 0, 1, 0, 0, 2];
        assert_eq!(shares(&all, [away, asleep, full, out, shut_out, here]), expected);
        let [decision] = &decisions(harness, &caller, &all[2]).await[..] else { panic!("one decision") };
        assert_eq!(decision.reason(), AssignmentReason::Rule);
        assert_eq!((&decision.rule_id, &decision.rule_name), (&rule.id, &rule.name));
        assert_eq!(decision.method(), AssignmentMethod::RoundRobin);
        assert_eq!(decision.user_id, here.to_string());
        let outcome = |user: uuid::Uuid| {
            let found = decision.candidates.iter().find(|one| one.user_id == user.to_string()).unwrap();
            (found.outcome(), found.assigned_before, found.open_leads)
        };
        assert_eq!(outcome(away), (CandidateOutcome::Absent, 0, 0));
        assert_eq!(outcome(asleep), (CandidateOutcome::OutsideWorkingHours, 0, 0));
        assert_eq!(outcome(full), (CandidateOutcome::AtCapacity, 1, 1));
        assert_eq!(outcome(out), (CandidateOutcome::Disabled, 0, 0));
        assert_eq!(outcome(shut_out), (CandidateOutcome::Disabled, 0, 0));
        assert_eq!(outcome(here), (CandidateOutcome::Chosen, 1, 1));
        // On Wednesday one is back, and those with hours on Mondays do not work. A lead that is gone makes room.
        harness.context.clock.advance(TimeDelta::days(2));
        let held = all.iter().find(|lead| lead.owner_id == full.to_string()).unwrap();
        let delete = DeleteLeadRequest { id: held.id.clone(), ..Default::default() };
        leads(harness).delete_lead(caller.request(delete)).await.unwrap();
        for name in ["four", "five"] {
            capture(harness, visitor(&form, name)).await.unwrap();
        }
        assert_eq!(shares(&seen(harness, &caller).await, [away, full, here]), [1, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn the_least_busy_get_the_next_lead() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = representative(harness, &caller, "Ada", |_| {}).await;
        let bo = representative(harness, &caller, "Bo", |_| {}).await;
        for name in ["one", "two", "three"] {
            let lead = Lead { name: name.to_owned(), owner_id: ada.to_string(), ..Lead::default() };
            let request = CreateLeadRequest { lead: Some(lead), ..Default::default() };
            leads(harness).create_lead(caller.request(request)).await.unwrap();
        }
        create_rule(harness, &caller, rule_by(AssignmentMethod::LeastBusy)).await.unwrap();
        let form = form(harness, &caller).await;
        for number in 0..5 {
            capture(harness, visitor(&form, &format!("v{number}"))).await.unwrap();
        }
        assert_eq!(shares(&seen(harness, &caller).await, [ada, bo]), [4, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_lead_goes_to_whoever_covers_its_place_and_else_to_the_next_rule() {
    run(async |harness| {
        let caller = organization(harness).await;
        let east =
            representative(harness, &caller, "East", |one| one.territories = vec!["上海".into()]).await;
        let abroad = representative(harness, &caller, "Abroad", |one| {
            one.territories = vec!["DE".into(), "at".into()];
        })
        .await;
        let pumps = representative(harness, &caller, "Pumps", |one| {
            one.skills = vec![Skill { name: "Pumps".into(), level: 4 }];
        })
        .await;
        let more = representative(harness, &caller, "More", |one| {
            one.skills = vec![Skill { name: "pumps".into(), level: 1 }];
        })
        .await;
        let places = AssignmentRule { position: 1, ..rule_by(AssignmentMethod::Territory) };
        create_rule(harness, &caller, places).await.unwrap();
        let skilled = AssignmentRule {
            position: 2,
            skill: "PUMPS".to_owned(),
            conditions: vec!["industry=pumps".to_owned(), "source=web_site".to_owned()],
            ..rule_by(AssignmentMethod::Skill)
        };
        create_rule(harness, &caller, skilled).await.unwrap();
        let off = AssignmentRule { disabled: true, ..rule_by(AssignmentMethod::RoundRobin) };
        create_rule(harness, &caller, off).await.unwrap();
        let form = form(harness, &caller).await;
        let from = |name: &str, country: &str, city: &str, industry: &str| CaptureLeadRequest {
            address: Some(Address { country: country.into(), city: city.into(), ..Address::default() }),
            industry: industry.to_owned(),
            ..visitor(&form, name)
        };
        capture(harness, from("one", "CN", "上海", "")).await.unwrap();
        capture(harness, from("two", "AT", "Wien", "pumps")).await.unwrap();
        for number in 0..5 {
            capture(harness, from(&format!("v{number}"), "FR", "Paris", "Pumps")).await.unwrap();
        }
        capture(harness, from("nowhere", "FR", "Paris", "valves")).await.unwrap();
        let all = seen(harness, &caller).await;
        assert_eq!(shares(&all, [east, abroad, pumps, more]), [1, 1, 4, 1]);
        let last = &all[7];
        assert_eq!((last.owner_id.as_str(), last.department_id.as_str()), ("", ""));
        let [decision] = &decisions(harness, &caller, last).await[..] else { panic!("one decision") };
        assert_eq!(decision.reason(), AssignmentReason::NobodyAvailable, "the first rule fits every lead");
        assert_eq!(decision.candidates.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_finds_nobody_waits_in_the_queue_of_a_department() {
    run(async |harness| {
        let caller = organization(harness).await;
        let [queue, other] = [crm_kit::id::new(), crm_kit::id::new()];
        for department in [queue, other] {
            harness.identity.put_department(caller.organization(), department, "Sales", None);
            eventually("the department is known", async || {
                let connection = harness.context.db.connection();
                let organization = caller.organization();
                crm_sales::store::department::exists(connection, organization, department).await.unwrap()
            })
            .await;
        }
        let form = form(harness, &caller).await;
        capture(harness, visitor(&form, "early")).await.unwrap();
        let rule = AssignmentRule {
            queue_department_id: queue.to_string(),
            ..rule_by(AssignmentMethod::RoundRobin)
        };
        let rule = create_rule(harness, &caller, rule).await.unwrap();
        capture(harness, visitor(&form, "late")).await.unwrap();
        let all = seen(harness, &caller).await;
        let places: Vec<_> =
            all.iter().map(|lead| (lead.owner_id.clone(), lead.department_id.clone())).collect();
        assert_eq!(places, [(String::new(), String::new()), (String::new(), queue.to_string())]);
        let [early] = &decisions(harness, &caller, &all[0]).await[..] else { panic!("one decision") };
        assert_eq!((early.reason(), early.rule_id.as_str()), (AssignmentReason::NoRule, ""));
        let [late] = &decisions(harness, &caller, &all[1]).await[..] else { panic!("one decision") };
        assert_eq!((late.reason(), &late.rule_id), (AssignmentReason::NobodyAvailable, &rule.id));
        assert_eq!((late.user_id.as_str(), &late.department_id), ("", &queue.to_string()));
        for (department, expected) in [(queue, 1), (other, 0)] {
            let colleague = harness.caller(caller.organization()).department(department, &[]);
            let colleague = colleague.grant("sales.lead.read", Scope::Department);
            assert_eq!(seen(harness, &colleague).await.len(), expected);
        }
        let stranger = harness.caller(caller.organization()).grant("sales.lead.read", Scope::Own);
        assert!(seen(harness, &stranger).await.is_empty());
        assert!(harness.identity.notifications().is_empty());
        // Once there is somebody, the lead is given away from the queue, with the department of whoever gets it.
        let ada = user(harness, &caller, "Ada", Some(other)).await;
        let one = crm_protos::sales::v1::Representative { user_id: ada.to_string(), ..Default::default() };
        super::team::create_representative(harness, &caller, one).await.unwrap();
        let assign = AssignLeadRequest { id: all[1].id.clone(), ..Default::default() };
        let assigned = leads(harness).assign_lead(caller.request(assign)).await.unwrap().into_inner();
        assert_eq!((&assigned.owner_id, &assigned.department_id), (&ada.to_string(), &other.to_string()));
        assert_eq!(decisions(harness, &caller, &assigned).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_gets_a_lead_is_told_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = representative(harness, &caller, "Ada", |one| one.capacity = 1).await;
        create_rule(harness, &caller, rule_by(AssignmentMethod::RoundRobin)).await.unwrap();
        let lead = Lead { name: "Lin".to_owned(), ..Lead::default() };
        let message = CreateLeadRequest { lead: Some(lead), assign: true, ..Default::default() };
        let request = || caller.keyed_request("once", message.clone());
        let created = leads(harness).create_lead(request()).await.unwrap().into_inner();
        let again = leads(harness).create_lead(request()).await.unwrap().into_inner();
        assert_eq!((&created.id, &created.owner_id), (&again.id, &ada.to_string()));
        eventually("the user is told", async || !harness.identity.notifications().is_empty()).await;
        // The lead itself does not fill up whoever has it.
        let assign = AssignLeadRequest { id: created.id.clone(), ..Default::default() };
        let assigned = leads(harness).assign_lead(caller.request(assign)).await.unwrap().into_inner();
        assert_eq!(assigned.owner_id, ada.to_string());
        eventually("the second decision is told too", async || harness.identity.notifications().len() == 2)
            .await;
        let told = harness.identity.notifications();
        for one in &told {
            assert_eq!((&one.user_id, &one.record_id), (&ada.to_string(), &created.id));
            assert_eq!((one.resource.as_str(), one.title.as_str()), ("sales.lead", "Lin"));
        }
        assert_ne!(told[0].key, told[1].key);
    })
    .await;
}
