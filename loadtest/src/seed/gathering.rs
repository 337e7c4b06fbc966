//! Fills the search indexes of a PostgreSQL faster: rows are gathered, and sorted in many at a time beside the filling.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::servers::Servers;
use crate::suite::SERVICES;

/// How long rows are gathered.
const PAUSE: Duration = Duration::from_secs(2);

/// Does something while search indexes gather; afterwards they are as they were.
pub(super) fn during<T>(servers: &Servers, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let mut indexes = Vec::new();
    for service in SERVICES {
        let database = format!("crm_{service}");
        let gin = "select c.oid::regclass from pg_class c join pg_am a on a.oid = c.relam \
                   where a.amname = 'gin' and c.relkind = 'i'";
        for index in servers.query(&database, gin)?.lines() {
            let gather =
                format!("alter index {index} set (fastupdate = on, gin_pending_list_limit = 2097152)");
            servers.query(&database, &gather)?;
            indexes.push((database.clone(), index.to_owned()));
        }
    }
    let sort = |database: &str, index: &str| {
        servers.query(database, &format!("select gin_clean_pending_list('{index}')")).map(drop)
    };
    let done = AtomicBool::new(false);
    let sweep = |(database, index): &(String, String)| -> Result<()> {
        while !done.load(Ordering::Relaxed) {
            sort(database, index)?;
            thread::sleep(PAUSE);
        }
        Ok(())
    };
    let result = thread::scope(|scope| {
        let sweepers: Vec<_> = indexes.iter().map(|index| scope.spawn(|| sweep(index))).collect();
        let result = work();
        done.store(true, Ordering::Relaxed);
        for sweeper in sweepers {
            sweeper.join().map_err(|_| anyhow!("a search index was not sorted"))??;
        }
        result
    })?;
    for (database, index) in &indexes {
        servers.query(database, &format!("alter index {index} set (fastupdate = off)"))?;
        servers.query(database, &format!("alter index {index} reset (gin_pending_list_limit)"))?;
        sort(database, index)?;
    }
    Ok(result)
}
