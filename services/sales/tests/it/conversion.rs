//! A lead becomes an account, a contact and an opportunity, each exactly once.

use chrono::TimeDelta;
use crm_kit::access::{FieldAccess, Scope};
use crm_kit::convert::timestamp;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::customers::v1::{Account, AccountType, Contact, Source};
use crm_protos::sales::v1::*;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::customers::FakeCustomers;
use crate::leads::{create, get, leads, person};
use crate::opportunities::opportunities;
use crate::{assert_refused, organization, run, violations};

async fn convert(
    harness: &Harness,
    caller: &TestCaller,
    request: ConvertLeadRequest,
) -> Result<ConvertLeadResponse, Status> {
    Ok(leads(harness).convert_lead(caller.request(request)).await?.into_inner())
}

fn of(lead: &Lead) -> ConvertLeadRequest {
    ConvertLeadRequest { id: lead.id.clone(), ..ConvertLeadRequest::default() }
}

fn promising() -> Lead {
    Lead {
        company: "北京华信科技有限公司".to_owned(),
        title: "采购总监".to_owned(),
        email: "li.na@huaxin.example".to_owned(),
        phone: "+8613800138000".to_owned(),
        website: "https://huaxin.example".to_owned(),
        industry: "Electronics".to_owned(),
        source: Source::Event.into(),
        campaign_id: "spring".to_owned(),
        needs: "A CRM".to_owned(),
        purchase_intention: "Next quarter".to_owned(),
        amount_minor: 1_200_000,
        currency: "USD".to_owned(),
        description: "Met at the fair".to_owned(),
        ..person("李娜")
    }
}

async fn deals(harness: &Harness, caller: &TestCaller) -> Vec<Opportunity> {
    let request = caller.request(ListOpportunitiesRequest::default());
    opportunities(harness).list_opportunities(request).await.unwrap().into_inner().opportunities
}

/// Fails unless the lead has become exactly one account, contact and opportunity, which it names.
async fn assert_made_once(harness: &Harness, customers: &FakeCustomers, caller: &TestCaller, lead: &Lead) {
    let lead = get(harness, caller, &lead.id).await.unwrap();
    assert_eq!(lead.status(), LeadStatus::Converted);
    let ids = |ids: Vec<String>| ids;
    let accounts = customers.accounts(caller.organization()).into_iter().map(|account| account.id).collect();
    let contacts = customers.contacts(caller.organization()).into_iter().map(|contact| contact.id).collect();
    let deals = deals(harness, caller).await;
    assert_eq!(ids(accounts), [lead.account_id.clone()]);
    assert_eq!(ids(contacts), [lead.contact_id.clone()]);
    assert_eq!(ids(deals.iter().map(|deal| deal.id.clone()).collect()), [lead.opportunity_id.clone()]);
    assert_eq!((&deals[0].account_id, &deals[0].lead_id), (&lead.account_id, &lead.id));
    assert_eq!(deals[0].contacts[0].contact_id, lead.contact_id);
}

/// Lets the job that goes on with conversions become due.
fn later(harness: &Harness) {
    harness.context.clock.advance(TimeDelta::minutes(2));
}

async fn converted(harness: &Harness, caller: &TestCaller, lead: &Lead) {
    eventually("the job has finished the conversion", async || {
        get(harness, caller, &lead.id).await.unwrap().status() == LeadStatus::Converted
    })
    .await;
}

#[tokio::test]
async fn a_lead_becomes_an_account_a_contact_and_an_opportunity() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let when = Some(timestamp(harness.context.clock.now() + TimeDelta::days(2)));
        let lead = Lead { next_follow_up_time: when, ..promising() };
        let lead = create(harness, &caller, lead).await.unwrap();
        let answer = convert(harness, &caller, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &caller, &lead).await;
        let now = answer.lead.unwrap();
        assert_eq!((&now.account_id, &now.contact_id), (&answer.account_id, &answer.contact_id));
        assert_eq!(
            (now.name.as_str(), now.convert_time),
            ("李娜", Some(timestamp(harness.context.clock.now())))
        );
        let account = customers.accounts(caller.organization()).remove(0);
        assert_eq!(
            (account.name.as_str(), account.r#type()),
            ("北京华信科技有限公司", AccountType::Prospect)
        );
        assert_eq!((account.website.as_str(), account.source()), ("https://huaxin.example", Source::Event));
        assert_eq!((account.owner_id, account.emails.len()), (caller.id().to_string(), 0));
        let contact = customers.contacts(caller.organization()).remove(0);
        assert_eq!((contact.full_name.as_str(), contact.title.as_str()), ("李娜", "采购总监"));
        assert_eq!(contact.emails[0].address, "li.na@huaxin.example");
        assert_eq!(contact.phones[0].number, "+8613800138000");
        assert_eq!(contact.accounts[0].account_id, account.id);
        let deal = deals(harness, &caller).await.remove(0);
        assert_eq!((deal.name.as_str(), deal.amount_minor), ("北京华信科技有限公司", 1_200_000));
        assert_eq!((deal.currency.as_str(), deal.source()), ("USD", Source::Event));
        assert_eq!((deal.needs.as_str(), deal.purchase_intention.as_str()), ("A CRM", "Next quarter"));
        assert_eq!((deal.campaign_id.as_str(), deal.description.as_str()), ("spring", "Met at the fair"));
        assert_eq!((deal.status(), deal.probability), (OpportunityStatus::Open, Some(10)));
        assert_eq!(
            (deal.owner_id, deal.expected_close_date.as_str()),
            (caller.id().to_string(), "2026-02-04")
        );
        // The appointment goes over to the opportunity.
        assert_eq!((now.next_follow_up_time, deal.next_follow_up_time), (None, when));
    })
    .await;
}

#[tokio::test]
async fn a_request_says_what_else_the_opportunity_is() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead =
            create(harness, &caller, Lead { company: "Acme".to_owned(), ..Lead::default() }).await.unwrap();
        let wrong = ConvertLeadRequest {
            pipeline_id: crm_kit::id::new().to_string(),
            amount_minor: Some(-1),
            currency: "RMB".to_owned(),
            expected_close_date: "tomorrow".to_owned(),
            account_id: crm_kit::id::new().to_string(),
            ..of(&lead)
        };
        let found = violations(&convert(harness, &caller, wrong).await.unwrap_err());
        let mut fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["account_id", "amount_minor", "currency", "expected_close_date", "pipeline_id"]);
        let request = ConvertLeadRequest {
            opportunity_name: "Ten seats".to_owned(),
            amount_minor: Some(0),
            currency: "eur".to_owned(),
            expected_close_date: "2026-12-31".to_owned(),
            ..of(&lead)
        };
        let answer = convert(harness, &caller, request).await.unwrap();
        assert_eq!(answer.contact_id, "", "the lead names no person");
        let deal = deals(harness, &caller).await.remove(0);
        assert_eq!((deal.name.as_str(), deal.amount_minor), ("Ten seats", 0));
        assert_eq!((deal.currency.as_str(), deal.expected_close_date.as_str()), ("EUR", "2026-12-31"));
        assert!(customers.contacts(caller.organization()).is_empty() && deal.contacts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn customers_that_exist_are_linked_if_the_caller_sees_them() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let tenant = caller.organization();
        let account = customers.put_account(
            tenant,
            caller.id(),
            Account { name: "Acme".to_owned(), ..Account::default() },
        );
        let contact = customers.put_contact(
            tenant,
            caller.id(),
            Contact { full_name: "Ada".to_owned(), ..Contact::default() },
        );
        let lead = create(harness, &caller, promising()).await.unwrap();
        let request = ConvertLeadRequest {
            account_id: account.id.clone(),
            contact_id: contact.id.clone(),
            reject_duplicates: true,
            ..of(&lead)
        };
        let own = harness
            .caller(tenant)
            .grant("sales.*", Scope::All)
            .grant("customers.account.read", Scope::Own)
            .grant("customers.contact.read", Scope::Own);
        let found = violations(&convert(harness, &own, request.clone()).await.unwrap_err());
        let unknown = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        assert_eq!(
            found,
            [unknown("account_id", "ACCOUNT_UNKNOWN"), unknown("contact_id", "CONTACT_UNKNOWN")]
        );
        let answer = convert(harness, &caller, request).await.unwrap();
        assert_eq!((&answer.account_id, &answer.contact_id), (&account.id, &contact.id));
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn converting_again_answers_the_same() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        let request = || ConvertLeadRequest { etag: lead.etag.clone(), ..of(&lead) };
        let first = convert(harness, &caller, request()).await.unwrap();
        assert_eq!(convert(harness, &caller, request()).await.unwrap(), first);
        let keyed = || caller.keyed_request("one", request());
        assert_eq!(leads(harness).convert_lead(keyed()).await.unwrap().into_inner(), first);
        let other =
            caller.keyed_request("one", ConvertLeadRequest { currency: "EUR".to_owned(), ..request() });
        assert_refused(
            leads(harness).convert_lead(other).await,
            Code::InvalidArgument,
            "IDEMPOTENCY_KEY_REUSED",
        );
        later(harness);
        assert_made_once(harness, &customers, &caller, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn what_looks_the_same_is_told_and_refused_only_when_asked_to() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let known = Account { name: "北京华信科技".to_owned(), ..Account::default() };
        let known = customers.put_account(caller.organization(), caller.id(), known);
        let lead = create(harness, &caller, promising()).await.unwrap();
        let refused =
            convert(harness, &caller, ConvertLeadRequest { reject_duplicates: true, ..of(&lead) }).await;
        assert_refused(refused, Code::AlreadyExists, "DUPLICATES_FOUND");
        assert_eq!(customers.accounts(caller.organization()).len(), 1);
        let answer = convert(harness, &caller, of(&lead)).await.unwrap();
        assert_eq!(answer.duplicates.iter().map(|one| &one.id).collect::<Vec<_>>(), [&known.id]);
        assert_eq!(customers.accounts(caller.organization()).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_made_without_permission() {
    run(async |harness| {
        let (administrator, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &administrator, promising()).await.unwrap();
        let tenant = administrator.organization();
        let all = [
            "sales.lead.*",
            "sales.opportunity.create",
            "customers.account.create",
            "customers.contact.create",
        ];
        for missing in 0..all.len() {
            let granted = all.iter().enumerate().filter(|(index, _)| *index != missing);
            let caller = granted
                .fold(harness.caller(tenant), |caller, (_, granted)| caller.grant(granted, Scope::All));
            let refused = convert(harness, &caller, of(&lead)).await;
            assert_refused(refused, Code::PermissionDenied, "PERMISSION_DENIED");
        }
        let restricted =
            all.iter().fold(harness.caller(tenant), |caller, granted| caller.grant(granted, Scope::All));
        let restricted = restricted.restrict("sales.opportunity.amount_minor", FieldAccess::ReadOnly);
        let amount = ConvertLeadRequest { amount_minor: Some(1), ..of(&lead) };
        assert_refused(convert(harness, &restricted, amount).await, Code::PermissionDenied, "FIELD_DENIED");
        let stranger = harness.administrator();
        assert_eq!(convert(harness, &stranger, of(&lead)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(customers.calls(), Vec::<String>::new());
        assert_eq!(get(harness, &administrator, &lead.id).await.unwrap().etag, "1");
        later(harness);
        convert(harness, &restricted, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &administrator, &lead).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_colleague_owns_goes_to_the_colleague() {
    run(async |harness| {
        let (administrator, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let (tenant, colleague) = (administrator.organization(), crm_kit::id::new());
        harness.identity.put_user(tenant, colleague, "Bob", None);
        let lead = Lead { owner_id: colleague.to_string(), ..promising() };
        let lead = create(harness, &administrator, lead).await.unwrap();
        // Whoever converts sees only own accounts, not even the one that this makes for the colleague.
        let manager = harness
            .caller(tenant)
            .grant("sales.*", Scope::All)
            .grant("customers.account.*", Scope::Own)
            .grant("customers.contact.*", Scope::Own);
        convert(harness, &manager, of(&lead)).await.unwrap();
        assert_made_once(harness, &customers, &administrator, &lead).await;
        let owners = [
            customers.accounts(tenant).remove(0).owner_id,
            customers.contacts(tenant).remove(0).owner_id,
            deals(harness, &administrator).await.remove(0).owner_id,
        ];
        assert_eq!(owners, [(); 3].map(|()| colleague.to_string()));
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_is_given_up_or_has_changed_is_not_converted() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        let stale = ConvertLeadRequest { etag: "7".to_owned(), ..of(&lead) };
        assert_refused(convert(harness, &caller, stale).await, Code::Aborted, "STALE");
        let reason =
            DisqualifyLeadRequest { id: lead.id.clone(), reason: "none".to_owned(), etag: String::new() };
        leads(harness).disqualify_lead(caller.request(reason)).await.unwrap();
        assert_refused(convert(harness, &caller, of(&lead)).await, Code::FailedPrecondition, "LEAD_STATUS");
        assert!(customers.accounts(caller.organization()).is_empty());
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
        crate::leads::put(harness, &caller, change, &["title"]).await.unwrap();
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

#[tokio::test]
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
        let tenant: Uuid = caller.organization();
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
