//! Logs and metrics.

use std::io::{self, IsTerminal};
use std::sync::LazyLock;

use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogSettings};

/// Starts to write logs to the standard error output; a second call changes nothing.
pub fn init_logs(settings: &LogSettings) {
    // The settings were validated: a filter that cannot be read does not come this far.
    let filter = parse_filter(&settings.filter).unwrap_or_default();
    let registry = tracing_subscriber::registry().with(filter);
    let colours = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colours);
    let _ = match settings.format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
}

/// Reads which log lines are wanted.
pub(crate) fn parse_filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(text)
}

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

/// Records a transaction in the database of a service; the outcome is `committed` or `rolled_back`.
pub fn observe_transaction(database: &str, outcome: &str, seconds: f64) {
    DATABASE_SECONDS.with_label_values(&[database, outcome]).observe(seconds);
}

/// Sets how many changes a reader has not applied yet, of which feed.
pub fn set_feed_lag(reader: &str, feed: &str, changes: i64) {
    FEED_LAG.with_label_values(&[reader, feed]).set(changes);
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

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let registry = Registry::new();
    #[cfg(target_os = "linux")]
    if let Err(error) =
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
    {
        tracing::warn!(%error, "memory and processor time are not measured");
    }
    registry
});

static RPC_SECONDS: LazyLock<HistogramVec> =
    LazyLock::new(|| seconds("crm_rpc_duration_seconds", "Duration of RPCs served.", &["method", "code"]));
static RPC_IN_FLIGHT: LazyLock<IntGauge> = LazyLock::new(|| gauge("crm_rpc_in_flight", "RPCs being served."));
static HTTP_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let labels = ["route", "method", "status"];
    seconds("crm_http_duration_seconds", "Duration of HTTP requests answered.", &labels)
});
static HTTP_IN_FLIGHT: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("crm_http_in_flight", "HTTP requests being answered."));
static JOB_SECONDS: LazyLock<HistogramVec> =
    LazyLock::new(|| seconds("crm_job_duration_seconds", "Duration of jobs.", &["kind", "outcome"]));
static DATABASE_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let labels = ["database", "outcome"];
    seconds("crm_database_transaction_seconds", "Duration of database transactions.", &labels)
});
static FEED_LAG: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let options = Opts::new("crm_feed_lag_changes", "Changes of a feed that its reader has not applied.");
    register(IntGaugeVec::new(options, &["reader", "feed"]))
});
static CACHE_HITS: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_hits_total", "Reads of the cache that found a value."));
static CACHE_MISSES: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_misses_total", "Reads of the cache that found none."));
static CACHE_ERRORS: LazyLock<IntCounter> =
    LazyLock::new(|| counter("crm_cache_errors_total", "Calls of the cache that failed."));
static CHANNEL_EJECTIONS: LazyLock<IntCounter> = LazyLock::new(|| {
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

fn counter(name: &str, help: &str) -> IntCounter {
    register(IntCounter::new(name, help))
}

#[expect(clippy::expect_used, reason = "names and labels are constants of this file")]
fn register<C: Collector + Clone + 'static>(metric: prometheus::Result<C>) -> C {
    let metric = metric.expect("names and labels are well formed");
    REGISTRY.register(Box::new(metric.clone())).expect("names are unique");
    metric
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
    fn a_filter_is_a_level_or_a_level_per_module() {
        assert!(parse_filter("info,crm_identity=debug").is_ok());
        assert!(parse_filter("crm_identity=loud").is_err());
    }
}
