//! Keys are replaced while people work.

use crm_tests::{Rest, Suite, text};
use reqwest::Method;
use serde_json::json;
use tokio::sync::watch;

use crate::load::{Load, Patience};
use crate::{DRAIN, administrators_key, report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_key_is_replaced_without_a_failed_request() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);
    let program = suite.program(&key);
    let load = Load::start(&balancer, 20, Patience::None);
    load.send_more(60).await;
    let first_page = program.find("/v1/accounts", &[("page_size", "1")]).await.ok();
    let next = text(&first_page["next_page_token"]);
    let made = once(&program).await;

    suite.set_keys("cluster", &["1", "2"]).await;
    load.send_more(60).await;
    suite.set_keys("cluster", &["2", "1"]).await;
    load.send_more(60).await;
    let page = program.find("/v1/accounts", &[("page_size", "1"), ("page_token", &next)]).await.ok();
    assert_eq!(page["accounts"].as_array().unwrap().len(), 1, "a list goes on where it was");
    suite.set_keys("cluster", &["2"]).await;
    load.send_more(60).await;

    let outcome = load.finish().await;
    report("rotation of the cluster key", &outcome.summary());
    outcome.demand_no_failure();
    outcome.demand_all_kept_once(&program).await;
    let ended = program.find("/v1/accounts", &[("page_size", "1"), ("page_token", &next)]).await;
    assert!(ended.status == 400 && ended.body.to_string().contains("PAGE_TOKEN_INVALID"), "{ended:?}");
    assert_eq!(once(&program).await, made, "a request that is sent again is not done again");
}

/// A request that is done once however often it is sent.
async fn once(program: &Rest) -> String {
    let request = program.request(Method::POST, "/v1/accounts").header("idempotency-key", "once");
    text(&program.send(request.json(&json!({ "name": "Once" }))).await.ok()["id"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_and_the_data_keys_are_replaced_without_a_failed_request() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let mut suite = Suite::replicated(&postgres, &redis, &[("CRM__SERVER__DRAIN_SECONDS", DRAIN)]).await;
    let key = administrators_key(&mut suite).await;
    let balancer = suite.balancer(&key);
    let (done, mut progress) = watch::channel(0);
    let (stop, stopped) = watch::channel(false);
    let customers: Vec<_> = (0..2).map(|_| balancer.choose("gateway", &[]).unwrap().rest).collect();
    let working = tokio::spawn(async move {
        let mut accounts = Vec::new();
        while !*stopped.borrow() {
            let number = accounts.len();
            let (card, program) = (format!("62220202{number:011}"), &customers[number % 2]);
            let account = json!({ "name": format!("Sealed {number}"), "bank_card_number": card });
            let made = program.post("/v1/accounts", account).await.ok();
            accounts.push((text(&made["id"]), card));
            for (id, card) in [&accounts[0], &accounts[number / 2], &accounts[number]] {
                let read = customers[(number + 1) % 2].get(&format!("/v1/accounts/{id}")).await.ok();
                assert_eq!(text(&read["bank_card_number"]), *card);
            }
            done.send_modify(|done| *done += 1);
        }
        accounts
    });
    let mut more = async |rounds: u32| {
        let target = *progress.borrow() + rounds;
        progress.wait_for(|done| *done >= target).await.expect("the requests do not fail");
    };

    more(5).await;
    for ids in [&["1", "2"][..], &["2", "1"]] {
        suite.set_keys("master", ids).await;
        more(5).await;
    }
    for arguments in [&["keys", "rotate"][..], &["keys", "rotate", "--data"]] {
        let output = suite.execute(arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        more(5).await;
    }
    suite.set_keys("master", &["2"]).await;
    // Whoever starts now has never had the old key.
    for _ in 0..2 {
        suite.replace_one_of_each(&["customers"]).await;
    }
    more(5).await;
    stop.send_replace(true);
    let accounts = working.await.unwrap();
    report("rotation of master and data keys", &format!("{} accounts written and read", accounts.len()));

    for service in ["identity", "customers", "sales"] {
        let left = suite.alter(service, "select count(*) from data_keys where wrapped not like '2.%'");
        assert_eq!(left.trim(), "0", "{service} has data keys under the old master key");
    }
    let program = suite.program(&key);
    for (id, card) in accounts {
        let read = program.get(&format!("/v1/accounts/{id}")).await.ok();
        assert_eq!(text(&read["bank_card_number"]), card);
    }
}
