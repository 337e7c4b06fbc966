//! A gRPC client with an API key.

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// What the generated clients call through.
pub type Grpc = InterceptedService<Channel, Key>;

/// Puts the API key on every call.
#[derive(Clone)]
pub struct Key(MetadataValue<Ascii>);

impl Key {
    pub(crate) fn new(key: &str) -> Self {
        Self(format!("Bearer {key}").parse().expect("a key is plain text"))
    }
}

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}
