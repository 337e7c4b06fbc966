//! Two processes of one service on one database.

use std::collections::BTreeSet;

use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::{Account, CreateAccountRequest};
use crm_tests::{Suite, eventually, servers, text};
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

    // Entries get their positions a moment after they are written.
    let changes = eventually("every change to be numbered", async || {
        let path = "/v1/audit/customers/changes";
        let changes = administrator.all(path, "changes", &[("page_size", "200")]).await;
        changes.iter().all(|change| change["position"] != "0").then_some(changes)
    })
    .await;
    let logged: BTreeSet<_> = changes.iter().map(|change| text(&change["record_id"])).collect();
    assert!(logged.is_superset(&created));
    let mut positions: Vec<i64> =
        changes.iter().map(|change| text(&change["position"]).parse().unwrap()).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=i64::try_from(changes.len()).unwrap()).collect::<Vec<_>>());
    assert!(faults(&administrator, "customers", "changes").await.is_empty());
}

#[tokio::test]
async fn a_moved_user_takes_the_accounts_along() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let company = Company::found(&suite, &administrator).await;
    let west = administrator.post("/v1/departments", json!({ "name": "华西区" })).await.ok();
    for number in 0..20 {
        company.seller.rest.post("/v1/accounts", json!({ "name": format!("Acme {number}") })).await.ok();
    }
    for department in [&west, &company.east, &west] {
        let id = text(&department["id"]);
        let path = format!("/v1/users/{}/move", company.seller.id);
        administrator.post(&path, json!({ "department_id": id })).await.ok();
        eventually("the accounts to follow", async || {
            let filter = format!("department_id={id}");
            let moved = administrator.all("/v1/accounts", "accounts", &[("filter", &filter)]).await;
            (moved.len() == 20).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_identity_changes_reaches_customers_exactly_once() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let user = json!({ "email": "wei@example.com", "display_name": "Wei Chen" });
    let user = administrator.post("/v1/users", user).await.ok();
    note_what_is_applied(&suite);

    let path = format!("/v1/users/{}", text(&user["id"]));
    let mut given = Vec::new();
    for round in 0..3 {
        for number in 0..20 {
            let name = format!("Wei {round}-{number}");
            administrator.patch(&path, json!({ "display_name": name })).await.ok();
            given.push(name);
        }
        if round < 2 {
            suite.process("customers").kill();
            suite.resume("customers").await;
        }
    }
    let applied = eventually("the last change", async || {
        let applied = suite.alter("customers", "select name from applied");
        let applied: Vec<_> = applied.lines().map(str::to_owned).collect();
        (applied.last() == given.last()).then_some(applied)
    })
    .await;
    let applied: Vec<_> = applied.into_iter().filter(|name| name != "Wei Chen").collect();
    assert_eq!(applied, given);
}

/// Lets the database itself write down every user that is written to the customers' directory.
fn note_what_is_applied(suite: &Suite) {
    suite.alter("customers", "create table applied (name text)");
    let note = "insert into applied values (new.display_name);";
    if servers().is_some() {
        let function = format!(
            "create function note() returns trigger language plpgsql as $$ begin {note} return null; end $$"
        );
        suite.alter("customers", &function);
        let trigger = "create trigger note after insert or update on directory_users for each row \
            execute function note()";
        suite.alter("customers", trigger);
    } else {
        for event in ["insert", "update"] {
            let trigger =
                format!("create trigger note_{event} after {event} on directory_users begin {note} end");
            suite.alter("customers", &trigger);
        }
    }
}
