//! How far a caller reaches, and what follows when departments and tokens change.

use crm_kit::access::Scope;
use crm_kit::testing::{TestCaller, eventually};
use crm_protos::customers::v1::{Account, GetAccountRequest, ListAccountsRequest, UpdateAccountRequest};
use prost_types::FieldMask;
use tonic::Code;

use super::{accounts, assert_refused, create, get, named, names, run, violations};

#[tokio::test]
async fn a_scope_reaches_own_department_subtree_or_all_and_never_another_tenant() {
    run(async |harness| {
        let organization = crm_kit::id::new();
        let [head, east, north] = std::array::from_fn(|_| crm_kit::id::new());
        let member = |department, below: &[_], scope| -> TestCaller {
            harness.caller(organization).department(department, below).grant("customers.account.*", scope)
        };
        let chief = member(head, &[east, north], Scope::Subtree);
        let ann = member(east, &[], Scope::Own);
        let bob = member(east, &[], Scope::Department);
        let eve = member(north, &[], Scope::Department);
        let finance = harness.caller(organization).grant("customers.account.read", Scope::All);
        let stranger = harness.administrator();
        for (owner, name) in [(&chief, "chief's"), (&ann, "ann's"), (&bob, "bob's"), (&eve, "eve's")] {
            create(harness, owner, named(name)).await.unwrap();
        }
        for (who, expected) in [
            (&chief, vec!["ann's", "bob's", "chief's", "eve's"]),
            (&ann, vec!["ann's"]),
            (&bob, vec!["ann's", "bob's"]),
            (&eve, vec!["eve's"]),
            (&finance, vec!["ann's", "bob's", "chief's", "eve's"]),
            (&stranger, vec![]),
        ] {
            let list = ListAccountsRequest { order_by: "name".to_owned(), ..Default::default() };
            assert_eq!(names(harness, who, list).await.unwrap(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_out_of_reach_is_not_found_for_reads_and_writes_alike() {
    run(async |harness| {
        let owner = harness.administrator();
        let account = create(harness, &owner, named("Acme")).await.unwrap();
        let colleague = harness.caller(owner.organization()).grant("customers.account.*", Scope::Own);
        assert_refused(get(harness, &colleague, &account.id).await, Code::NotFound, "NOT_FOUND");
        let update_mask = Some(FieldMask { paths: vec!["name".to_owned()] });
        let request = UpdateAccountRequest {
            account: Some(Account { name: "Mine".to_owned(), ..account.clone() }),
            update_mask,
        };
        assert_refused(
            accounts(harness).update_account(colleague.request(request)).await,
            Code::NotFound,
            "NOT_FOUND",
        );
        let reader = harness.caller(owner.organization()).grant("customers.account.read", Scope::All);
        assert_eq!(get(harness, &reader, &account.id).await.unwrap().name, "Acme");
        let denied = create(harness, &reader, named("Other")).await;
        assert_refused(denied, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}

#[tokio::test]
async fn a_branch_is_changed_by_whoever_does_not_see_its_parent() {
    run(async |harness| {
        let administrator = harness.administrator();
        let parent = create(harness, &administrator, named("Parent")).await.unwrap();
        let manager = harness.caller(administrator.organization()).grant("customers.account.*", Scope::Own);
        let branch = Account {
            parent_account_id: parent.id.clone(),
            owner_id: manager.id().to_string(),
            ..named("Branch")
        };
        harness.identity.put_user(manager.organization(), manager.id(), "Manager", None);
        let branch = create(harness, &administrator, branch).await.unwrap();
        let update = async |account: Account| {
            let request = UpdateAccountRequest { account: Some(account), update_mask: None };
            accounts(harness).update_account(manager.request(request)).await
        };
        let described = Account { description: "north".to_owned(), ..branch.clone() };
        let described = update(described).await.unwrap().into_inner();
        assert_eq!((&*described.description, &described.parent_account_id), ("north", &parent.id));
        let other = create(harness, &administrator, named("Other parent")).await.unwrap();
        let moved = Account { parent_account_id: other.id, ..described };
        assert_eq!(update(moved).await.unwrap_err().code(), Code::InvalidArgument);
    })
    .await;
}

#[tokio::test]
async fn nobody_and_forged_callers_are_turned_away() {
    run(async |harness| {
        let request = || GetAccountRequest { id: crm_kit::id::new().to_string() };
        let answer = accounts(harness).get_account(tonic::Request::new(request())).await;
        assert_refused(answer, Code::Unauthenticated, "NOT_SIGNED_IN");
        let mut forged = harness.administrator().request(request());
        let value = forged.metadata().get_bin("crm-caller-bin").unwrap().to_bytes().unwrap();
        let mut bytes = value.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        forged
            .metadata_mut()
            .insert_bin("crm-caller-bin", tonic::metadata::MetadataValue::from_bytes(&bytes));
        assert_refused(accounts(harness).get_account(forged).await, Code::Unauthenticated, "CALLER_INVALID");
        let late = harness.administrator();
        let late_request = late.request(request());
        harness.context.clock.advance(chrono::TimeDelta::days(4000));
        assert_refused(accounts(harness).get_account(late_request).await, Code::Unavailable, "CLOCKS_DIFFER");
    })
    .await;
}

#[tokio::test]
async fn a_bearer_token_stands_for_its_caller_until_its_organization_forgets() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = create(harness, &caller, named("Acme")).await.unwrap();
        let token = crm_kit::access::resolver::token("crms_", caller.organization());
        harness.identity.put_token(&token, &caller);
        let call = async || {
            let mut request = tonic::Request::new(GetAccountRequest { id: account.id.clone() });
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
            accounts(harness).get_account(request).await.map(tonic::Response::into_inner)
        };
        assert_eq!(call().await.unwrap().name, "Acme");
        let fewer = harness.caller(caller.organization()).grant("customers.contact.read", Scope::All);
        harness.identity.put_token(&token, &fewer);
        assert!(
            crm_kit::access::resolver::forget_callers(&harness.context.cache, caller.organization()).await
        );
        assert_refused(call().await, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}

#[tokio::test]
async fn records_follow_their_owner_into_another_department() {
    run(async |harness| {
        let organization = crm_kit::id::new();
        let [east, north] = std::array::from_fn(|_| crm_kit::id::new());
        let head = harness
            .caller(organization)
            .department(north, &[])
            .grant("customers.account.*", Scope::Department);
        let ann = harness.caller(organization).department(east, &[]).grant("customers.account.*", Scope::Own);
        let account = create(harness, &ann, named("Acme")).await.unwrap();
        assert_refused(get(harness, &head, &account.id).await, Code::NotFound, "NOT_FOUND");
        harness.identity.put_user(organization, ann.id(), "Ann", Some(north));
        eventually("the account is in the new department", async || {
            get(harness, &head, &account.id).await.is_ok()
        })
        .await;
        assert_eq!(get(harness, &ann, &account.id).await.unwrap().etag, account.etag);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_given_to_a_user_of_the_same_organization_only() {
    run(async |harness| {
        let caller = harness.administrator();
        let (colleague, east) = (crm_kit::id::new(), crm_kit::id::new());
        harness.identity.put_user(caller.organization(), colleague, "Bob", Some(east));
        let given = Account { owner_id: colleague.to_string(), ..named("Acme") };
        let created = create(harness, &caller, given).await.unwrap();
        assert_eq!((created.owner_id, created.department_id), (colleague.to_string(), east.to_string()));
        let stranger = Account { owner_id: crm_kit::id::new().to_string(), ..named("Other") };
        let status = create(harness, &caller, stranger).await.unwrap_err();
        assert_eq!(violations(&status), [("account.owner_id".to_owned(), "OWNER_UNKNOWN".to_owned())]);
    })
    .await;
}
