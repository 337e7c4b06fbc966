//! What may be the same as a lead, among leads and among customers.

use crm_kit::access::{FieldAccess, Scope};
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::customers::v1::{Account, Contact, ContactAccount, Email, Phone};
use crm_protos::sales::v1::*;
use tonic::{Code, Status};

use crate::customers::FakeCustomers;
use crate::leads::{create, leads, person};
use crate::{assert_refused, organization, run};

/// The names of what may be the same, in which fields they agree, and how much.
async fn found(harness: &Harness, caller: &TestCaller, lead: Lead) -> Vec<(String, String, i32)> {
    let request = caller.request(FindLeadDuplicatesRequest { lead: Some(lead) });
    let answer = leads(harness).find_lead_duplicates(request).await.unwrap().into_inner();
    shown(&answer.duplicates)
}

fn shown(duplicates: &[Duplicate]) -> Vec<(String, String, i32)> {
    let show = |one: &Duplicate| (one.name.clone(), one.fields.join(" "), one.likeness);
    duplicates.iter().map(show).collect()
}

fn names(found: Vec<(String, String, i32)>) -> Vec<String> {
    found.into_iter().map(|(name, ..)| name).collect()
}

fn company(name: &str) -> Lead {
    Lead { company: name.to_owned(), ..Lead::default() }
}

fn email(address: &str) -> Email {
    Email { address: address.to_owned(), ..Email::default() }
}

fn certain(name: &str, fields: &str) -> (String, String, i32) {
    (name.to_owned(), fields.to_owned(), 100)
}

async fn rejecting(harness: &Harness, caller: &TestCaller, lead: Lead) -> Result<Lead, Status> {
    let request = CreateLeadRequest { lead: Some(lead), reject_duplicates: true, ..Default::default() };
    Ok(leads(harness).create_lead(caller.request(request)).await?.into_inner())
}

#[tokio::test]
async fn a_lead_is_told_with_what_may_be_the_same_and_refused_only_when_asked_to() {
    run(async |harness| {
        let caller = organization(harness).await;
        let ada = Lead {
            email: "ada@acme.example".to_owned(),
            phone: "+8613800138000".to_owned(),
            ..person("Ada Lovelace")
        };
        assert!(create(harness, &caller, ada.clone()).await.unwrap().duplicates.is_empty());
        let by_email = Lead { email: "Ada@Acme.example".to_owned(), ..person("Somebody") };
        let told = create(harness, &caller, by_email.clone()).await.unwrap().duplicates;
        assert_eq!(shown(&told), [certain("Ada Lovelace", "email")]);
        assert_eq!(told[0].resource, "sales.lead");
        let by_phone = Lead { phone: "138 0013 8000".to_owned(), ..person("Another") };
        assert_eq!(found(harness, &caller, by_phone).await, [certain("Ada Lovelace", "phone")]);
        let refused = rejecting(harness, &caller, by_email).await;
        let message = refused.clone().unwrap_err().message().to_owned();
        assert_refused(refused, Code::AlreadyExists, "DUPLICATES_FOUND");
        assert!(message.contains("2 found") && message.contains("Somebody"), "{message}");
        rejecting(harness, &caller, person("Grace Hopper")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn names_are_found_however_they_are_written() {
    run(async |harness| {
        let caller = organization(harness).await;
        for name in [
            "北京华信科技有限公司",
            "上海华信科技有限公司",
            "Huawei Technologies Co., Ltd.",
            "Acme Ltd",
            "Acme Tools",
        ] {
            create(harness, &caller, company(name)).await.unwrap();
        }
        for name in ["John Smith", "李娜", "王伟"] {
            create(harness, &caller, person(name)).await.unwrap();
        }
        for (wanted, expected) in [
            (company("北京华信科技"), vec!["北京华信科技有限公司"]),
            (company("北京 华信科技 集团"), vec!["北京华信科技有限公司"]),
            (company("Huawie Technologies"), vec!["Huawei Technologies Co., Ltd."]),
            (company("ACME Limited"), vec!["Acme Ltd", "Acme Tools"]),
            (company("Bosch"), vec![]),
            (person("Jon Smith"), vec!["John Smith"]),
            (person("Smith, John"), vec!["John Smith"]),
            (person("李 娜"), vec!["李娜"]),
            (person("王伟明"), vec![]),
        ] {
            let found = found(harness, &caller, wanted.clone()).await;
            assert!(found.iter().all(|(.., likeness)| (85..=99).contains(likeness)), "{found:?}");
            assert_eq!(names(found), expected, "{wanted:?}");
        }
        let elsewhere = Lead { company: "北方重工".to_owned(), ..person("李娜") };
        create(harness, &caller, elsewhere).await.unwrap();
        let here = Lead { company: "华东电子".to_owned(), ..person("李娜") };
        assert_eq!(found(harness, &caller, here).await, [("李娜".to_owned(), "name".to_owned(), 99)]);
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_exists_is_compared_with_the_others() {
    run(async |harness| {
        let caller = organization(harness).await;
        let first = Lead { email: "ada@acme.example".to_owned(), ..person("Ada") };
        let first = create(harness, &caller, first).await.unwrap();
        let second = Lead { email: "ada@acme.example".to_owned(), ..person("Lovelace") };
        create(harness, &caller, second).await.unwrap();
        let itself = |id: &str| Lead { id: id.to_owned(), ..Lead::default() };
        assert_eq!(found(harness, &caller, itself(&first.id)).await, [certain("Lovelace", "email")]);
        let changed = Lead { email: "other@acme.example".to_owned(), ..itself(&first.id) };
        assert!(found(harness, &caller, changed).await.is_empty());
        let unknown = FindLeadDuplicatesRequest { lead: Some(itself(&crm_kit::id::new().to_string())) };
        let unknown = leads(harness).find_lead_duplicates(caller.request(unknown)).await;
        assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn customers_are_compared_too() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let account = Account {
            name: "北京华信科技有限公司".to_owned(),
            emails: vec![email("info@huaxin.example")],
            ..Account::default()
        };
        let account = customers.put_account(caller.organization(), caller.id(), account);
        let contact = Contact {
            full_name: "李娜".to_owned(),
            phones: vec![Phone { number: "+8613800138000".to_owned(), ..Phone::default() }],
            accounts: vec![ContactAccount { account_id: account.id.clone(), ..ContactAccount::default() }],
            ..Contact::default()
        };
        let contact = customers.put_contact(caller.organization(), caller.id(), contact);
        let elsewhere = Account { name: "北京华信科技".to_owned(), ..Account::default() };
        customers.put_account(crm_kit::id::new(), caller.id(), elsewhere);
        let lead = Lead {
            email: "info@huaxin.example".to_owned(),
            phone: "13800138000".to_owned(),
            company: "北京华信科技".to_owned(),
            ..person("李娜")
        };
        let told = create(harness, &caller, lead.clone()).await.unwrap().duplicates;
        assert_eq!(
            shown(&told),
            [certain("李娜", "phone name company"), certain("北京华信科技有限公司", "email company")]
        );
        let kinds: Vec<&str> = told.iter().map(|one| one.resource.as_str()).collect();
        assert_eq!(kinds, ["customers.contact", "customers.account"]);
        assert_eq!((&told[0].id, &told[1].id), (&contact.id, &account.id));
        customers.delete(&contact.id);
        let found = found(harness, &caller, Lead { email: String::new(), ..lead }).await;
        assert_eq!(names(found), ["李娜", "北京华信科技有限公司"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_of_what_is_out_of_reach() {
    run(async |harness| {
        let (administrator, customers) = (organization(harness).await, FakeCustomers::join(harness));
        let tenant = administrator.organization();
        let account = |name: &str| Account {
            name: name.to_owned(),
            emails: vec![email("ada@acme.example")],
            ..Account::default()
        };
        customers.put_account(tenant, administrator.id(), account("Acme"));
        let lead = Lead { email: "ada@acme.example".to_owned(), ..person("Ada") };
        create(harness, &administrator, lead.clone()).await.unwrap();
        let own = harness
            .caller(tenant)
            .grant("sales.lead.*", Scope::Own)
            .grant("customers.account.read", Scope::Own);
        assert!(found(harness, &own, lead.clone()).await.is_empty());
        // The permission to create reaches further than the one to read.
        let writer = harness
            .caller(tenant)
            .grant("sales.lead.create", Scope::All)
            .grant("sales.lead.read", Scope::Own)
            .grant("customers.account.read", Scope::Own);
        assert!(create(harness, &writer, lead.clone()).await.unwrap().duplicates.is_empty());
        customers.put_account(tenant, own.id(), account("Mine"));
        assert_eq!(names(found(harness, &own, lead.clone()).await), ["Mine"]);
        let calls = customers.calls().len();
        let leads_only = harness.caller(tenant).grant("sales.lead.*", Scope::All);
        assert_eq!(names(found(harness, &leads_only, lead.clone()).await), ["Ada", "Ada"]);
        assert_eq!(customers.calls().len(), calls, "customers is not asked what the caller may not read");
        let other = create(harness, &administrator, Lead { name: "Grace".to_owned(), ..lead }).await.unwrap();
        let itself = || Lead { id: other.id.clone(), ..Lead::default() };
        assert_eq!(names(found(harness, &administrator, itself()).await).len(), 4);
        let blind = administrator.clone().restrict("sales.lead.email", FieldAccess::Hidden);
        let found = found(harness, &blind, itself()).await;
        assert!(found.is_empty(), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn a_lead_is_created_while_customers_is_down() {
    run(async |harness| {
        let (caller, customers) = (organization(harness).await, FakeCustomers::join(harness));
        create(harness, &caller, person("Ada")).await.unwrap();
        customers.set_down(true);
        let again = create(harness, &caller, person("Ada")).await.unwrap();
        assert_eq!(shown(&again.duplicates), [("Ada".to_owned(), "name".to_owned(), 99)]);
        let held = customers.hold_answer("list_accounts");
        customers.set_down(false);
        let slow = create(harness, &caller, Lead { company: "Acme".to_owned(), ..person("Ada") }).await;
        assert_eq!(slow.unwrap().duplicates.len(), 2, "nobody waits for ever");
        held.open();
    })
    .await;
}
