//! A process that is killed loses no acknowledged write and leaves no half-done one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crm_tests::{Rest, Suite, eventually, text};
use reqwest::Method;
use serde_json::json;

use crate::audit::faults;

const WRITERS: usize = 12;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_no_acknowledged_write_and_leaves_no_half_done_one() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let program = suite.program(&suite.key(&administrator, "Administrator").await);
    let mut acknowledged = BTreeMap::new();
    for round in 0..KILLS {
        let done = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                tokio::spawn(write_until_silence(program.clone(), format!("{round}-{writer}"), done.clone()))
            })
            .collect();
        eventually("writes", async || (done.load(Ordering::SeqCst) >= 20 * WRITERS).then_some(())).await;
        suite.process("customers").kill();
        let mut unanswered = Vec::new();
        for writer in writers {
            let (answered, last) = writer.await.unwrap();
            acknowledged.extend(answered);
            unanswered.push(last);
        }
        suite.resume("customers").await;
        for name in unanswered {
            // The same request again, with the same key: done before the kill or not, it is done once.
            let id = eventually("the service to answer again", async || create(&program, &name).await).await;
            acknowledged.insert(name, id);
        }
    }

    let kept = program.all("/v1/accounts", "accounts", &[("page_size", "200")]).await;
    let kept: BTreeMap<_, _> =
        kept.iter().map(|account| (text(&account["name"]), text(&account["id"]))).collect();
    assert_eq!(kept.len(), acknowledged.len());
    assert_eq!(kept, acknowledged);

    let filter = [("filter", "resource=customers.account"), ("page_size", "200")];
    let changes = administrator.all("/v1/audit/customers/changes", "changes", &filter).await;
    let created = changes.iter().map(|change| (text(&change["after"]["name"]), text(&change["record_id"])));
    assert_eq!(created.collect::<BTreeMap<_, _>>(), acknowledged);
    assert_eq!(changes.len(), acknowledged.len());
    assert!(faults(&administrator, "customers", "changes").await.is_empty());
}

/// Creates accounts until an answer fails to come; answers what was acknowledged and the name that was not.
async fn write_until_silence(
    program: Rest,
    writer: String,
    done: Arc<AtomicUsize>,
) -> (Vec<(String, String)>, String) {
    let mut acknowledged = Vec::new();
    loop {
        let name = format!("account {writer}-{}", acknowledged.len());
        let Some(id) = create(&program, &name).await else { return (acknowledged, name) };
        acknowledged.push((name, id));
        done.fetch_add(1, Ordering::SeqCst);
    }
}

async fn create(program: &Rest, name: &str) -> Option<String> {
    let request =
        program.request(Method::POST, "/v1/accounts").header("idempotency-key", name.replace(" ", "-"));
    let answer = program.try_send(request.json(&json!({ "name": name }))).await.ok()?;
    (answer.status == 200).then(|| text(&answer.body["id"]))
}
