//! What is counted and measured. docs/metrics.md lists it, and a test compares the two.
//!
//! A series that appears with its first failure hides that failure from `rate()`, so what can fail is there from the
//! start at zero.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus::core::Collector;
use prometheus::{IntGauge, IntGaugeVec, Registry, TextEncoder};

use super::definitions::*;

/// The registry of all metrics of this process.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

/// All metrics in the text format that Prometheus reads.
pub fn metrics_text() -> String {
    TextEncoder::new().encode_to_string(&REGISTRY.gather()).unwrap_or_else(|error| {
        tracing::error!(%error, "the metrics cannot be written");
        String::new()
    })
}

/// Shows which version runs, from which commit it was built, and every metric that has no label.
pub fn expose_process(version: &str, commit: &str) {
    BUILD.with_label_values(&[version, commit]).set(1);
    for gauge in [&RPC_IN_FLIGHT, &HTTP_IN_FLIGHT, &READY] {
        LazyLock::force(gauge);
    }
    for counter in [&CACHE_HITS, &CACHE_MISSES, &CACHE_ERRORS, &CHANNEL_EJECTIONS] {
        LazyLock::force(counter);
    }
}

/// Shows a method of this process before it is called.
pub(crate) fn expose_rpc(method: &str) {
    RPC_SECONDS.with_label_values(&[method, "OK"]);
}

/// Shows a database before it is written to.
pub(crate) fn expose_database(database: &str) {
    for outcome in ["committed", "rolled_back"] {
        DATABASE_SECONDS.with_label_values(&[database, outcome]);
    }
    DATABASE_WAIT.with_label_values(&[database]);
}

/// Shows a kind of job before one is done.
pub(crate) fn expose_job(database: &str, kind: &str) {
    for outcome in ["done", "failed"] {
        JOB_SECONDS.with_label_values(&[kind, outcome]);
    }
    set_queue(database, kind, Queue::default());
}

/// Shows a feed before anything was pulled; its last pull counts as of now.
pub(crate) fn expose_feed(reader: &str, feed: &str) {
    FEED_ERRORS.with_label_values(&[reader, feed]);
    set_feed_lag(reader, feed, 0);
    feed_pulled(reader, feed);
}

/// Records an RPC that was served: its full method name and the name of its gRPC code.
pub fn observe_rpc(method: &str, code: &str, seconds: f64) {
    RPC_SECONDS.with_label_values(&[method, code]).observe(seconds);
}

/// Records an HTTP request that was answered: the template of its route, never its path.
pub fn observe_http(route: &str, method: &str, status: u16, seconds: f64) {
    HTTP_SECONDS.with_label_values(&[route, method, &status.to_string()]).observe(seconds);
}

/// Records a job that ended, by its kind; the outcome is `done` or `failed`.
pub fn observe_job(kind: &str, outcome: &str, seconds: f64) {
    JOB_SECONDS.with_label_values(&[kind, outcome]).observe(seconds);
}

/// The jobs of one kind that are not done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Queue {
    /// Those whose time has come.
    pub due: i64,
    /// Those whose time has not come, that are being done, or that failed and wait to be tried again.
    pub scheduled: i64,
    /// Those that were given up.
    pub dead: i64,
    /// Since when the first of those that are due is due.
    pub oldest_due: Duration,
}

/// Sets how many jobs are not done, by kind; of the other kinds there are none.
pub(crate) fn set_queues(database: &str, mut queues: HashMap<String, Queue>) {
    for kind in shown(&JOBS_OLDEST, ("database", database), "kind") {
        queues.entry(kind).or_default();
    }
    for (kind, queue) in queues {
        set_queue(database, &kind, queue);
    }
}

fn set_queue(database: &str, kind: &str, queue: Queue) {
    for (state, jobs) in [("due", queue.due), ("scheduled", queue.scheduled), ("dead", queue.dead)] {
        JOBS.with_label_values(&[database, kind, state]).set(jobs);
    }
    JOBS_OLDEST.with_label_values(&[database, kind]).set(whole(queue.oldest_due.as_secs()));
}

/// Records a transaction in the database of a service; the outcome is `committed` or `rolled_back`.
pub fn observe_transaction(database: &str, outcome: &str, seconds: f64) {
    DATABASE_SECONDS.with_label_values(&[database, outcome]).observe(seconds);
}

/// Records how long a transaction waited until it could begin.
pub(crate) fn observe_wait(database: &str, seconds: f64) {
    DATABASE_WAIT.with_label_values(&[database]).observe(seconds);
}

pub(super) fn set_connections(database: &str, pool: &str, used: i64, idle: i64, limit: i64) {
    CONNECTIONS.with_label_values(&[database, pool, "used"]).set(used);
    CONNECTIONS.with_label_values(&[database, pool, "idle"]).set(idle);
    CONNECTION_LIMIT.with_label_values(&[database, pool]).set(limit);
}

/// Sets how many schema changes a database lacks.
pub(crate) fn set_pending_migrations(database: &str, pending: usize) {
    PENDING_MIGRATIONS.with_label_values(&[database]).set(whole(pending as u64));
}

pub(super) fn set_file_bytes(database: &str, bytes: u64) {
    FILE_BYTES.with_label_values(&[database]).set(whole(bytes));
}

pub(super) fn set_disk(free: u64, size: u64) {
    DISK_FREE.set(whole(free));
    DISK_SIZE.set(whole(size));
}

/// Sets whether the process is ready, and whether what it needs is there.
pub(crate) fn set_ready<'c>(ready: bool, checks: impl IntoIterator<Item = (&'c str, bool)>) {
    READY.set(ready.into());
    for (check, passed) in checks {
        CHECKS.with_label_values(&[check]).set(passed.into());
    }
}

/// Sets when the certificate that is in use ends, by where it is used.
pub(crate) fn set_certificate_end(certificate: &str, timestamp: i64) {
    CERTIFICATE_END.with_label_values(&[certificate]).set(timestamp);
}

/// Sets which keys of a setting are loaded, by their ids, the current one first; there are no others any more.
pub fn set_keys(setting: &str, ids: &[&str]) {
    for (position, id) in ids.iter().enumerate() {
        KEYS.with_label_values(&[setting, id]).set((position == 0).into());
    }
    for former in shown(&KEYS, ("setting", setting), "id") {
        if !ids.contains(&former.as_str()) {
            let _ = KEYS.remove_label_values(&[setting, &former]);
        }
    }
}

/// The values that a label has in the series in which another one has this value.
fn shown(gauges: &IntGaugeVec, (other, value): (&str, &str), name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for metric in gauges.collect().iter().flat_map(|family| family.get_metric()) {
        let label = |name: &str| metric.get_label().iter().find(|label| label.name() == name);
        if label(other).is_some_and(|label| label.value() == value) {
            values.extend(label(name).map(|label| label.value().to_owned()));
        }
    }
    values
}

/// Sets how many changes a reader has not applied yet, of which feed.
pub fn set_feed_lag(reader: &str, feed: &str, changes: i64) {
    FEED_LAG.with_label_values(&[reader, feed]).set(changes);
}

/// Notes that a feed was pulled and applied just now.
pub(crate) fn feed_pulled(reader: &str, feed: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    FEED_PULLED.with_label_values(&[reader, feed]).set(whole(now.as_secs()));
}

/// Counts a pull of a feed that failed, or changes that could not be applied.
pub(crate) fn count_feed_error(reader: &str, feed: &str) {
    FEED_ERRORS.with_label_values(&[reader, feed]).inc();
}

/// Counts an RPC as in flight until the guard is dropped.
pub fn rpc_in_flight() -> InFlight {
    InFlight::enter(&RPC_IN_FLIGHT)
}

/// Counts an HTTP request as in flight until the guard is dropped.
pub fn http_in_flight() -> InFlight {
    InFlight::enter(&HTTP_IN_FLIGHT)
}

/// Counts something as in flight while it lives.
pub struct InFlight(&'static IntGauge);

impl InFlight {
    fn enter(gauge: &'static IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts reads of the cache that found a value, and those that did not.
pub(crate) fn count_cache_reads(hits: usize, misses: usize) {
    CACHE_HITS.inc_by(hits as u64);
    CACHE_MISSES.inc_by(misses as u64);
}

/// Counts a call of the cache that failed.
pub(crate) fn count_cache_error() {
    CACHE_ERRORS.inc();
}

/// Counts an address of a service that is left out for a while.
pub(crate) fn count_ejection() {
    CHANNEL_EJECTIONS.inc();
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_observed_is_in_the_text() {
        observe_rpc("crm.test.v1.Things/GetThing", "OK", 0.002);
        observe_http("/v1/things/{id}", "GET", 404, 0.003);
        observe_job("test.purge", "done", 1.5);
        observe_transaction("test", "committed", 0.004);
        set_feed_lag("test", "things", 3);
        let guard = rpc_in_flight();
        let text = metrics_text();
        for line in [
            r#"crm_rpc_duration_seconds_bucket{code="OK",method="crm.test.v1.Things/GetThing",le="0.0025"} 1"#,
            r#"crm_http_duration_seconds_count{method="GET",route="/v1/things/{id}",status="404"} 1"#,
            r#"crm_job_duration_seconds_sum{kind="test.purge",outcome="done"} 1.5"#,
            r#"crm_database_transaction_seconds_count{database="test",outcome="committed"} 1"#,
            r#"crm_feed_lag_changes{feed="things",reader="test"} 3"#,
            "crm_rpc_in_flight 1",
            "process_resident_memory_bytes",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        drop(guard);
        assert!(metrics_text().contains("crm_rpc_in_flight 0"));
    }

    #[test]
    fn keys_are_shown_while_they_are_loaded() {
        let lines = || {
            let text = metrics_text();
            let lines = text.lines().filter(|line| line.contains("security.test_keys"));
            lines.map(|line| line.replace(r#",setting="security.test_keys""#, "")).collect::<Vec<_>>()
        };
        set_keys("security.test_keys", &["old", "new"]);
        assert_eq!(lines(), [r#"crm_key_current{id="new"} 0"#, r#"crm_key_current{id="old"} 1"#]);
        set_keys("security.test_keys", &["new"]);
        assert_eq!(lines(), [r#"crm_key_current{id="new"} 1"#]);
    }

    #[test]
    fn what_has_not_happened_is_there_at_zero() {
        expose_process("1.2.3", "0a1b2c3");
        expose_rpc("/crm.test.v1.Things/ListThings");
        expose_database("zero");
        expose_job("zero", "zero.purge");
        expose_feed("zero", "things");
        let text = metrics_text();
        for line in [
            r#"crm_build_info{commit="0a1b2c3",version="1.2.3"} 1"#,
            r#"crm_rpc_duration_seconds_count{code="OK",method="/crm.test.v1.Things/ListThings"} 0"#,
            r#"crm_database_transaction_seconds_count{database="zero",outcome="rolled_back"} 0"#,
            r#"crm_job_duration_seconds_count{kind="zero.purge",outcome="failed"} 0"#,
            r#"crm_job_queue_jobs{database="zero",kind="zero.purge",state="dead"} 0"#,
            r#"crm_feed_errors_total{feed="things",reader="zero"} 0"#,
            "crm_cache_hits_total ",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }
}
