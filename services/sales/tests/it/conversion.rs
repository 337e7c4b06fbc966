//! A lead becomes an account, a contact and an opportunity.

mod crashes;

use chrono::TimeDelta;
use crm_kit::access::{FieldAccess, Scope};
use crm_kit::convert::timestamp;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::customers::v1::{Account, AccountType, Contact, Source};
use crm_protos::sales::v1::*;
use tonic::{Code, Status};

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
    let accounts = customers.accounts(caller.organization());
    let contacts = customers.contacts(caller.organization());
    let deals = deals(harness, caller).await;
    assert_eq!(accounts.iter().map(|account| &account.id).collect::<Vec<_>>(), [&lead.account_id]);
    assert_eq!(contacts.iter().map(|contact| &contact.id).collect::<Vec<_>>(), [&lead.contact_id]);
    assert_eq!(deals.iter().map(|deal| &deal.id).collect::<Vec<_>>(), [&lead.opportunity_id]);
    assert_eq!((&deals[0].account_id, &deals[0].lead_id), (&lead.account_id, &lead.id));
    assert_eq!(deals[0].contacts[0].contact_id, lead.contact_id);
}

/// Lets the job that goes on with conversions become due.
fn later(harness: &Harness) {
    harness.context.clock.advance(TimeDelta::minutes(2));
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
        let (tenant, calls) = (administrator.organization(), customers.calls());
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
        assert_eq!(customers.calls(), calls, "customers is not even asked");
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
async fn what_a_lead_has_become_is_followed() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let lead = create(harness, &caller, promising()).await.unwrap();
        let answer = convert(harness, &caller, of(&lead)).await.unwrap();
        let becomes = async |what: &str, is_so: &dyn Fn(&Opportunity) -> bool| {
            eventually(what, async || is_so(&deals(harness, &caller).await[0])).await;
        };
        becomes("the account is known", &|deal| deal.account_name == lead.company).await;
        becomes("the contact is known", &|deal| deal.contacts[0].contact_name == lead.name).await;
        customers.rename_account(&answer.account_id, "Huaxin");
        becomes("the account is renamed", &|deal| deal.account_name == "Huaxin").await;
        customers.delete(&answer.account_id);
        becomes("the account is deleted", &|deal| deal.account_deleted).await;
        customers.restore(&answer.account_id);
        becomes("the account is back", &|deal| !deal.account_deleted).await;
        let survivor = Account { name: "Huaxin Group".to_owned(), ..Account::default() };
        let survivor = customers.put_account(caller.organization(), caller.id(), survivor);
        customers.merge(&answer.account_id, &survivor.id);
        becomes("the account is merged", &|deal| deal.account_name == "Huaxin Group").await;
        assert_eq!(get(harness, &caller, &lead.id).await.unwrap().account_id, survivor.id);
    })
    .await;
}
