//! What a contact is.

use crm_kit::access::Scope;
use crm_protos::customers::v1::{Contact, ContactAccount, GetContactRequest, ListContactsRequest};

use super::{contacts, create, create_contact, email, named, run, violations};

#[tokio::test]
async fn a_name_is_written_in_the_order_of_its_script() {
    run(async |harness| {
        let caller = harness.administrator();
        for (given, family, full) in [("伟", "张", "张伟"), ("Ada", "Lovelace", "Ada Lovelace")] {
            let contact = Contact {
                given_name: given.to_owned(),
                family_name: family.to_owned(),
                ..Contact::default()
            };
            assert_eq!(create_contact(harness, &caller, contact).await.unwrap().full_name, full);
        }
        let whole = Contact { full_name: "欧阳娜娜".to_owned(), ..Contact::default() };
        let created = create_contact(harness, &caller, whole).await.unwrap();
        assert_eq!((created.family_name.as_str(), created.given_name.as_str()), ("欧阳", "娜娜"));
        let status = create_contact(harness, &caller, Contact::default()).await.unwrap_err();
        assert_eq!(violations(&status), [("contact.full_name".to_owned(), "NAME_REQUIRED".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_contact_shows_the_accounts_that_the_caller_may_see() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = create(harness, &caller, named("Acme")).await.unwrap();
        let part = ContactAccount {
            account_id: account.id.clone(),
            role: "Purchasing".to_owned(),
            ..Default::default()
        };
        let contact = Contact { full_name: "Ada".to_owned(), accounts: vec![part], ..Contact::default() };
        let created = create_contact(harness, &caller, contact).await.unwrap();
        assert_eq!(created.accounts[0].account_name, "Acme");
        let blind = harness.caller(caller.organization()).grant("customers.contact.read", Scope::All);
        let request = blind.request(GetContactRequest { id: created.id.clone() });
        let seen = contacts(harness).get_contact(request).await.unwrap().into_inner();
        assert_eq!(
            (seen.accounts[0].account_name.as_str(), seen.accounts[0].role.as_str()),
            ("", "Purchasing")
        );
        let of_account = |id: &str| ListContactsRequest {
            filter: vec![format!("accounts.account_id={id}")],
            ..Default::default()
        };
        let listed = contacts(harness)
            .list_contacts(caller.request(of_account(&account.id)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(listed.contacts[0].id, created.id);
        let other = crm_kit::id::new().to_string();
        let listed =
            contacts(harness).list_contacts(caller.request(of_account(&other))).await.unwrap().into_inner();
        assert!(listed.contacts.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contact_cannot_work_for_an_account_of_somebody_else() {
    run(async |harness| {
        let elsewhere = create(harness, &harness.administrator(), named("Elsewhere")).await.unwrap();
        let part = ContactAccount { account_id: elsewhere.id, ..Default::default() };
        let contact = Contact { full_name: "Ada".to_owned(), accounts: vec![part], ..Contact::default() };
        let status = create_contact(harness, &harness.administrator(), contact).await.unwrap_err();
        assert_eq!(
            violations(&status),
            [("contact.accounts[0].account_id".to_owned(), "ACCOUNT_UNKNOWN".to_owned())]
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_an_address_stays_with_it() {
    run(async |harness| {
        let caller = harness.administrator();
        let addresses = vec![
            crm_protos::customers::v1::Email { opted_out: true, ..email("a@acme.example") },
            crm_protos::customers::v1::Email { primary: true, invalid: true, ..email("b@acme.example") },
        ];
        let contact = Contact {
            full_name: "Ada".to_owned(),
            emails: addresses,
            birthday: "1990-02-30".to_owned(),
            ..Contact::default()
        };
        let status = create_contact(harness, &caller, contact.clone()).await.unwrap_err();
        assert_eq!(violations(&status).len(), 1);
        let created =
            create_contact(harness, &caller, Contact { birthday: "1990-02-28".to_owned(), ..contact })
                .await
                .unwrap();
        assert!(
            created.emails[0].opted_out
                && !created.emails[0].primary
                && created.emails[1].primary
                && created.emails[1].invalid
        );
        assert_eq!(created.birthday, "1990-02-28");
    })
    .await;
}
