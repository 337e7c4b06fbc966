//! Organizations are apart, whatever the method.

use crm_protos::customers::v1::Contact;

use super::{create, create_contact, named, run};

#[tokio::test]
async fn no_method_reaches_another_organizations_records() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = create(harness, &caller, named("Acme")).await.unwrap();
        let contact = Contact { full_name: "Ada".to_owned(), ..Contact::default() };
        let contact = create_contact(harness, &caller, contact).await.unwrap();
        let samples = [("customers.account", account.id), ("customers.contact", contact.id)];
        let called = harness.assert_tenants_are_apart(&samples).await;
        assert_eq!(called.len(), 10, "get, batch get, update, delete, restore of each: {called:?}");
    })
    .await;
}

#[tokio::test]
async fn every_list_has_the_index_that_it_counts_on() {
    run(async |harness| harness.assert_lists_have_indexes().await).await;
}
