//! What happened, who did it, and the proof that nobody has rewritten it.

use crm_kit::access::{FieldAccess, Scope};
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::customers::v1::{Account, ListAccountsRequest, UpdateAccountRequest};
use crm_protos::feed::v1::history_client::HistoryClient;
use crm_protos::feed::v1::{
    Change, ListRecordChangesRequest, LogFault, SearchAccessRecordsRequest, SearchChangesRequest,
    VerifyLogRequest,
};
use tonic::{Code, Status};

use super::{accounts, assert_refused, create, get, named, names, run};

fn history(harness: &Harness) -> HistoryClient<crm_kit::channel::Channel> {
    HistoryClient::new(harness.channel.clone())
}

async fn of_record(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Vec<Change>, Status> {
    let request = ListRecordChangesRequest {
        resource: "customers.account".to_owned(),
        record_id: id.to_owned(),
        ..Default::default()
    };
    Ok(history(harness).list_record_changes(caller.request(request)).await?.into_inner().changes)
}

async fn verify(harness: &Harness, log: &str) -> (i64, Vec<LogFault>) {
    let request = VerifyLogRequest { service: "customers".to_owned(), log: log.to_owned(), after: 0 };
    let answer =
        history(harness).verify_log(harness.administrator().request(request)).await.unwrap().into_inner();
    assert!(answer.complete);
    (answer.checked, answer.faults)
}

fn text<'a>(fields: &'a Option<prost_types::Struct>, name: &str) -> Option<&'a str> {
    match fields.as_ref()?.fields.get(name)?.kind.as_ref()? {
        prost_types::value::Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

async fn rename(harness: &Harness, caller: &TestCaller, account: &Account, name: &str) -> Account {
    let account = Some(Account { name: name.to_owned(), ..account.clone() });
    accounts(harness)
        .update_account(caller.request(UpdateAccountRequest { account, update_mask: None }))
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn the_history_of_a_record_says_who_changed_what() {
    run(async |harness| {
        let caller = harness.administrator();
        let created = create(harness, &caller, named("Before")).await.unwrap();
        rename(harness, &caller, &created, "After").await;
        let changes = of_record(harness, &caller, &created.id).await.unwrap();
        let verbs: Vec<_> = changes.iter().map(|change| change.verb.as_str()).collect();
        assert_eq!(verbs, ["updated", "created"]);
        assert_eq!(
            (text(&changes[0].before, "name"), text(&changes[0].after, "name")),
            (Some("Before"), Some("After"))
        );
        assert_eq!(changes[0].before.as_ref().unwrap().fields.len(), 1);
        assert_eq!(changes[0].actor_id, caller.id().to_string());
        assert_refused(
            of_record(harness, &harness.administrator(), &created.id).await,
            Code::NotFound,
            "NOT_FOUND",
        );
    })
    .await;
}

#[tokio::test]
async fn a_history_hides_what_the_caller_may_not_see_and_no_log_holds_a_sensitive_number() {
    run(async |harness| {
        let caller = harness.administrator();
        let account = Account {
            id_card_number: "110105194912310021".to_owned(),
            industry: "Steel".to_owned(),
            ..named("张伟")
        };
        let created = create(harness, &caller, account).await.unwrap();
        let limited = harness
            .caller(caller.organization())
            .grant("customers.account.read", Scope::All)
            .restrict("customers.account.industry", FieldAccess::Hidden);
        let changes = of_record(harness, &limited, &created.id).await.unwrap();
        assert_eq!(
            (text(&changes[0].after, "industry"), text(&changes[0].after, "name")),
            (None, Some("张伟"))
        );
        assert_eq!(text(&changes[0].after, "id_card_number"), Some("****0021"));
        assert!(!format!("{changes:?}").contains("110105"));
    })
    .await;
}

#[tokio::test]
async fn the_audit_search_is_for_those_who_may_and_for_their_own_organization() {
    run(async |harness| {
        let caller = harness.administrator();
        let created = create(harness, &caller, named("Acme")).await.unwrap();
        let search = async |who: &TestCaller, filter: &[&str]| {
            let filter = filter.iter().map(|text| (*text).to_owned()).collect();
            let request =
                SearchChangesRequest { service: "customers".to_owned(), filter, ..Default::default() };
            history(harness)
                .search_changes(who.request(request))
                .await
                .map(|answer| answer.into_inner().changes)
        };
        let by_me = format!("actor_id={}", caller.id());
        assert_eq!(
            search(&caller, &[&by_me, "resource=customers.account", "verb=created"]).await.unwrap()[0]
                .record_id,
            created.id
        );
        assert!(search(&caller, &["verb=deleted"]).await.unwrap().is_empty());
        // What a change holds may be hidden from the caller, so it cannot be asked for either.
        assert_eq!(search(&caller, &["after>={"]).await.unwrap_err().code(), Code::InvalidArgument);
        assert!(search(&harness.administrator(), &[]).await.unwrap().is_empty());
        let reader = harness.caller(caller.organization()).grant("customers.*", Scope::All);
        assert_refused(search(&reader, &[]).await, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}

#[tokio::test]
async fn every_call_is_on_record_whether_it_was_let_through_or_not() {
    run(async |harness| {
        let caller = harness.administrator();
        let created = create(harness, &caller, named("Acme")).await.unwrap();
        get(harness, &caller, &created.id).await.unwrap();
        names(harness, &caller, ListAccountsRequest::default()).await.unwrap();
        let nobody = harness.caller(caller.organization());
        get(harness, &nobody, &created.id).await.unwrap_err();
        harness.flush_access_log().await;
        let request = SearchAccessRecordsRequest { service: "customers".to_owned(), ..Default::default() };
        let records = history(harness)
            .search_access_records(caller.request(request))
            .await
            .unwrap()
            .into_inner()
            .access_records;
        let seen: Vec<_> = records
            .iter()
            .rev()
            .map(|record| (record.method.rsplit('/').next().unwrap(), record.code.as_str(), record.count))
            .collect();
        assert_eq!(
            seen,
            [
                ("CreateAccount", "OK", 1),
                ("GetAccount", "OK", 1),
                ("ListAccounts", "OK", 1),
                ("GetAccount", "PERMISSION_DENIED", 0)
            ]
        );
        assert!(records.iter().skip(1).all(|record| record.record_ids == [created.id.clone()]));
        assert_eq!(records[0].actor_id, nobody.id().to_string());
    })
    .await;
}

#[tokio::test]
async fn an_altered_entry_and_a_missing_one_are_named() {
    run(async |harness| {
        let caller = harness.administrator();
        for number in 0..6 {
            create(harness, &caller, named(&format!("Account {number}"))).await.unwrap();
        }
        assert_eq!(verify(harness, "changes").await, (6, Vec::new()));
        harness.tamper("UPDATE changes SET verb = 'deleted' WHERE position = 2").await;
        harness.tamper("DELETE FROM changes WHERE position = 4").await;
        harness.tamper("DELETE FROM changes WHERE position = 6").await;
        let (_, faults) = verify(harness, "changes").await;
        let faults: Vec<_> = faults.iter().map(|fault| (fault.position, fault.reason.as_str())).collect();
        assert_eq!(faults, [(2, "ALTERED"), (4, "MISSING"), (6, "MISSING")]);
    })
    .await;
}

#[tokio::test]
async fn the_access_log_is_chained_too() {
    run(async |harness| {
        let caller = harness.administrator();
        for _ in 0..3 {
            names(harness, &caller, ListAccountsRequest::default()).await.unwrap();
        }
        harness.flush_access_log().await;
        assert_eq!(verify(harness, "access_records").await.1, Vec::new());
        harness.tamper("UPDATE access_records SET address = 'elsewhere' WHERE position = 2").await;
        let (_, faults) = verify(harness, "access_records").await;
        assert_eq!(faults.iter().map(|fault| fault.position).collect::<Vec<_>>(), [2]);
    })
    .await;
}

#[tokio::test]
async fn an_altered_entry_is_named_also_when_it_is_put_forward_to_be_numbered_again() {
    run(async |harness| {
        let caller = harness.administrator();
        for number in 0..4 {
            create(harness, &caller, named(&format!("Account {number}"))).await.unwrap();
        }
        assert_eq!(verify(harness, "changes").await, (4, Vec::new()));
        harness.tamper("UPDATE changes SET verb = 'deleted' WHERE position = 2").await;
        // At once, or numbering comes between the two.
        harness
            .tamper("BEGIN; UPDATE changes SET position = NULL, hash = NULL; DELETE FROM log_heads; COMMIT")
            .await;
        let (checked, faults) = verify(harness, "changes").await;
        assert_eq!((checked, faults.len()), (4, 1), "{faults:?}");
        harness.tamper("UPDATE log_heads SET position = 3").await;
        let (_, faults) = verify(harness, "changes").await;
        assert!(faults.iter().any(|fault| fault.position == 3 && fault.id.is_empty()), "{faults:?}");
    })
    .await;
}
