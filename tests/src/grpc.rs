//! A gRPC client with an API key.

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// What the generated clients call through.
pub type Grpc = InterceptedService<Channel, Key>;

/// Puts the API key on every call, and the service that is meant by calls that every service answers.
#[derive(Clone)]
pub struct Key {
    bearer: MetadataValue<Ascii>,
    service: MetadataValue<Ascii>,
}

impl Key {
    pub(crate) fn new(key: &str, service: &str) -> Self {
        Self {
            bearer: format!("Bearer {key}").parse().expect("a key is plain text"),
            service: service.parse().expect("a service has a plain name"),
        }
    }
}

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request.metadata_mut().insert("crm-service", self.service.clone());
        Ok(request)
    }
}
