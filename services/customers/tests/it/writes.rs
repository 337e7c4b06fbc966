//! Writing under concurrency: once per key, in order, without loss.

use std::collections::HashSet;

use crm_kit::access::{FieldAccess, Origin, signed_request};
use crm_protos::customers::v1::{Account, CreateAccountRequest, ListAccountsRequest};
use crm_protos::feed::v1::PullRequest;
use crm_protos::feed::v1::feed_client::FeedClient;
use tonic::Code;
use tonic_types::StatusExt;

use super::{accounts, assert_refused, create, named, names, run};

#[tokio::test]
async fn a_request_that_is_repeated_under_its_key_is_done_once() {
    run(async |harness| {
        let caller = harness.administrator();
        let request = |name: &str| CreateAccountRequest { account: Some(named(name)) };
        let first = accounts(harness)
            .create_account(caller.keyed_request("key-1", request("Acme")))
            .await
            .unwrap()
            .into_inner();
        let again = accounts(harness)
            .create_account(caller.keyed_request("key-1", request("Acme")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first, again);
        assert_eq!(names(harness, &caller, ListAccountsRequest::default()).await.unwrap(), ["Acme"]);
        let other = accounts(harness).create_account(caller.keyed_request("key-1", request("Other"))).await;
        assert_refused(other, Code::InvalidArgument, "IDEMPOTENCY_KEY_REUSED");
        let stranger = harness.administrator();
        accounts(harness).create_account(stranger.keyed_request("key-1", request("Other"))).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_request_that_comes_many_times_at_once_is_done_once() {
    run(async |harness| {
        let caller = harness.administrator();
        let call = async || {
            let request = CreateAccountRequest { account: Some(named("Acme")) };
            accounts(harness)
                .create_account(caller.keyed_request("key-1", request))
                .await
                .unwrap()
                .into_inner()
                .id
        };
        let ids: HashSet<_> = futures::future::join_all((0..8).map(|_| call())).await.into_iter().collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(names(harness, &caller, ListAccountsRequest::default()).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    run(async |harness| {
        let caller = harness.administrator();
        let request = |account| CreateAccountRequest { account: Some(account) };
        let refused = accounts(harness)
            .create_account(caller.keyed_request("key-1", request(Account::default())))
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
        accounts(harness)
            .create_account(caller.keyed_request("key-1", request(named("Acme"))))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_the_other_is_told() {
    run(async |harness| {
        use crm_protos::customers::v1::UpdateAccountRequest;
        let caller = harness.administrator();
        let seen = create(harness, &caller, named("Acme")).await.unwrap();
        let change = async |industry: &str| {
            let account = Some(Account { industry: industry.to_owned(), ..seen.clone() });
            accounts(harness)
                .update_account(caller.request(UpdateAccountRequest { account, update_mask: None }))
                .await
        };
        let results = futures::future::join_all(["Steel", "Paper", "Glass", "Wood"].map(change)).await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 3));
        assert!(lost.into_iter().all(|result| result.unwrap_err().code() == Code::Aborted));
    })
    .await;
}

#[tokio::test]
async fn whoever_is_late_is_told_what_changed_as_far_as_it_may_be_seen() {
    run(async |harness| {
        use crm_protos::customers::v1::UpdateAccountRequest;
        let caller = harness.administrator();
        let seen = create(harness, &caller, named("Acme")).await.unwrap();
        let change = async |caller: &crm_kit::testing::TestCaller, account| {
            let request = UpdateAccountRequest { account: Some(account), update_mask: None };
            accounts(harness).update_account(caller.request(request)).await
        };
        let id = seen.id.clone();
        for account in [
            Account { id: id.clone(), industry: "Steel".to_owned(), ..Account::default() },
            Account { id: id.clone(), employees: 12, ..Account::default() },
        ] {
            change(&caller, account).await.unwrap();
        }
        let late = Account { id, name: "Late".to_owned(), etag: seen.etag.clone(), ..Account::default() };
        let told = async |caller: &crm_kit::testing::TestCaller| {
            let status = change(caller, late.clone()).await.unwrap_err();
            let metadata = status.get_details_error_info().unwrap().metadata;
            (metadata["etag"].clone(), metadata["changed_fields"].clone())
        };
        assert_eq!(told(&caller).await, ("3".to_owned(), "employees,industry".to_owned()));
        let blind = caller.clone().restrict("customers.account.employees", FieldAccess::Hidden);
        assert_eq!(told(&blind).await, ("3".to_owned(), "industry".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_reader_of_the_feed_misses_nothing_while_many_write() {
    run(async |harness| {
        let caller = harness.administrator();
        let (writers, each) = (12, 15);
        let write = async |writer: usize| {
            for number in 0..each {
                create(harness, &caller, named(&format!("{writer} {number}"))).await.unwrap();
            }
        };
        let service = crm_kit::access::Caller::service(
            "reader",
            harness.context.clock.now() + chrono::TimeDelta::days(1),
        );
        let read = async || {
            let (mut after, mut ids, mut positions) = (0, HashSet::new(), Vec::new());
            while ids.len() < writers * each {
                let message = PullRequest { after, limit: 7, resources: Vec::new(), wait_ms: 5_000 };
                let request = signed_request(message, &service, &harness.context.keys, &Origin::default());
                let answer =
                    FeedClient::new(harness.channel.clone()).pull(request).await.unwrap().into_inner();
                assert!(!answer.changes.is_empty(), "only {} changes came", ids.len());
                after = answer.position;
                positions.extend(answer.changes.iter().map(|change| change.position));
                ids.extend(answer.changes.into_iter().map(|change| change.record_id));
            }
            positions
        };
        let (positions, _) =
            futures::future::join(read(), futures::future::join_all((0..writers).map(write))).await;
        assert_eq!(positions, (1..=i64::try_from(writers * each).unwrap()).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn only_services_may_read_the_feed() {
    run(async |harness| {
        let request = harness.administrator().request(PullRequest::default());
        assert_refused(
            FeedClient::new(harness.channel.clone()).pull(request).await,
            Code::PermissionDenied,
            "PERMISSION_DENIED",
        );
    })
    .await;
}

#[tokio::test]
async fn a_repeated_change_is_answered_also_when_it_has_put_the_record_out_of_reach() {
    run(async |harness| {
        use crm_kit::access::Scope;
        use crm_protos::customers::v1::UpdateAccountRequest;
        let ann = harness.caller(crm_kit::id::new()).grant("customers.account.*", Scope::Own);
        let bob = crm_kit::id::new();
        harness.identity.put_user(ann.organization(), bob, "Bob", None);
        let created = create(harness, &ann, named("Acme")).await.unwrap();
        let account = Some(Account { owner_id: bob.to_string(), ..created });
        let give = async || {
            let request = UpdateAccountRequest { account: account.clone(), update_mask: None };
            accounts(harness)
                .update_account(ann.keyed_request("key-1", request))
                .await
                .map(tonic::Response::into_inner)
        };
        assert_eq!(give().await.unwrap(), give().await.unwrap());
        let long = CreateAccountRequest { account: Some(named("Acme")) };
        let long = accounts(harness).create_account(ann.keyed_request(&"k".repeat(300), long)).await;
        assert_refused(long, Code::InvalidArgument, "IDEMPOTENCY_KEY_INVALID");
    })
    .await;
}
