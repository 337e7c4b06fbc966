//! What a lead is, who sees it, and what can be done with it.

use chrono::TimeDelta;
use crm_kit::access::Scope;
use crm_kit::channel::Channel;
use crm_kit::convert::timestamp;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::customers::v1::{Address, Source};
use crm_protos::sales::v1::assignment_rules_client::AssignmentRulesClient;
use crm_protos::sales::v1::leads_client::LeadsClient;
use crm_protos::sales::v1::*;
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::{assert_refused, organization, run, violations};

pub(crate) fn leads(harness: &Harness) -> LeadsClient<Channel> {
    LeadsClient::new(harness.channel.clone())
}

pub(crate) fn person(name: &str) -> Lead {
    Lead { name: name.to_owned(), ..Lead::default() }
}

pub(crate) async fn create(harness: &Harness, caller: &TestCaller, lead: Lead) -> Result<Lead, Status> {
    let request = CreateLeadRequest { lead: Some(lead), ..Default::default() };
    Ok(leads(harness).create_lead(caller.request(request)).await?.into_inner())
}

pub(crate) async fn get(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Lead, Status> {
    Ok(leads(harness).get_lead(caller.request(GetLeadRequest { id: id.to_owned() })).await?.into_inner())
}

pub(crate) async fn put(
    harness: &Harness,
    caller: &TestCaller,
    lead: Lead,
    paths: &[&str],
) -> Result<Lead, Status> {
    let mask = FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
    let request = UpdateLeadRequest { lead: Some(lead), update_mask: Some(mask) };
    Ok(leads(harness).update_lead(caller.request(request)).await?.into_inner())
}

async fn listed(harness: &Harness, caller: &TestCaller, list: ListLeadsRequest) -> Vec<String> {
    let answer = leads(harness).list_leads(caller.request(list)).await.unwrap().into_inner();
    answer.leads.into_iter().map(|lead| lead.display_name).collect()
}

/// Creates a lead for which the rules choose.
async fn assigned(harness: &Harness, caller: &TestCaller, lead: Lead) -> Lead {
    let request = CreateLeadRequest { lead: Some(lead), assign: true, ..Default::default() };
    leads(harness).create_lead(caller.request(request)).await.unwrap().into_inner()
}

fn representative(harness: &Harness, of: &TestCaller, scope: Scope) -> TestCaller {
    harness.caller(of.organization()).grant("sales.lead.*", scope)
}

#[tokio::test]
async fn a_lead_is_stored_in_one_form() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(
            harness,
            &caller,
            Lead {
                name: "  李  娜 ".to_owned(),
                company: "华信".to_owned(),
                email: "Li.Na@Huaxin.Example".to_owned(),
                phone: "138 0013 8000".to_owned(),
                website: "huaxin.example".to_owned(),
                source: Source::Event.into(),
                rating: LeadRating::Hot.into(),
                score: 80,
                utm: Some(Utm { source: " wechat ".to_owned(), ..Utm::default() }),
                address: Some(Address { country: "cn".to_owned(), ..Address::default() }),
                amount_minor: 100_000_000_000_000,
                tags: vec!["VIP".to_owned(), "vip".to_owned()],
                ..Lead::default()
            },
        )
        .await
        .unwrap();
        let read = get(harness, &caller, &created.id).await.unwrap();
        assert_eq!(read, created);
        assert_eq!((read.name.as_str(), read.display_name.as_str()), ("李 娜", "李 娜"));
        assert_eq!((read.email.as_str(), read.phone.as_str()), ("li.na@huaxin.example", "+8613800138000"));
        assert_eq!((read.website.as_str(), read.currency.as_str()), ("https://huaxin.example", "CNY"));
        assert_eq!(
            (read.status(), read.rating(), read.source()),
            (LeadStatus::New, LeadRating::Hot, Source::Event)
        );
        assert_eq!((read.utm.unwrap().source, read.address.unwrap().country), ("wechat".into(), "CN".into()));
        assert_eq!((read.tags, read.owner_id), (vec!["VIP".to_owned()], caller.id().to_string()));
        assert_eq!((read.next_follow_up_time, read.etag.as_str()), (None, "1"));
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wrong = Lead {
            owner_id: crm_kit::id::new().to_string(),
            email: "nobody".to_owned(),
            phone: "12".to_owned(),
            website: "javascript://x".to_owned(),
            score: 101,
            amount_minor: -1,
            currency: "RMB".to_owned(),
            rating: 99,
            address: Some(Address { country: "China".to_owned(), ..Address::default() }),
            next_follow_up_time: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }),
            ..Lead::default()
        };
        let found = violations(&create(harness, &caller, wrong).await.unwrap_err());
        let mut fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "lead.address.country",
                "lead.amount_minor",
                "lead.currency",
                "lead.email",
                "lead.name",
                "lead.next_follow_up_time",
                "lead.owner_id",
                "lead.phone",
                "lead.rating",
                "lead.score",
                "lead.website",
            ]
        );
        assert!(found.contains(&("lead.name".to_owned(), "REQUIRED".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn leads_are_listed_counted_and_found() {
    run(async |harness| {
        let caller = organization(harness).await;
        for (name, company, score) in [("Ada", "Acme", 10), ("", "华信科技", 90), ("李娜", "华信", 50)]
        {
            let lead = Lead { company: company.to_owned(), score, ..person(name) };
            create(harness, &caller, lead).await.unwrap();
        }
        let by_score = ListLeadsRequest { order_by: "score desc".to_owned(), ..Default::default() };
        assert_eq!(listed(harness, &caller, by_score).await, ["华信科技", "李娜", "Ada"]);
        let query = ListLeadsRequest { query: "华信".to_owned(), ..Default::default() };
        assert_eq!(listed(harness, &caller, query).await, ["李娜", "华信科技"]);
        let filter = vec!["score>=50".to_owned(), "status=NEW".to_owned()];
        let count = CountLeadsRequest { filter, ..Default::default() };
        let count = leads(harness).count_leads(caller.request(count)).await.unwrap().into_inner();
        assert_eq!(count.count, 2);
        let all = leads(harness).list_leads(caller.request(ListLeadsRequest::default())).await.unwrap();
        let ids: Vec<String> = all.into_inner().leads.into_iter().map(|lead| lead.id).collect();
        let batch = BatchGetLeadsRequest { ids: ids.clone() };
        let batch = leads(harness).batch_get_leads(caller.request(batch)).await.unwrap().into_inner();
        assert_eq!(batch.leads.into_iter().map(|lead| lead.id).collect::<Vec<_>>(), ids);
    })
    .await;
}

#[tokio::test]
async fn a_lead_is_changed_deleted_and_restored() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, person("Ada")).await.unwrap();
        let change = Lead {
            id: created.id.clone(),
            etag: created.etag.clone(),
            company: "Acme".to_owned(),
            ..person("")
        };
        let changed = put(harness, &caller, change.clone(), &["name", "company"]).await.unwrap();
        assert_eq!((changed.display_name.as_str(), changed.etag.as_str()), ("Acme", "2"));
        let stale = put(harness, &caller, change, &["company"]).await;
        assert_refused(stale, Code::Aborted, "STALE");
        let nameless = Lead { id: created.id.clone(), ..Lead::default() };
        let status = put(harness, &caller, nameless, &["company"]).await.unwrap_err();
        assert_eq!(violations(&status), [("lead.name".to_owned(), "REQUIRED".to_owned())]);
        let id = || created.id.clone();
        let delete = DeleteLeadRequest { id: id(), etag: String::new() };
        leads(harness).delete_lead(caller.request(delete)).await.unwrap();
        assert_eq!(get(harness, &caller, &created.id).await.unwrap_err().code(), Code::NotFound);
        let restored = leads(harness).restore_lead(caller.request(RestoreLeadRequest { id: id() })).await;
        assert_eq!(restored.unwrap().into_inner().delete_time, None);
        let again = leads(harness).restore_lead(caller.request(RestoreLeadRequest { id: id() })).await;
        assert_refused(again, Code::FailedPrecondition, "NOT_DELETED");
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_creates_one_lead() {
    run(async |harness| {
        let caller = organization(harness).await;
        let message = CreateLeadRequest { lead: Some(person("Ada")), ..Default::default() };
        let request = || caller.keyed_request("one", message.clone());
        let first = leads(harness).create_lead(request()).await.unwrap().into_inner();
        let again = leads(harness).create_lead(request()).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert_eq!(listed(harness, &caller, ListLeadsRequest::default()).await, ["Ada"]);
    })
    .await;
}

#[tokio::test]
async fn a_time_is_answered_as_it_is_kept() {
    run(async |harness| {
        let caller = organization(harness).await;
        let time = |nanos| Some(prost_types::Timestamp { seconds: 1_900_000_000, nanos });
        let ada = Lead { next_follow_up_time: time(123_456_789), ..person("Ada") };
        let created = create(harness, &caller, ada).await.unwrap();
        assert_eq!(created.next_follow_up_time, time(123_456_000));
        assert_eq!(get(harness, &caller, &created.id).await.unwrap(), created);
    })
    .await;
}

#[tokio::test]
async fn the_owner_of_a_lead_is_reminded_when_it_is_time() {
    run(async |harness| {
        let caller = organization(harness).await;
        let at = |hours| Some(timestamp(harness.context.clock.now() + TimeDelta::hours(hours)));
        let created =
            create(harness, &caller, Lead { next_follow_up_time: at(1), ..person("Ada") }).await.unwrap();
        assert_eq!(created.next_follow_up_time, at(1));
        let time = |time| Lead { id: created.id.clone(), next_follow_up_time: time, ..Lead::default() };
        let cleared = put(harness, &caller, time(None), &["next_follow_up_time"]).await.unwrap();
        assert_eq!(cleared.next_follow_up_time, None);
        let late = at(3);
        put(harness, &caller, time(late), &["next_follow_up_time"]).await.unwrap();
        harness.context.clock.advance(TimeDelta::hours(4));
        eventually("the reminder", async || !harness.identity.notifications().is_empty()).await;
        let told = harness.identity.notifications();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].record_id.as_str(), told[0].due_time), (created.id.as_str(), late));
    })
    .await;
}

#[tokio::test]
async fn verbs_lead_from_state_to_state() {
    run(async |harness| {
        let caller = organization(harness).await;
        let id = create(harness, &caller, person("Ada")).await.unwrap().id;
        let etag = String::new;
        let mut client = leads(harness);
        let early =
            client.reopen_lead(caller.request(ReopenLeadRequest { id: id.clone(), etag: etag() })).await;
        assert_refused(early, Code::FailedPrecondition, "LEAD_STATUS");
        let working =
            client.work_lead(caller.request(WorkLeadRequest { id: id.clone(), etag: etag() })).await;
        let working = working.unwrap().into_inner();
        assert_eq!(working.status(), LeadStatus::Working);
        let stale = QualifyLeadRequest { id: id.clone(), etag: "1".to_owned() };
        assert_refused(client.qualify_lead(caller.request(stale)).await, Code::Aborted, "STALE");
        let seen = QualifyLeadRequest { id: id.clone(), etag: working.etag };
        let qualified = client.qualify_lead(caller.request(seen)).await.unwrap().into_inner();
        assert_eq!(qualified.status(), LeadStatus::Qualified);
        let why =
            |reason: &str| DisqualifyLeadRequest { id: id.clone(), etag: etag(), reason: reason.to_owned() };
        let status = client.disqualify_lead(caller.request(why(" "))).await.unwrap_err();
        assert_eq!(violations(&status), [("reason".to_owned(), "REQUIRED".to_owned())]);
        let given_up = client.disqualify_lead(caller.request(why("no  budget"))).await.unwrap().into_inner();
        assert_eq!(
            (given_up.status(), given_up.unqualified_reason.as_str()),
            (LeadStatus::Unqualified, "no budget")
        );
        let again = client.work_lead(caller.request(WorkLeadRequest { id: id.clone(), etag: etag() })).await;
        assert_refused(again, Code::FailedPrecondition, "LEAD_STATUS");
        let reopened = client.reopen_lead(caller.request(ReopenLeadRequest { id, etag: etag() })).await;
        let reopened = reopened.unwrap().into_inner();
        assert_eq!((reopened.status(), reopened.unqualified_reason.as_str()), (LeadStatus::Working, ""));
    })
    .await;
}

#[tokio::test]
async fn a_representative_sees_own_leads_only() {
    run(async |harness| {
        let administrator = organization(harness).await;
        let (ann, bob) = (
            representative(harness, &administrator, Scope::Own),
            representative(harness, &administrator, Scope::Own),
        );
        let of_ann = create(harness, &ann, person("Of Ann")).await.unwrap();
        create(harness, &bob, person("Of Bob")).await.unwrap();
        assigned(harness, &administrator, person("Queued")).await;
        assert_eq!(listed(harness, &ann, ListLeadsRequest::default()).await, ["Of Ann"]);
        assert_eq!(get(harness, &bob, &of_ann.id).await.unwrap_err().code(), Code::NotFound);
        let change = Lead { id: of_ann.id.clone(), ..person("Taken") };
        assert_eq!(put(harness, &bob, change, &["name"]).await.unwrap_err().code(), Code::NotFound);
        let all = listed(harness, &administrator, ListLeadsRequest::default()).await;
        assert_eq!(all, ["Queued", "Of Bob", "Of Ann"]);
        let without = harness.caller(administrator.organization()).grant("sales.lead.read", Scope::All);
        assert_refused(
            create(harness, &without, person("Eve")).await,
            Code::PermissionDenied,
            "PERMISSION_DENIED",
        );
    })
    .await;
}

#[tokio::test]
async fn a_queue_is_seen_by_its_department() {
    run(async |harness| {
        let administrator = organization(harness).await;
        let (north, south) = (crm_kit::id::new(), crm_kit::id::new());
        harness.identity.put_department(administrator.organization(), north, "North", None);
        let rule = AssignmentRule {
            name: "North".to_owned(),
            method: AssignmentMethod::RoundRobin.into(),
            queue_department_id: north.to_string(),
            ..AssignmentRule::default()
        };
        eventually("the department is known", async || {
            let request = CreateAssignmentRuleRequest { assignment_rule: Some(rule.clone()) };
            let mut client = AssignmentRulesClient::new(harness.channel.clone());
            client.create_assignment_rule(administrator.request(request)).await.is_ok()
        })
        .await;
        let queued = assigned(harness, &administrator, person("Queued")).await;
        assert_eq!((queued.owner_id.as_str(), queued.department_id), ("", north.to_string()));
        let scoped =
            |scope, department| representative(harness, &administrator, scope).department(department, &[]);
        let own = scoped(Scope::Own, north);
        assert!(listed(harness, &own, ListLeadsRequest::default()).await.is_empty());
        let elsewhere = scoped(Scope::Department, south);
        assert!(listed(harness, &elsewhere, ListLeadsRequest::default()).await.is_empty());
        let there = scoped(Scope::Department, north);
        assert_eq!(listed(harness, &there, ListLeadsRequest::default()).await, ["Queued"]);
        // Whoever takes a lead out of the queue becomes its owner.
        let take = Lead { id: queued.id.clone(), owner_id: there.id().to_string(), ..Lead::default() };
        let taken = put(harness, &there, take, &["owner_id"]).await.unwrap();
        assert_eq!((taken.owner_id, taken.department_id), (there.id().to_string(), north.to_string()));
    })
    .await;
}

#[tokio::test]
async fn a_lead_in_a_queue_is_changed_and_given_away_but_never_again_without_owner() {
    run(async |harness| {
        let caller = organization(harness).await;
        let colleague = crm_kit::id::new();
        harness.identity.put_user(caller.organization(), colleague, "Bob", None);
        let queued = assigned(harness, &caller, person("Queued")).await;
        let change = Lead { id: queued.id.clone(), title: "Director".to_owned(), ..Lead::default() };
        let changed = put(harness, &caller, change, &["title"]).await.unwrap();
        assert_eq!((changed.title.as_str(), changed.owner_id.as_str()), ("Director", ""));
        let give =
            |owner: &str| Lead { id: queued.id.clone(), owner_id: owner.to_owned(), ..Lead::default() };
        let given = put(harness, &caller, give(&colleague.to_string()), &["owner_id"]).await.unwrap();
        assert_eq!(given.owner_id, colleague.to_string());
        let status = put(harness, &caller, give(""), &["owner_id"]).await.unwrap_err();
        assert_eq!(violations(&status), [("lead.owner_id".to_owned(), "REQUIRED".to_owned())]);
        let unknown = crm_kit::id::new().to_string();
        let status = put(harness, &caller, give(&unknown), &["owner_id"]).await.unwrap_err();
        assert_eq!(violations(&status), [("lead.owner_id".to_owned(), "OWNER_UNKNOWN".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn every_decision_about_a_lead_is_told_to_whoever_sees_it() {
    run(async |harness| {
        let caller = organization(harness).await;
        let lead = assigned(harness, &caller, person("Queued")).await;
        let mut client = leads(harness);
        let again = AssignLeadRequest { id: lead.id.clone(), etag: String::new() };
        client.assign_lead(caller.request(again)).await.unwrap();
        let stale = AssignLeadRequest { id: lead.id.clone(), etag: "7".to_owned() };
        assert_refused(client.assign_lead(caller.request(stale)).await, Code::Aborted, "STALE");
        let page = |page_token: String| ListLeadAssignmentsRequest {
            lead_id: lead.id.clone(),
            page_size: 1,
            page_token,
        };
        let first =
            client.list_lead_assignments(caller.request(page(String::new()))).await.unwrap().into_inner();
        let token = first.next_page_token.clone();
        let second =
            client.list_lead_assignments(caller.request(page(token.clone()))).await.unwrap().into_inner();
        assert_eq!((first.assignments.len(), second.assignments.len()), (1, 1));
        assert!(second.next_page_token.is_empty() && first.assignments[0].id > second.assignments[0].id);
        assert_eq!(first.assignments[0].reason(), AssignmentReason::NoRule);
        let other = assigned(harness, &caller, person("Other")).await;
        let foreign = ListLeadAssignmentsRequest { lead_id: other.id, page_size: 1, page_token: token };
        let foreign = client.list_lead_assignments(caller.request(foreign)).await;
        assert_eq!(violations(&foreign.unwrap_err())[0].1, "PAGE_TOKEN_INVALID");
        let blind = representative(harness, &caller, Scope::Own);
        let unseen = client.list_lead_assignments(blind.request(page(String::new()))).await;
        assert_eq!(unseen.unwrap_err().code(), Code::NotFound);
    })
    .await;
}
