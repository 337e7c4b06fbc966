//! Whatever stops a conversion, each of what it makes is made exactly once.

use chrono::TimeDelta;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::customers::v1::Account;
use crm_protos::sales::v1::{Lead, LeadStatus};
use tonic::{Code, Status};

use super::{assert_made_once, convert, deals, later, of, promising};
use crate::customers::FakeCustomers;
use crate::leads::{create, get, leads, put};
use crate::{assert_refused, organization, run};

async fn converted(harness: &Harness, caller: &TestCaller, lead: &Lead) {
    eventually("the job has finished the conversion", async || {
        get(harness, caller, &lead.id).await.unwrap().status() == LeadStatus::Converted
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_nothing_twice() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        for method in ["create_account", "create_contact"] {
            customers.lose_answer(method);
            let lost = convert(harness, &caller, of(&lead)).await;
            assert_refused(lost, Code::Unavailable, "UNAVAILABLE");
        }
        // What the lead says now is for the next conversion.
        let change = Lead { id: lead.id.clone(), title: "Owner".to_owned(), ..Lead::default() };
        put(harness, &caller, change, &["title"]).await.unwrap();
        convert(harness, &caller, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn the_job_goes_on_wherever_a_process_was_killed() {
    for method in ["create_account", "create_contact"] {
        for before in [true, false] {
            run(async |harness| {
                let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
                let lead = create(harness, &caller, promising()).await.unwrap();
                if before {
                    // The step was not done yet.
                    customers.refuse(method, Status::unavailable("killed"));
                    convert(harness, &caller, of(&lead)).await.unwrap_err();
                } else {
                    // The step was done, and whoever waited for the answer is gone.
                    let gate = customers.hold_answer(method);
                    let request = caller.request(of(&lead));
                    let mut client = leads(harness);
                    let call = tokio::spawn(async move { client.convert_lead(request).await });
                    gate.reached().await;
                    call.abort();
                    assert!(call.await.unwrap_err().is_cancelled());
                }
                assert_eq!(get(harness, &caller, &lead.id).await.unwrap().status(), LeadStatus::New);
                later(harness);
                converted(harness, &caller, &lead).await;
                assert_made_once(harness, &customers, &caller, &lead).await;
            })
            .await;
        }
    }
}

#[tokio::test]
async fn the_last_step_is_done_again_or_not_at_all() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        let gate = customers.hold_answer("create_contact");
        let (request, mut client) = (caller.request(of(&lead)), leads(harness));
        let call = tokio::spawn(async move { client.convert_lead(request).await });
        gate.reached().await;
        // No pipeline takes the opportunity, so the last transaction fails.
        harness.tamper("UPDATE pipelines SET archived = true").await;
        gate.open();
        assert_refused(call.await.unwrap(), Code::FailedPrecondition, "NO_PIPELINE");
        assert!(deals(harness, &caller).await.is_empty());
        harness.tamper("UPDATE pipelines SET archived = false").await;
        later(harness);
        converted(harness, &caller, &lead).await;
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_conversions_of_one_lead_at_once_are_one() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let other = caller.clone().user(crm_kit::id::new());
        let lead = create(harness, &caller, promising()).await.unwrap();
        let calls = (0..8).map(|number| {
            let caller = if number % 2 == 0 { &caller } else { &other };
            let (request, mut client) = (caller.request(of(&lead)), leads(harness));
            tokio::spawn(async move { client.convert_lead(request).await })
        });
        let calls: Vec<_> = calls.collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap().unwrap().into_inner().opportunity_id);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn a_conversion_that_is_refused_can_be_begun_again() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        customers.refuse("create_account", Status::invalid_argument("no"));
        assert_eq!(convert(harness, &caller, of(&lead)).await.unwrap_err().code(), Code::InvalidArgument);
        later(harness);
        convert(harness, &caller, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_made_long_ago_is_found_when_its_key_is_forgotten() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        let tenant = caller.organization();
        let older = Account { name: lead.company.clone(), ..Account::default() };
        let older = customers.put_account(tenant, caller.id(), older);
        harness.context.clock.advance(TimeDelta::hours(1));
        for method in ["create_account", "create_contact"] {
            customers.lose_answer(method);
            convert(harness, &caller, of(&lead)).await.unwrap_err();
            customers.forget_keys();
            // The job would go on at once; held back, it leaves the conversion to the caller.
            harness.tamper("DELETE FROM jobs WHERE kind = 'convert_lead'").await;
            harness.context.clock.advance(TimeDelta::hours(25));
        }
        let answer = convert(harness, &caller, of(&lead)).await.unwrap();
        assert_ne!(answer.account_id, older.id);
        assert_eq!((customers.accounts(tenant).len(), customers.contacts(tenant).len()), (2, 1));
        assert_eq!(deals(harness, &caller).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nothing_begins_while_customers_is_down() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        customers.set_down(true);
        assert_refused(convert(harness, &caller, of(&lead)).await, Code::Unavailable, "UNAVAILABLE");
        later(harness);
        customers.set_down(false);
        assert_eq!(
            get(harness, &caller, &lead.id).await.unwrap(),
            Lead { duplicates: vec![], ..lead.clone() }
        );
        convert(harness, &caller, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}
