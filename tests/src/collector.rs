//! A collector of traces that keeps what it receives.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// Receives traces as OpenTelemetry's collector does, over OTLP and gRPC.
#[derive(Clone)]
pub struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

/// A part of a trace.
#[derive(Clone, Debug)]
pub struct Span {
    /// The process that it happened in.
    pub process: String,
    /// What happened.
    pub name: String,
    /// The trace, in hexadecimal.
    pub trace: String,
    /// The id, in hexadecimal.
    pub id: String,
    /// The id of the part that it is a part of, in hexadecimal; empty for the first.
    pub parent: String,
    /// The request.
    pub request_id: String,
}

impl Collector {
    /// Starts to listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let collector = Self { url, spans: Arc::default() };
        let server = Server::builder().add_service(TraceServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        collector
    }

    /// How it is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was received of a trace so far.
    pub fn trace(&self, trace: &str) -> Vec<Span> {
        let spans = self.spans.lock().expect("nobody panics with it");
        spans.iter().filter(|span| span.trace == trace).cloned().collect()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = self.spans.lock().expect("nobody panics with it");
        for resource in request.into_inner().resource_spans {
            let process = resource.resource.map(|resource| attribute(&resource.attributes, "service.name"));
            let process = process.unwrap_or_default();
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans).map(|span| Span {
                process: process.clone(),
                trace: hexadecimal(&span.trace_id),
                id: hexadecimal(&span.span_id),
                parent: hexadecimal(&span.parent_span_id),
                request_id: attribute(&span.attributes, "request_id"),
                name: span.name,
            }));
        }
        Ok(ExportTraceServiceResponse::default().into())
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        _ => String::new(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
