//! Targets: whose they are and who sees them.

use crm_kit::access::Scope;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::{
    CreateTargetRequest, DeleteTargetRequest, GetTargetRequest, ListTargetsRequest, Target, TargetPeriod,
    UpdateTargetRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{assert_refused, organization, run, violations};

fn targets(harness: &Harness) -> TargetsClient<crm_kit::channel::Channel> {
    TargetsClient::new(harness.channel.clone())
}

fn target(start_month: &str) -> Target {
    Target {
        period: TargetPeriod::Quarter.into(),
        start_month: start_month.to_owned(),
        amount_minor: 5_000_000,
        ..Target::default()
    }
}

fn of_user(user: Uuid) -> Target {
    Target { owner_id: user.to_string(), ..target("2026-04") }
}

fn of_department(department: Uuid) -> Target {
    Target { department_id: department.to_string(), ..target("2026-04") }
}

async fn create(harness: &Harness, caller: &TestCaller, target: Target) -> Result<Target, Status> {
    let request = caller.request(CreateTargetRequest { target: Some(target) });
    Ok(targets(harness).create_target(request).await?.into_inner())
}

async fn get(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Target, Status> {
    let request = caller.request(GetTargetRequest { id: id.to_owned() });
    Ok(targets(harness).get_target(request).await?.into_inner())
}

async fn update(
    harness: &Harness,
    caller: &TestCaller,
    target: Target,
    field: &str,
) -> Result<Target, Status> {
    let update_mask = Some(FieldMask { paths: vec![field.to_owned()] });
    let request = UpdateTargetRequest { target: Some(target), update_mask };
    Ok(targets(harness).update_target(caller.request(request)).await?.into_inner())
}

/// Puts a department into the organization and waits until a target can be given to it.
async fn department(harness: &Harness, caller: &TestCaller, name: &str) -> Uuid {
    let id = crm_kit::id::new();
    harness.identity.put_department(caller.organization(), id, name, None);
    eventually("the department is known", async || {
        let connection = harness.context.db.connection();
        crm_sales::store::department::exists(connection, caller.organization(), id).await.unwrap()
    })
    .await;
    id
}

#[tokio::test]
async fn a_target_is_a_users_or_a_departments() {
    run(async |harness| {
        let caller = organization(harness).await;
        let east = department(harness, &caller, "East").await;
        let ann = crm_kit::id::new();
        harness.identity.put_user(caller.organization(), ann, "Ann", Some(east));
        let hers = create(harness, &caller, of_user(ann)).await.unwrap();
        assert_eq!((hers.owner_id.clone(), hers.department_id.clone()), (ann.to_string(), east.to_string()));
        assert_eq!(hers.currency, "CNY");
        let again = Target { amount_minor: 1, department_id: east.to_string(), ..of_user(ann) };
        assert_refused(create(harness, &caller, again).await, Code::AlreadyExists, "TARGET_EXISTS");
        let month = Target { period: TargetPeriod::Month.into(), currency: "usd".to_owned(), ..of_user(ann) };
        assert_eq!(create(harness, &caller, month).await.unwrap().currency, "USD");
        let theirs = create(harness, &caller, of_department(east)).await.unwrap();
        assert_eq!((theirs.owner_id.as_str(), theirs.department_id.clone()), ("", east.to_string()));
        assert_eq!(get(harness, &caller, &theirs.id).await.unwrap(), theirs);
        let changed = Target { amount_minor: 7, etag: theirs.etag.clone(), ..theirs.clone() };
        let changed = update(harness, &caller, changed, "*").await.unwrap();
        assert_eq!(changed.amount_minor, 7);
        let delete = |etag: String| DeleteTargetRequest { id: theirs.id.clone(), etag };
        let stale = targets(harness).delete_target(caller.request(delete(theirs.etag.clone()))).await;
        assert_refused(stale, Code::Aborted, "STALE");
        targets(harness).delete_target(caller.request(delete(changed.etag))).await.unwrap();
        assert_refused(get(harness, &caller, &theirs.id).await, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_target_that_means_nothing_is_refused() {
    run(async |harness| {
        let caller = organization(harness).await;
        let east = department(harness, &caller, "East").await;
        let elsewhere = department(harness, &organization(harness).await, "Elsewhere").await;
        let me = caller.id();
        for (given, field, reason) in [
            (target("2026-01"), "target.owner_id", "SUBJECT_MISSING"),
            (of_user(crm_kit::id::new()), "target.owner_id", "OWNER_UNKNOWN"),
            (of_department(elsewhere), "target.department_id", "DEPARTMENT_UNKNOWN"),
            (
                Target { department_id: east.to_string(), ..of_user(me) },
                "target.department_id",
                "SUBJECT_AMBIGUOUS",
            ),
            (
                Target { start_month: "2026-13".to_owned(), ..of_user(me) },
                "target.start_month",
                "MONTH_INVALID",
            ),
            (Target { start_month: String::new(), ..of_user(me) }, "target.start_month", "REQUIRED"),
            (Target { amount_minor: 0, ..of_user(me) }, "target.amount_minor", "REQUIRED"),
            (Target { amount_minor: -1, ..of_user(me) }, "target.amount_minor", "NEGATIVE"),
            (Target { currency: "RMB".to_owned(), ..of_user(me) }, "target.currency", "CURRENCY_UNKNOWN"),
            (Target { period: 0, ..of_user(me) }, "target.period", "REQUIRED"),
            (Target { period: 9, ..of_user(me) }, "target.period", "ENUM_UNKNOWN"),
        ] {
            let status = create(harness, &caller, given).await.unwrap_err();
            assert_eq!(violations(&status), [(field.to_owned(), reason.to_owned())]);
        }
        let mine = create(harness, &caller, of_user(me)).await.unwrap();
        let given = Target { owner_id: crm_kit::id::new().to_string(), ..mine };
        let status = update(harness, &caller, given, "owner_id").await.unwrap_err();
        assert_eq!(violations(&status), [("target.owner_id".to_owned(), "SUBJECT_FIXED".to_owned())]);
        let theirs = create(harness, &caller, of_department(east)).await.unwrap();
        let given = Target { department_id: elsewhere.to_string(), ..theirs };
        let status = update(harness, &caller, given, "department_id").await.unwrap_err();
        assert_eq!(violations(&status), [("target.department_id".to_owned(), "SUBJECT_FIXED".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn targets_are_seen_and_set_as_far_as_a_caller_reaches() {
    run(async |harness| {
        let caller = organization(harness).await;
        let east = department(harness, &caller, "East").await;
        let north = department(harness, &caller, "North").await;
        let member = |department: Uuid, scope| -> TestCaller {
            let member = harness.caller(caller.organization()).department(department, &[]);
            harness.identity.put_user(caller.organization(), member.id(), "Member", Some(department));
            member.grant("sales.target.*", scope)
        };
        let (ann, bob, eve) =
            (member(east, Scope::Own), member(east, Scope::Department), member(north, Scope::Subtree));
        for given in [of_user(ann.id()), of_user(bob.id()), of_user(eve.id()), of_department(east)] {
            create(harness, &caller, given).await.unwrap();
        }
        let subjects = async |who: &TestCaller| {
            let list = ListTargetsRequest { order_by: "start_month".to_owned(), ..Default::default() };
            let list = targets(harness).list_targets(who.request(list)).await.unwrap().into_inner().targets;
            list.into_iter().map(|target| target.owner_id).collect::<Vec<_>>()
        };
        let [ann_id, bob_id, eve_id] = [&ann, &bob, &eve].map(|member| member.id().to_string());
        let none = String::new();
        for (who, expected) in [
            (&ann, vec![&ann_id]),
            (&bob, vec![&ann_id, &bob_id, &none]),
            (&eve, vec![&eve_id]),
            (&caller, vec![&ann_id, &bob_id, &eve_id, &none]),
        ] {
            assert_eq!(subjects(who).await.iter().collect::<Vec<_>>(), expected);
        }
        let later = |given: Target| Target { start_month: "2026-07".to_owned(), ..given };
        for (who, given, allowed) in [
            (&ann, of_user(ann.id()), true),
            (&ann, of_user(bob.id()), false),
            (&ann, of_department(east), false),
            (&bob, of_department(east), true),
            (&bob, of_department(north), false),
            (&eve, of_user(bob.id()), false),
            (&eve, of_department(north), true),
        ] {
            let answer = create(harness, who, later(given)).await;
            assert_eq!(answer.is_ok(), allowed, "{answer:?}");
            if let Err(status) = answer {
                assert_eq!(violations(&status)[0].1, "OUT_OF_REACH");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_users_target_follows_into_another_department() {
    run(async |harness| {
        let caller = organization(harness).await;
        let east = department(harness, &caller, "East").await;
        let north = department(harness, &caller, "North").await;
        let ann = crm_kit::id::new();
        harness.identity.put_user(caller.organization(), ann, "Ann", Some(east));
        let hers = create(harness, &caller, of_user(ann)).await.unwrap();
        harness.identity.put_user(caller.organization(), ann, "Ann", Some(north));
        eventually("the target is in the new department", async || {
            get(harness, &caller, &hers.id).await.unwrap().department_id == north.to_string()
        })
        .await;
        let sent_back = Target { amount_minor: 1, ..hers };
        assert_eq!(update(harness, &caller, sent_back, "*").await.unwrap().department_id, north.to_string());
    })
    .await;
}
