//! Fills the search indexes of a PostgreSQL faster: more rows are gathered than at work, and sorted in beside the filling.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::servers::Servers;
use crate::suite::SERVICES;

/// How long rows are gathered.
const PAUSE: Duration = Duration::from_secs(2);

/// Does something while search indexes gather; afterwards they are as they were.
pub(super) fn during<T>(servers: &Servers, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let mut indexes = Vec::new();
    for service in SERVICES {
        let database = format!("crm_{service}");
        let gin = "select c.oid::regclass, array_to_string(c.reloptions, ', ') \
                   from pg_class c join pg_am a on a.oid = c.relam where a.amname = 'gin' and c.relkind = 'i'";
        for line in servers.query(&database, gin)?.lines() {
            let (index, options) = line.split_once('|').context("an index and its options")?;
            servers
                .query(&database, &format!("alter index {index} set (gin_pending_list_limit = 2097152)"))?;
            indexes.push((database.clone(), index.to_owned(), options.to_owned()));
        }
    }
    let sort = |database: &str, index: &str| {
        servers.query(database, &format!("select gin_clean_pending_list('{index}')")).map(drop)
    };
    let done = AtomicBool::new(false);
    let sweep = |(database, index, _): &(String, String, String)| -> Result<()> {
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
    for (database, index, options) in &indexes {
        servers.query(database, &format!("alter index {index} set ({options})"))?;
        sort(database, index)?;
    }
    Ok(result)
}
