//! Representatives and the rules that choose among them, as they are kept.

use crm_kit::testing::eventually;
use crm_protos::sales::v1::{
    Absence, AssignmentMethod, AssignmentRule, DeleteAssignmentRuleRequest, DeleteRepresentativeRequest,
    GetAssignmentRuleRequest, GetRepresentativeRequest, ListAssignmentRulesRequest,
    ListRepresentativesRequest, Representative, Skill, UpdateAssignmentRuleRequest,
    UpdateRepresentativeRequest, WorkingHours,
};
use prost_types::FieldMask;
use tonic::Code;

use super::team::{
    capture, create_representative, create_rule, form, representative, representatives, rule_by, rules, user,
    visitor,
};
use super::{assert_refused, organization, run, violations};

fn mask(path: &str) -> Option<FieldMask> {
    Some(FieldMask { paths: vec![path.to_owned()] })
}

fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned())).collect()
}

#[tokio::test]
async fn a_representative_is_kept_with_sensible_defaults() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = user(harness, &caller, "Ada", None).await;
        let given = Representative {
            user_id: ada.to_string(),
            skills: vec![Skill { name: " Cold   calls ".to_owned(), level: 0 }],
            territories: vec!["上海".to_owned(), " cn".to_owned(), "CN".to_owned(), String::new()],
            working_hours: vec![WorkingHours { weekday: 1, start: "09:00".into(), end: "24:00".into() }],
            absences: vec![Absence {
                start_date: "2026-02-16".into(),
                end_date: "2026-02-22".into(),
                note: "Spring Festival".into(),
            }],
            ..Default::default()
        };
        let created = create_representative(harness, &caller, given.clone()).await.unwrap();
        assert_eq!((created.weight, created.capacity, created.user_name.as_str()), (1, 0, "Ada"));
        assert_eq!(created.skills, [Skill { name: "Cold calls".to_owned(), level: 3 }]);
        assert_eq!(created.territories, ["上海", "cn"]);
        let again = create_representative(harness, &caller, given).await;
        assert_refused(again, Code::AlreadyExists, "REPRESENTATIVE_EXISTS");
        let patch = Representative { weight: 5, user_id: ada.to_string(), ..created.clone() };
        let update = UpdateRepresentativeRequest { representative: Some(patch), update_mask: mask("weight") };
        let updated = representatives(harness)
            .update_representative(caller.request(update))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(updated, Representative { weight: 5, etag: "2".into(), ..created.clone() });
        let stale = Representative { weight: 6, ..created.clone() };
        let update = UpdateRepresentativeRequest { representative: Some(stale), update_mask: None };
        let stale = representatives(harness).update_representative(caller.request(update)).await;
        assert_refused(stale, Code::Aborted, "STALE");
        let list = ListRepresentativesRequest {
            filter: vec![format!("user_id={ada}")],
            ..ListRepresentativesRequest::default()
        };
        let listed =
            representatives(harness).list_representatives(caller.request(list)).await.unwrap().into_inner();
        assert_eq!(listed.representatives, std::slice::from_ref(&updated));
        harness.identity.put_user(caller.organization(), ada, "Ada Byron", None);
        let get = GetRepresentativeRequest { id: created.id.clone() };
        eventually("the new name is shown", async || {
            let found =
                representatives(harness).get_representative(caller.request(get.clone())).await.unwrap();
            found.into_inner().user_name == "Ada Byron"
        })
        .await;
        let delete = DeleteRepresentativeRequest { id: created.id, ..Default::default() };
        representatives(harness).delete_representative(caller.request(delete)).await.unwrap();
        let gone = representatives(harness).get_representative(caller.request(get)).await;
        assert_refused(gone, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_representative_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wrong = Representative {
            user_id: crm_kit::id::new().to_string(),
            skills: vec![
                Skill { name: "Pumps".into(), level: 6 },
                Skill { name: "pumps".into(), level: -1 },
                Skill::default(),
            ],
            weight: 101,
            capacity: -1,
            working_hours: vec![WorkingHours { weekday: 8, start: "18:00".into(), end: "9".into() }],
            time_zone: "Mars/Olympus".to_owned(),
            absences: vec![Absence {
                start_date: "2026-02-30".into(),
                end_date: "2026-01-01".into(),
                ..Absence::default()
            }],
            ..Default::default()
        };
        let status = create_representative(harness, &caller, wrong).await.unwrap_err();
        let mut found = violations(&status);
        found.sort();
        let mut expected = owned(&[
            ("representative.user_id", "OWNER_UNKNOWN"),
            ("representative.skills[0].level", "OUT_OF_RANGE"),
            ("representative.skills[1].name", "DUPLICATE"),
            ("representative.skills[1].level", "OUT_OF_RANGE"),
            ("representative.skills[2].name", "REQUIRED"),
            ("representative.weight", "OUT_OF_RANGE"),
            ("representative.capacity", "OUT_OF_RANGE"),
            ("representative.working_hours[0].weekday", "OUT_OF_RANGE"),
            ("representative.working_hours[0].end", "TIME_MALFORMED"),
            ("representative.time_zone", "TIME_ZONE_UNKNOWN"),
            ("representative.absences[0].start_date", "DATE_INVALID"),
        ]);
        expected.sort();
        assert_eq!(found, expected);
        for (id, reason) in [
            ("", "REQUIRED"),
            ("nobody", "ID_MALFORMED"),
            ("00000000-0000-0000-0000-000000000000", "OWNER_UNKNOWN"),
        ] {
            let nobody = Representative { user_id: id.to_owned(), ..Default::default() };
            let status = create_representative(harness, &caller, nobody).await.unwrap_err();
            assert_eq!(violations(&status), owned(&[("representative.user_id", reason)]), "{id}");
        }
        let [ada, bo] = [user(harness, &caller, "Ada", None).await, user(harness, &caller, "Bo", None).await];
        let one = Representative { user_id: ada.to_string(), ..Default::default() };
        let created = create_representative(harness, &caller, one).await.unwrap();
        let other = Representative { user_id: bo.to_string(), ..created };
        let update = UpdateRepresentativeRequest { representative: Some(other), update_mask: None };
        let status =
            representatives(harness).update_representative(caller.request(update)).await.unwrap_err();
        assert_eq!(violations(&status), owned(&[("representative.user_id", "IMMUTABLE")]));
    })
    .await;
}

#[tokio::test]
async fn a_rule_is_kept_and_its_order_is_that_of_the_positions() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = representative(harness, &caller, "Ada", |_| {}).await;
        let given = AssignmentRule {
            position: 2,
            conditions: vec![" score>=50 ".to_owned(), "source=SOURCE_WEB_SITE|email".to_owned()],
            user_ids: vec![ada.to_string(), ada.to_string().to_uppercase()],
            ..rule_by(AssignmentMethod::RoundRobin)
        };
        let created = create_rule(harness, &caller, given).await.unwrap();
        assert_eq!(created.conditions, ["score>=50", "source=SOURCE_WEB_SITE|email"]);
        assert_eq!(created.user_ids, [ada.to_string()]);
        let first = AssignmentRule { position: 1, ..rule_by(AssignmentMethod::LeastBusy) };
        let first = create_rule(harness, &caller, first).await.unwrap();
        let list = ListAssignmentRulesRequest { order_by: "position".to_owned(), ..Default::default() };
        let listed = rules(harness).list_assignment_rules(caller.request(list)).await.unwrap().into_inner();
        assert_eq!(listed.assignment_rules, [first, created.clone()]);
        // Somebody who is no representative any more stays in the rules that name him or her.
        let list = ListRepresentativesRequest::default();
        let one = representatives(harness).list_representatives(caller.request(list)).await.unwrap();
        let id = one.into_inner().representatives[0].id.clone();
        let delete = DeleteRepresentativeRequest { id, ..Default::default() };
        representatives(harness).delete_representative(caller.request(delete)).await.unwrap();
        let renamed = AssignmentRule { name: "The web".to_owned(), ..created.clone() };
        let update = UpdateAssignmentRuleRequest { assignment_rule: Some(renamed), update_mask: None };
        let renamed =
            rules(harness).update_assignment_rule(caller.request(update)).await.unwrap().into_inner();
        assert_eq!((renamed.name.as_str(), &renamed.user_ids), ("The web", &created.user_ids));
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_with_a_rule_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wrong = AssignmentRule {
            conditions: vec!["score>=many".into(), "colour=red".into(), "score".into(), "name>a".into()],
            method: AssignmentMethod::Skill.into(),
            user_ids: vec!["nobody".into(), crm_kit::id::new().to_string()],
            queue_department_id: crm_kit::id::new().to_string(),
            ..Default::default()
        };
        let status = create_rule(harness, &caller, wrong).await.unwrap_err();
        let mut found = violations(&status);
        found.sort();
        let expected = owned(&[
            ("assignment_rule.conditions[0]", "CONDITION_VALUE"),
            ("assignment_rule.conditions[1]", "FIELD_UNKNOWN"),
            ("assignment_rule.conditions[2]", "CONDITION_MALFORMED"),
            ("assignment_rule.conditions[3]", "CONDITION_OPERATOR"),
            ("assignment_rule.name", "REQUIRED"),
            ("assignment_rule.queue_department_id", "DEPARTMENT_UNKNOWN"),
            ("assignment_rule.skill", "REQUIRED"),
            ("assignment_rule.user_ids[0]", "ID_MALFORMED"),
            ("assignment_rule.user_ids[1]", "REPRESENTATIVE_UNKNOWN"),
        ]);
        assert_eq!(found, expected);
        let status = create_rule(harness, &caller, AssignmentRule { name: "x".into(), ..Default::default() });
        let status = status.await.unwrap_err();
        assert_eq!(violations(&status), owned(&[("assignment_rule.method", "REQUIRED")]));
        let many = AssignmentRule {
            conditions: vec!["score>=1".into(); 21],
            ..rule_by(AssignmentMethod::RoundRobin)
        };
        let status = create_rule(harness, &caller, many).await.unwrap_err();
        assert_eq!(violations(&status), owned(&[("assignment_rule.conditions", "TOO_MANY")]));
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_has_given_leads_away_can_be_deleted() {
    run(async |harness| {
        let caller = organization(harness).await;
        representative(harness, &caller, "Ada", |_| {}).await;
        let rule = create_rule(harness, &caller, rule_by(AssignmentMethod::RoundRobin)).await.unwrap();
        let form = form(harness, &caller).await;
        capture(harness, visitor(&form, "one")).await.unwrap();
        eventually("the user is told", async || !harness.identity.notifications().is_empty()).await;
        let delete = DeleteAssignmentRuleRequest { id: rule.id.clone(), etag: "7".to_owned() };
        let stale = rules(harness).delete_assignment_rule(caller.request(delete)).await;
        assert_refused(stale, Code::Aborted, "STALE");
        let delete = DeleteAssignmentRuleRequest { id: rule.id.clone(), etag: rule.etag };
        rules(harness).delete_assignment_rule(caller.request(delete)).await.unwrap();
        let get = GetAssignmentRuleRequest { id: rule.id };
        let gone = rules(harness).get_assignment_rule(caller.request(get)).await;
        assert_refused(gone, Code::NotFound, "NOT_FOUND");
        capture(harness, visitor(&form, "two")).await.unwrap();
    })
    .await;
}
