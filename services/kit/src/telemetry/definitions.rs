//! The metrics of this process: their names, labels and meanings.

use std::sync::LazyLock;

use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

pub(super) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let registry = Registry::new();
    #[cfg(target_os = "linux")]
    if let Err(error) =
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
    {
        tracing::warn!(%error, "memory and processor time are not measured");
    }
    registry
});

pub(super) static BUILD: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("crm_build_info", "Always 1; the version that runs.", &["version", "commit"]));
pub(super) static KEYS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "1 for the key that signs or wraps, 0 for one that is only read with.";
    gauges("crm_key_current", help, &["setting", "id"])
});
pub(super) static READY: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_ready", "1 if the process is ready for requests, as /readyz says, else 0."));
pub(super) static CHECKS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("crm_check_passed", "1 if something that the process needs is there, else 0.", &["check"])
});
pub(super) static RPC_SECONDS: LazyLock<HistogramVec> =
    LazyLock::new(|| seconds("crm_rpc_duration_seconds", "Duration of RPCs served.", &["method", "code"]));
pub(super) static RPC_IN_FLIGHT: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_rpc_in_flight", "RPCs being served."));
pub(super) static HTTP_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let labels = ["route", "method", "status"];
    seconds("crm_http_duration_seconds", "Duration of HTTP requests answered.", &labels)
});
pub(super) static HTTP_IN_FLIGHT: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_http_in_flight", "HTTP requests being answered."));
pub(super) static JOB_SECONDS: LazyLock<HistogramVec> =
    LazyLock::new(|| seconds("crm_job_duration_seconds", "Duration of jobs.", &["kind", "outcome"]));
pub(super) static JOBS: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("crm_job_queue_jobs", "Jobs that are not done.", &["database", "kind", "state"]));
pub(super) static JOBS_OLDEST: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "How long the job waits that has been due for longest.";
    gauges("crm_job_oldest_due_seconds", help, &["database", "kind"])
});
pub(super) static DATABASE_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let labels = ["database", "outcome"];
    seconds("crm_database_transaction_seconds", "Duration of database transactions.", &labels)
});
pub(super) static DATABASE_WAIT: LazyLock<HistogramVec> = LazyLock::new(|| {
    let help = "How long transactions waited for a connection, and for the writer's lock of SQLite.";
    seconds("crm_database_wait_seconds", help, &["database"])
});
pub(super) static CONNECTIONS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("crm_database_connections", "Open connections of a pool.", &["database", "pool", "state"])
});
pub(super) static CONNECTION_LIMIT: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "How many connections a pool opens at most.";
    gauges("crm_database_connections_limit", help, &["database", "pool"])
});
pub(super) static PENDING_MIGRATIONS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("crm_database_pending_migrations", "Schema changes that a database lacks.", &["database"])
});
pub(super) static FILE_BYTES: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("crm_database_file_bytes", "Size of an embedded database with its log.", &["database"])
});
pub(super) static DISK_FREE: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_data_disk_free_bytes", "Free space of the disk with the data directory."));
pub(super) static DISK_SIZE: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_data_disk_size_bytes", "Size of the disk with the data directory."));
pub(super) static CERTIFICATE_END: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "When the certificate that is in use ends.";
    gauges("crm_certificate_expiry_timestamp_seconds", help, &["certificate"])
});
pub(super) static FEED_LAG: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("crm_feed_lag_changes", "Changes of a feed that its reader has not applied.", &["reader", "feed"])
});
pub(super) static FEED_PULLED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "When a feed was last pulled and applied, or the process started.";
    gauges("crm_feed_pulled_timestamp_seconds", help, &["reader", "feed"])
});
pub(super) static FEED_ERRORS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let options = Opts::new("crm_feed_errors_total", "Times a feed could not be pulled or applied.");
    register(IntCounterVec::new(options, &["reader", "feed"]))
});
pub(super) static CACHE_HITS: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_hits_total", "Reads of the cache that found a value."));
pub(super) static CACHE_MISSES: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_misses_total", "Reads of the cache that found none."));
pub(super) static CACHE_ERRORS: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_errors_total", "Calls of the cache that failed."));
pub(super) static CHANNEL_EJECTIONS: LazyLock<IntCounter> = LazyLock::new(|| {
    counter("crm_channel_ejections_total", "Times an address was left out after a failure.")
});

fn seconds(name: &str, help: &str, labels: &[&str]) -> HistogramVec {
    // From 1 ms to 10 s: a cached read up to a long report.
    let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    register(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels))
}

fn gauge(name: &str, help: &str) -> IntGauge {
    register(IntGauge::new(name, help))
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    register(IntGaugeVec::new(Opts::new(name, help), labels))
}

fn counter(name: &str, help: &str) -> IntCounter {
    register(IntCounter::new(name, help))
}

#[expect(clippy::expect_used, reason = "names and labels are constants of this file")]
fn register<C: Collector + Clone + 'static>(metric: prometheus::Result<C>) -> C {
    let metric = metric.expect("names and labels are well formed");
    REGISTRY.register(Box::new(metric.clone())).expect("names are unique");
    metric
}
