//! Correctness under load, without a word about time: every answer is checked, nothing fails and no write is lost.
//!
//! In one process on SQLite or, when `tests/with-servers` names its servers in the environment, in four processes on
//! PostgreSQL and Redis.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crm_loadtest::data::{Data, User};
use crm_loadtest::http::Http;
use crm_loadtest::operation::{ALL, Operation};
use crm_loadtest::report::Setup;
use crm_loadtest::scenario::{Shift, work};
use crm_loadtest::seed::checkout;
use crm_loadtest::servers::{Durability, Servers};
use crm_loadtest::suite::{Database, Suite, Topology, command};
use crm_loadtest::worker::{Place, Worker, sign_in};
use http::Method;
use serde_json::{Value, json};

/// How many accounts there are.
const ACCOUNTS: u64 = 40;
/// How many write at once.
const WRITERS: usize = 8;
/// How often each of them does.
const TIMES: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn under_load_every_answer_is_right_and_no_write_is_lost() {
    let root = tempfile::tempdir().unwrap();
    let (topology, database) = match crm_tests::servers() {
        None => (Topology::OneProcess, Database::Sqlite),
        Some(_) => (Topology::Services, Database::Postgres),
    };
    // The servers run as another user.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(root.path(), everybody).unwrap();
    let setup = Setup { topology, database, accounts: ACCOUNTS };
    let checkout = checkout(root.path(), &setup, 20).await.unwrap();
    let servers =
        (database == Database::Postgres).then(|| Servers::start(&checkout.directory, Durability::Unsynced));
    let servers = servers.transpose().unwrap();
    let suite = Suite::start(topology, &checkout.directory, servers.as_ref()).await.unwrap();
    let data = Arc::new(checkout.data.clone());
    let place = Place {
        gateway: suite.gateway().unwrap(),
        grpc: vec![suite.grpc("customers").unwrap()],
        deep_page: Arc::from(""),
    };

    every_operation_is_answered_well(&place, &data).await;
    people_work_without_an_error(&place, &data).await;
    what_many_create_at_once_is_all_there(&place, &data).await;
    what_many_count_up_at_once_is_counted(&place, &data).await;

    suite.stop().await.unwrap();
    the_log_stands(&checkout.directory, servers.as_ref());
}

fn administrator(data: &Data) -> &User {
    data.users_of("Administrator").next().unwrap()
}

async fn every_operation_is_answered_well(place: &Place, data: &Arc<Data>) {
    let mut worker = Worker::new(place, administrator(data), data, 1).unwrap();
    for operation in ALL {
        for _ in 0..3 {
            let answered = worker.perform(operation).await;
            assert!(answered.is_ok(), "{}: {:#}", operation.name(), answered.unwrap_err());
        }
    }
}

async fn people_work_without_an_error(place: &Place, data: &Arc<Data>) {
    let shift = Shift {
        people: 20,
        think: Duration::from_millis(400),
        warm_up: Duration::ZERO,
        time: Duration::from_secs(8),
    };
    let sessions = sign_in(place, data).await.unwrap();
    let mixed = work(place, data, &sessions, shift).await.unwrap();
    assert!(mixed.errors.is_empty(), "{:?}", mixed.errors);
    assert!(mixed.operations.contains_key(&Operation::Get.name()), "{:?}", mixed.counts);
}

async fn what_many_create_at_once_is_all_there(place: &Place, data: &Arc<Data>) {
    let mut http = Http::new(place.gateway).with_key(&administrator(data).key).unwrap();
    let before = count(&mut http).await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..WRITERS {
        let mut worker = Worker::new(place, administrator(data), data, 100 + number).unwrap();
        writers.spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..TIMES {
                ids.push(worker.create().await.unwrap());
            }
            ids
        });
    }
    let created: Vec<String> = writers.join_all().await.into_iter().flatten().collect();
    assert_eq!(count(&mut http).await, before + created.len() as u64);
    for id in created {
        let account = get(&mut http, &format!("/v1/accounts/{id}")).await;
        assert_eq!(account["id"], id.as_str());
    }
}

/// Everybody adds one to the same number, again when somebody else was quicker.
async fn what_many_count_up_at_once_is_counted(place: &Place, data: &Arc<Data>) {
    let mut http = Http::new(place.gateway).with_key(&administrator(data).key).unwrap();
    let body = json!({ "name": "计数有限公司", "employees": 0 }).to_string();
    let created = http.send(Method::POST, "/v1/accounts", Some(body.into())).await.unwrap().json().unwrap();
    let path = format!("/v1/accounts/{}", created["id"].as_str().unwrap());
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let mut http = Http::new(place.gateway).with_key(&administrator(data).key).unwrap();
        let path = path.clone();
        writers.spawn(async move {
            for _ in 0..TIMES {
                loop {
                    let account = get(&mut http, &path).await;
                    let next = account["employees"].as_u64().unwrap() + 1;
                    let body = json!({ "employees": next, "etag": account["etag"] }).to_string();
                    let answer = http.send(Method::PATCH, &path, Some(body.into())).await.unwrap();
                    if answer.status != 409 {
                        answer.json().unwrap();
                        break;
                    }
                }
            }
        });
    }
    writers.join_all().await;
    assert_eq!(get(&mut http, &path).await["employees"], WRITERS as u64 * TIMES);
}

fn the_log_stands(directory: &Path, servers: Option<&Servers>) {
    let settings = Suite::settings(directory, servers);
    let output = command(&settings, directory).unwrap().args(["audit", "verify"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

async fn get(http: &mut Http, path: &str) -> Value {
    http.send(Method::GET, path, None).await.unwrap().json().unwrap()
}

async fn count(http: &mut Http) -> u64 {
    let counted = get(http, "/v1/accounts:count").await;
    // 64-bit numbers are texts in JSON.
    counted["count"].as_str().unwrap().parse().unwrap()
}
