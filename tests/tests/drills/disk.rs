//! The disk is full.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crm_tests::{Answer, Postgres, Rest, Suite, eventually, run, text};
use serde_json::json;

use crate::{administrators_key, report, turn};

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_the_embedded_database_refuses_writes_clearly_and_loses_nothing() {
    let Some((_turn, _, _)) = turn().await else { return };
    let mut suite =
        Suite::embedded_on_small_disk("96m", &[("CRM__SERVER__PUBLIC_URL", "http://localhost")]).await;
    let key = administrators_key(&mut suite).await;
    let program = suite.program(&key);
    let data = inside(suite.process("customers").id(), &suite.directory().join("data"));
    let ready = suite.admin_url("customers") + "/readyz";
    let ballast = data.join("ballast");

    let mut drill = Drill { program, ready, acknowledged: Vec::new(), refused: 0 };
    drill.write(20).await;
    for _ in 0..2 {
        drill.until_refused(&ballast).await;
        std::fs::remove_file(&ballast).unwrap();
        drill.until_accepted().await;
    }
    drill.demand_all_kept().await;
    suite.demand_all_running();
    for service in ["identity", "customers", "sales"] {
        let check = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=30).execute('PRAGMA integrity_check').fetchall())";
        let file = data.join(format!("{service}.db"));
        assert_eq!(run(Command::new("python3").args(["-c", check]).arg(file)).trim(), "[('ok',)]");
    }
    drill.report("full disk, embedded");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_postgres_refuses_writes_clearly_and_loses_nothing() {
    let Some((_turn, _, redis)) = turn().await else { return };
    let postgres = Postgres::start_with_small_disk("160m").await;
    let disk = postgres.small_disk();
    let disk = format!("create tablespace small location '{}'", disk.display());
    postgres.execute("postgres", &disk).unwrap();
    // What databases are made from; its log stays on the large disk, as it does on a volume of its own.
    postgres.execute("postgres", "alter database template1 set tablespace small").unwrap();
    let mut suite = Suite::replicated(&postgres.url(), &redis, &[]).await;
    let key = administrators_key(&mut suite).await;
    let program = suite.program(&key);

    let ready = suite.admin_url("customers") + "/readyz";
    let mut drill = Drill { program, ready, acknowledged: Vec::new(), refused: 0 };
    drill.write(20).await;
    let ballast = inside(postgres.id(), &postgres.small_disk()).join("ballast");
    for _ in 0..2 {
        drill.until_refused(&ballast).await;
        std::fs::remove_file(&ballast).unwrap();
        drill.until_accepted().await;
    }
    drill.demand_all_kept().await;
    suite.demand_all_running();
    drill.report("full disk, Postgres");
}

/// A directory as a process sees it.
fn inside(process: u32, directory: &Path) -> PathBuf {
    PathBuf::from(format!("/proc/{process}/root")).join(directory.strip_prefix("/").unwrap())
}

/// Takes all the room that is left.
fn fill(ballast: &Path) {
    let mut file = File::options().create(true).append(true).open(ballast).unwrap();
    for size in [1 << 20, 1 << 12, 1] {
        let block = vec![1; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// A program that writes while the disk is full.
struct Drill {
    program: Rest,
    ready: String,
    acknowledged: Vec<(String, String)>,
    refused: usize,
}

impl Drill {
    async fn create(&mut self) -> Option<Answer> {
        let name = format!("Acme {}", self.acknowledged.len() + self.refused);
        // Long enough that a few of them need new pages.
        let account = json!({ "name": name, "description": "x".repeat(8000) });
        let answer = self.program.post("/v1/accounts", account).await;
        if answer.status == 200 {
            self.acknowledged.push((text(&answer.body["id"]), name));
            return None;
        }
        self.refused += 1;
        Some(answer)
    }

    async fn write(&mut self, accounts: usize) {
        for _ in 0..accounts {
            let refused = self.create().await;
            assert!(refused.is_none(), "{refused:?}");
        }
    }

    /// Writes until it is refused; reading goes on, and the process says what is wrong.
    async fn until_refused(&mut self, ballast: &Path) {
        let refused = loop {
            // The database itself gives room back when it moves its log into its file.
            fill(ballast);
            if let Some(refused) = self.create().await {
                break refused;
            }
        };
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
        refused.refused(503, "STORAGE_FULL");
        let (id, name) = &self.acknowledged[0];
        let account = self.program.get(&format!("/v1/accounts/{id}")).await.ok();
        assert_eq!(&text(&account["name"]), name);
        eventually("readiness to tell", async || {
            fill(ballast);
            self.create().await;
            let ready = reqwest::get(&self.ready).await.unwrap();
            assert_eq!(ready.status(), 200, "what can be read is still to be had");
            ready.text().await.unwrap().contains("storage/").then_some(())
        })
        .await;
    }

    /// Once there is room again, everything works again.
    async fn until_accepted(&mut self) {
        eventually("a write to be accepted", async || self.create().await.is_none().then_some(())).await;
        self.write(10).await;
        eventually("readiness to tell", async || {
            let said = reqwest::get(&self.ready).await.unwrap().text().await.unwrap();
            (!said.contains("storage/")).then_some(())
        })
        .await;
    }

    async fn demand_all_kept(&self) {
        let kept = self.program.all("/v1/accounts", "accounts", &[("page_size", "200")]).await;
        let mut kept: Vec<_> = kept.iter().map(|row| (text(&row["id"]), text(&row["name"]))).collect();
        let mut acknowledged = self.acknowledged.clone();
        kept.sort();
        acknowledged.sort();
        assert_eq!(kept, acknowledged, "what was acknowledged is there, and nothing that was refused");
    }

    fn report(&self, drill: &str) {
        let (acknowledged, refused) = (self.acknowledged.len(), self.refused);
        report(drill, &format!("{acknowledged} writes acknowledged and kept, {refused} refused"));
    }
}
