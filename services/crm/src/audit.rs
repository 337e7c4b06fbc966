//! `crm audit verify`.

use std::process::ExitCode;

use anyhow::Result;
use crm_kit::config::Settings;
use crm_kit::ledger;

use crate::print;
use crate::process::Process;

/// Proves every log of every service; names the entries that do not stand. A failing code if there is one.
pub(crate) async fn verify(settings: Settings) -> Result<ExitCode> {
    let process = Process::connect(settings).await?;
    let mut whole = true;
    for db in process.databases() {
        for log in ["changes", "access_records"] {
            let (mut after, mut checked, mut removed) = (0, 0, 0);
            let head = loop {
                let stretch = ledger::verify(db, log, after).await?;
                checked += stretch.checked;
                removed = removed.max(stretch.removed);
                for fault in &stretch.faults {
                    whole = false;
                    let id = fault.id.map(|id| format!(", id {id}")).unwrap_or_default();
                    print(&format!(
                        "{} {log}: position {}{id}: {}",
                        db.service(),
                        fault.position,
                        fault.reason
                    ));
                }
                if stretch.complete {
                    break stretch.head;
                }
                after = stretch.position;
            };
            if removed > 0 {
                print(&format!("{} {log}: the first {removed} were removed after their time", db.service()));
            }
            print(&format!("{} {log}: {checked} entries checked, head {}", db.service(), hex::encode(head)));
        }
    }
    process.stop().await?;
    print(if whole { "the logs stand as they were written" } else { "the logs were changed" });
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
