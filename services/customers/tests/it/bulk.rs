//! Many customers at once: all that single ones have, they have.

use crm_customers::demo::bulk::{Entry, insert};
use crm_customers::demo::customers;
use crm_kit::access::Scope;
use crm_kit::directory::Owner;
use crm_kit::store::MOST_COUNTED;
use crm_kit::{feed, ledger};
use crm_protos::customers::v1::{CountAccountsRequest, CountAccountsResponse, ListContactsRequest};

use super::{accounts, contacts, create, named, run};

const MANY: usize = 1_200;

#[tokio::test]
async fn many_at_once_are_found_and_their_log_stands() {
    run(async |harness| {
        let caller = harness.administrator();
        create(harness, &caller, named("先到有限公司")).await.unwrap();
        let owner = Owner { id: caller.id(), department: None };
        let entries: Vec<Entry> = customers(7)
            .take(MANY)
            .map(|customer| Entry { account: customer.account, contacts: customer.contacts, owner })
            .collect();
        let wanted = entries.iter().flat_map(|entry| &entry.contacts).next_back().unwrap().clone();
        let access = harness.context.db.system(caller.organization());
        let entered = insert(&harness.context, &access, entries).await.unwrap();
        create(harness, &caller, named("后到有限公司")).await.unwrap();

        let changes = (entered.accounts.models.len() + entered.contacts.models.len()) as i64;
        assert_eq!(entered.contacts.last - entered.accounts.before, changes);
        let count = accounts(harness).count_accounts(caller.request(CountAccountsRequest::default())).await;
        assert_eq!(count.unwrap().into_inner().count, MANY as i64 + 2);
        let query = wanted.emails[0].address.clone();
        let list = ListContactsRequest { query, ..ListContactsRequest::default() };
        let found =
            contacts(harness).list_contacts(caller.request(list)).await.unwrap().into_inner().contacts;
        let found = found.iter().find(|found| found.given_name == wanted.given_name).unwrap();
        assert!(!found.accounts[0].account_name.is_empty());
        let stranger = harness.caller(caller.organization()).grant("customers.*", Scope::Own);
        let count = accounts(harness).count_accounts(stranger.request(CountAccountsRequest::default())).await;
        assert_eq!(count.unwrap().into_inner().count, 0);

        let stretch = ledger::verify(&harness.context.db, "changes", 0).await.unwrap();
        assert_eq!((stretch.checked, stretch.faults.len(), stretch.complete), (changes + 2, 0, true));
    })
    .await;
}

#[tokio::test]
async fn counting_ends_where_it_is_enough_to_know_that_there_are_more() {
    run(async |harness| {
        let caller = harness.administrator();
        let owner = Owner { id: caller.id(), department: None };
        let entry =
            |number| Entry { account: named(&format!("客户{number}")), contacts: Vec::new(), owner };
        let access = harness.context.db.system(caller.organization());
        let count = async || {
            let request = caller.request(CountAccountsRequest::default());
            accounts(harness).count_accounts(request).await.unwrap().into_inner()
        };
        let most = MOST_COUNTED as usize;
        insert(&harness.context, &access, (0..most).map(entry).collect()).await.unwrap();
        assert_eq!(count().await, CountAccountsResponse { count: MOST_COUNTED as i64, truncated: false });
        insert(&harness.context, &access, vec![entry(most)]).await.unwrap();
        assert_eq!(count().await, CountAccountsResponse { count: MOST_COUNTED as i64, truncated: true });
        let of_website = async |website: &str| {
            let filter = vec![format!("website={website}")];
            let request = caller.request(CountAccountsRequest { filter, ..Default::default() });
            accounts(harness).count_accounts(request).await.unwrap().into_inner()
        };
        assert_eq!(
            of_website("").await,
            CountAccountsResponse { count: MOST_COUNTED as i64, truncated: true }
        );
        assert_eq!(of_website("acme.example").await, CountAccountsResponse { count: 0, truncated: false });
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_has_everything_is_not_behind() {
    run(async |harness| {
        let (db, caller) = (&harness.context.db, harness.administrator());
        assert!(!feed::is_behind(db, "copies", db).await.unwrap());
        create(harness, &caller, named("新客户有限公司")).await.unwrap();
        assert!(feed::is_behind(db, "copies", db).await.unwrap());
        db.transact(async |tx| {
            feed::hold(tx, "copies").await?;
            assert!(!feed::advance(tx, "copies", 5, 6).await?, "it stands elsewhere");
            assert!(feed::advance(tx, "copies", 0, 1).await?);
            Ok(())
        })
        .await
        .unwrap();
        assert!(!feed::is_behind(db, "copies", db).await.unwrap());
    })
    .await;
}
