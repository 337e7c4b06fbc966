//! Spans: what was done for one request, in every process that it passed through.
//!
//! Every span carries the id of its request, and so does every log line that is written inside it. They become a trace
//! only if the settings say where to send it.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Status, TraceContextExt, TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tonic::Code;
use tracing::{Instrument, Span, error_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

use crate::access_log::code_name;
use crate::config::{TraceSettings, invalid};
use crate::error::Result;

const TRACEPARENT: &str = "traceparent";
/// How long a collector may take for a batch, and for the last one at the end.
const EXPORT: Duration = Duration::from_secs(5);

tokio::task_local! {
    static REQUEST: String;
}

/// The traces that were not sent yet.
#[must_use]
pub struct Export(Option<SdkTracerProvider>);

impl Export {
    /// Sends what was not sent yet, if the collector takes it in time.
    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        // It waits for a thread of its own.
        let finish = move || provider.shutdown_with_timeout(EXPORT);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(finish).await {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Turns spans into traces.
type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// The layer that makes traces of the suite's own spans; none if there is no endpoint.
pub(super) fn layer(settings: &TraceSettings, name: &str) -> Result<(Export, Option<Spans>)> {
    if settings.endpoint.is_empty() {
        return Ok((Export(None), None));
    }
    crate::tls::install_provider();
    let exporter =
        SpanExporter::builder().with_tonic().with_endpoint(&settings.endpoint).with_timeout(EXPORT);
    let exporter = exporter.build().map_err(|error| invalid(format!("traces.endpoint: {error}")))?;
    // A request is traced wholly or not at all: whoever begins decides for all that follow.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample_ratio)));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler)
        .with_resource(Resource::builder().with_service_name(name.to_owned()).build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("crm"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        // Libraries have spans too, and the exporter would trace its own calls.
        .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with("crm_")));
    Ok((Export(Some(provider)), Some(layer.boxed())))
}

/// A span for a part of a request; `kind` is OpenTelemetry's, such as `server`. It continues the trace of the header
/// `traceparent` if one is given, else that of the span around it.
pub fn span(name: &str, kind: &str, request_id: &str, traceparent: Option<&str>) -> Span {
    // Log lines name the request however few of them are wanted, so the span has the highest level.
    let span = error_span!("work", request_id, otel.name = name, otel.kind = kind);
    if let Some(header) = traceparent {
        let carrier = HashMap::from([(TRACEPARENT.to_owned(), header.to_owned())]);
        // It fails only where traces are not made.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }
    span
}

/// Gives a span another name, now that more is known.
pub fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// Notes on a span how the work ended.
pub fn conclude(span: &Span, key: &'static str, outcome: String, failed: bool) {
    if failed {
        span.set_status(Status::error(outcome.clone()));
    }
    span.set_attribute(key, outcome);
}

/// Notes on the span of the RPC that is served how it ended.
pub(crate) fn conclude_rpc(code: Code) {
    let faults = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unavailable, Code::DeadlineExceeded];
    conclude(&Span::current(), "rpc.grpc.status", code_name(code).to_owned(), faults.contains(&code));
}

/// The header `traceparent` by which another process continues the trace of a span; none where traces are not made.
pub fn traceparent(span: &Span) -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Does work for a request inside a span; what the suite itself does meanwhile belongs to the request too.
pub async fn within<T>(span: Span, request_id: String, work: impl Future<Output = T>) -> T {
    REQUEST.scope(request_id, work.instrument(span)).await
}

/// The id of the request that is worked on, or a new one.
pub fn request_id() -> String {
    REQUEST.try_with(Clone::clone).unwrap_or_else(|_| crate::id::new().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_for_a_request_has_its_id() {
        let span = span("test", "internal", "r-1", None);
        within(span, "r-1".to_owned(), async {
            assert_eq!(request_id(), "r-1");
        })
        .await;
        assert_ne!(request_id(), "r-1");
    }

    #[test]
    fn without_an_endpoint_nothing_is_traced() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(traceparent(&span("test", "server", "r-1", Some(parent))), None);
    }
}
