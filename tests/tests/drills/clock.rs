//! The clocks of the machines jump.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crm_tests::{Person, Rest, Suite, eventually, text};
use serde_json::{Value, json};

use crate::{administrators_key, report, turn};

/// Debian's libfaketime.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// Sets a clock: how far it is ahead of the real time, as libfaketime reads it.
fn set(file: &Path, offset: &str) {
    let next = file.with_extension("next");
    fs::write(&next, format!("{offset}\n")).unwrap();
    fs::rename(next, file).unwrap();
}

/// The settings of processes whose clock is in a file.
fn clock_in(file: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("LD_PRELOAD", LIBRARY.to_owned()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        // All processes see at once that it was set.
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        // A clock that is set does not move the one by which intervals are measured.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_jump_end_sessions_and_harm_nothing() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    set(&clock, "+0d");
    let settings = clock_in(&clock);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut suite = Suite::replicated(&postgres, &redis, &settings).await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let program = suite.program(&key);
    let department = program.post("/v1/departments", json!({ "name": "Sales" })).await.ok();
    let mut work = Work { program: &program, day: today(&program).await, created: Vec::new() };
    let today = Person::join(&suite, &program, "Today", "Administrator", &department).await;
    work.go_on(0).await;

    set(&clock, "+3d");
    eventually("the clocks to be ahead", async || work.is_day(3).await.then_some(())).await;
    today.rest.get("/v1/me").await.refused(401, "SESSION_ENDED");
    today.sign_in_again(&suite).await.get("/v1/me").await.ok();
    work.go_on(3).await;
    let ahead = Person::join(&suite, &program, "Ahead", "Administrator", &department).await;

    set(&clock, "-2d");
    eventually("the clocks to be behind", async || work.is_day(-2).await.then_some(())).await;
    ahead.rest.get("/v1/me").await.ok();
    ahead.sign_in_again(&suite).await.get("/v1/me").await.ok();
    work.go_on(-2).await;
    // Its invitation is a job, which must not wait for the day that was.
    Person::join(&suite, &program, "Behind", "Administrator", &department).await;

    set(&clock, "+0d");
    eventually("the clocks to be right", async || work.is_day(0).await.then_some(())).await;
    work.go_on(0).await;
    let ids: BTreeSet<_> = work.created.iter().collect();
    assert_eq!(ids.len(), work.created.len(), "an id was given twice");
    let listed = program.all("/v1/accounts", "accounts", &[("page_size", "7")]).await;
    let listed: Vec<_> = listed.iter().map(|account| text(&account["id"])).collect();
    assert_eq!((listed.len(), listed.iter().collect::<BTreeSet<_>>()), (ids.len(), ids), "a page lost a row");
    verify(&mut suite).await;
    report("clocks jump", &format!("{} accounts created on four days", listed.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_clock_differs_says_so_and_works_again_when_it_is_set() {
    let Some((_turn, postgres, redis)) = turn().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    set(&clock, "+0d");
    let settings = clock_in(&clock);
    let own: Vec<_> = settings.iter().map(|(name, value)| ("customers", *name, value.as_str())).collect();
    let mut suite = Suite::replicated_with(&postgres, &redis, &[], &own).await;
    let key = administrators_key(&mut suite).await;
    let program = suite.program(&key);
    let mut work = Work { program: &program, day: today(&program).await, created: Vec::new() };
    work.go_on(0).await;

    let mut answers = BTreeSet::new();
    for offset in ["+20m", "-20m"] {
        set(&clock, offset);
        // The signatures of the others are old for it, or its own for the others: never the client's fault.
        eventually("the difference to be told", async || {
            let answer = program.get("/v1/accounts").await;
            answers.insert((answer.status, text(&answer.body["reason"])));
            (answer.status != 200).then_some(())
        })
        .await;
        program.get("/v1/leads").await.ok();
        set(&clock, "+0d");
        eventually("the service to work again", async || {
            let answer = program.get("/v1/accounts").await;
            answers.insert((answer.status, text(&answer.body["reason"])));
            (answer.status == 200).then_some(())
        })
        .await;
        work.go_on(0).await;
    }
    let expected = [(200, String::new()), (503, "CLOCKS_DIFFER".to_owned()), (503, "UNAVAILABLE".to_owned())];
    assert!(answers.is_subset(&expected.into()), "{answers:?}");
    verify(&mut suite).await;
    report("one clock differs", &format!("answered {answers:?}"));
}

/// A program that creates accounts.
struct Work<'p> {
    program: &'p Rest,
    day: i64,
    created: Vec<String>,
}

impl Work<'_> {
    /// Creates some and changes them.
    async fn go_on(&mut self, day: i64) {
        for number in 0..5 {
            let account = json!({ "name": format!("Acme {} on day {day}", number + self.created.len()) });
            let account = self.program.post("/v1/accounts", account).await.ok();
            let path = format!("/v1/accounts/{}", text(&account["id"]));
            let changed =
                self.program.patch(&path, json!({ "industry": "steel", "etag": account["etag"] })).await.ok();
            assert_eq!(self.program.get(&path).await.ok(), changed);
            assert_eq!(day_of(&changed["update_time"]) - self.day, day);
            self.created.push(text(&account["id"]));
        }
    }

    /// Whether every process says that so many days have passed.
    async fn is_day(&self, day: i64) -> bool {
        for _ in 0..8 {
            if today(self.program).await - self.day != day {
                return false;
            }
        }
        true
    }
}

/// The day on which a label is made now.
async fn today(program: &Rest) -> i64 {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let lead = json!({ "name": format!("clock {number}") });
    // At first sales may not have heard of the organization yet, and says so.
    let made = eventually("sales to know the organization", async || {
        let made = program.post("/v1/leads", lead.clone()).await;
        (made.status != 503).then_some(made)
    });
    day_of(&made.await.ok()["create_time"])
}

/// The day of a time, counted from 1970.
fn day_of(time: &Value) -> i64 {
    let text = text(time);
    let day = text.split('T').next().unwrap();
    let days = std::process::Command::new("date").args(["--utc", "--date", day, "+%s"]).output().unwrap();
    String::from_utf8(days.stdout).unwrap().trim().parse::<i64>().unwrap() / 86_400
}

/// The logs prove themselves, once every entry has its place.
async fn verify(suite: &mut Suite) {
    suite.demand_all_running();
    eventually("the logs to be whole", async || {
        let verified = suite.execute(&["audit", "verify"]).await;
        verified.status.success().then_some(())
    })
    .await;
}
