//! Measures reports on a million opportunities.

use std::time::Instant;

use crm_kit::access::Scope;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::*;
use uuid::Uuid;

use crate::reports::*;

async fn one(harness: &Harness, caller: &TestCaller, report: &str, start: &str) -> usize {
    let (start_month, end_month) = (start.to_owned(), "2026-01".to_owned());
    use prost::Message;
    match report {
        "funnel" => {
            funnel(harness, caller, GetFunnelRequest { start_month, end_month, ..Default::default() })
                .await
                .unwrap()
                .encoded_len()
        }
        "pipeline" => pipeline(harness, caller, Default::default()).await.unwrap().encoded_len(),
        "sales" => {
            sales(harness, caller, GetSalesReportRequest { start_month, end_month, ..Default::default() })
                .await
                .unwrap()
                .encoded_len()
        }
        "forecast" => {
            let end_month = if start == "2025-02" { "2027-01" } else { "2026-01" }.to_owned();
            let start_month = if start == "2025-02" { "2026-02" } else { start }.to_owned();
            forecast(harness, caller, GetForecastRequest { start_month, end_month, ..Default::default() })
                .await
                .unwrap()
                .encoded_len()
        }
        other => {
            let dimension = match other {
                "reason" => 1,
                "source" => 2,
                "owner" => 3,
                _ => 4,
            };
            outcomes(
                harness,
                caller,
                GetOutcomeReportRequest { start_month, end_month, dimension, ..Default::default() },
            )
            .await
            .unwrap()
            .encoded_len()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore]
async fn measure() {
    crate::run(async |harness| {
        let ids: Vec<Uuid> = std::fs::read_to_string("/tmp/reports/ids.txt").unwrap().lines().map(|l| l.parse().unwrap()).collect();
        let org = ids[0];
        harness.identity.put_organization(org, "CNY", "Asia/Shanghai");
        crate::known(harness, org).await;
        let kind = if harness.on_postgres() { "pg" } else { "sqlite" };
        let t = Instant::now();
        let script = std::fs::read_to_string(format!("/tmp/reports/seed_{kind}.txt")).unwrap();
        for line in script.lines() { harness.tamper(line).await; }
        eprintln!("{kind}: seeded in {:?}", t.elapsed());
        let base = |user: Uuid| harness.caller(org).user(user);
        let all = base(crm_kit::id::new()).grant("*", Scope::All);
        let everyone = base(crm_kit::id::new()).department(ids[2], &ids[3..]).grant("*", Scope::Subtree);
        let region = base(crm_kit::id::new()).department(ids[3], &[ids[8], ids[12], ids[16], ids[20]]).grant("*", Scope::Subtree);
        let most: Vec<Uuid> = ids[3..20].to_vec();
        let most = base(crm_kit::id::new()).department(ids[2], &most).grant("*", Scope::Subtree);
        let own = base(ids[1]).grant("*", Scope::Own);
        for (start, months) in [("2025-02", 12), ("2023-02", 36)] {
            for (name, caller) in [("all", &all), ("subtree of 200", &everyone), ("subtree of 160", &most), ("subtree of 53", &region), ("own", &own)] {
                for report in ["funnel", "pipeline", "sales", "reason", "source", "owner", "department", "forecast"] {
                    let (mut cold, mut warm, mut size) = (Vec::new(), Vec::new(), 0);
                    one(harness, caller, report, start).await;
                    let cpu = || { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) * 10.0 };
                    let c0 = cpu();
                    for _ in 0..10 { one(harness, caller, report, start).await; }
                    let c1 = cpu();
                    for _ in 0..5 { harness.tamper("UPDATE stamps SET changes = changes + 1").await; one(harness, caller, report, start).await; }
                    let c2 = cpu();
                    for _ in 0..4 {
                        harness.tamper("UPDATE stamps SET changes = changes + 1").await;
                        let t = Instant::now();
                        one(harness, caller, report, start).await;
                        cold.push(t.elapsed().as_micros() / 100);
                        let t = Instant::now();
                        size = one(harness, caller, report, start).await;
                        warm.push(t.elapsed().as_micros() / 100);
                    }
                    cold[1..].sort(); warm.sort();
                    eprintln!("{kind} {months} months {name:15} {report:10} uncached {:6.1} ms cached {:5.1} ms ({size} bytes); cpu uncached {:5.0} cached {:5.0}; {cold:?}", cold[1] as f64 / 10.0, warm[0] as f64 / 10.0, (c2 - c1) / 5.0, (c1 - c0) / 10.0);
                }
            }
        }
    }).await;
}
