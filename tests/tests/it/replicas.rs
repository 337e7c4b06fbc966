//! Two processes of one service on one database.

use std::collections::BTreeSet;

use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::{Account, CreateAccountRequest};
use crm_tests::{Suite, eventually, text};
use serde_json::json;

use crate::audit::faults;
use crate::journey::Company;

const WRITERS: usize = 12;
const WRITES: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_or_numbered_twice_under_concurrent_writers() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let processes = suite.grpc("customers", &key);
    let writers = (0..WRITERS).map(|writer| {
        let mut accounts = AccountsClient::new(processes[writer % processes.len()].clone());
        tokio::spawn(async move {
            let mut created = Vec::new();
            for number in 0..WRITES {
                let account = Account { name: format!("Acme {writer}-{number}"), ..Account::default() };
                let request = CreateAccountRequest { account: Some(account) };
                created.push(accounts.create_account(request).await.unwrap().into_inner().id);
            }
            created
        })
    });
    let mut created = BTreeSet::new();
    for writer in writers.collect::<Vec<_>>() {
        created.extend(writer.await.unwrap());
    }
    assert_eq!(created.len(), WRITERS * WRITES);

    let changes = administrator.all("/v1/audit/customers/changes", "changes", &[("page_size", "200")]).await;
    let logged: BTreeSet<_> = changes.iter().map(|change| text(&change["record_id"])).collect();
    assert!(logged.is_superset(&created));
    let mut positions: Vec<i64> =
        changes.iter().map(|change| text(&change["position"]).parse().unwrap()).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=i64::try_from(changes.len()).unwrap()).collect::<Vec<_>>());
    assert!(faults(&administrator, "customers", "changes").await.is_empty());
}

#[tokio::test]
async fn a_moved_user_takes_the_accounts_along_exactly_once() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let company = Company::found(&suite, &administrator).await;
    let west = administrator.post("/v1/departments", json!({ "name": "华西区" })).await.ok();
    let mut accounts = Vec::new();
    for number in 0..20 {
        let account = json!({ "name": format!("Acme {number}") });
        accounts.push(text(&company.seller.rest.post("/v1/accounts", account).await.ok()["id"]));
    }
    for department in [&west, &company.east, &west] {
        let id = text(&department["id"]);
        let path = format!("/v1/users/{}/move", company.seller.id);
        administrator.post(&path, json!({ "department_id": id })).await.ok();
        eventually("the accounts to follow", async || {
            let filter = format!("department_id={id}");
            let moved = administrator.all("/v1/accounts", "accounts", &[("filter", &filter)]).await;
            (moved.len() == accounts.len()).then_some(())
        })
        .await;
    }
    for account in accounts {
        let filter = format!("record_id={account}");
        let changes =
            administrator.all("/v1/audit/customers/changes", "changes", &[("filter", &filter)]).await;
        let moves = changes.iter().filter(|change| !change["after"]["department_id"].is_null());
        // The creation and three moves.
        assert_eq!(moves.count(), 4, "{changes:?}");
    }
}
