//! Channels.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::error::{Error, Result};
use crate::tls::Tls;

type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// The way to a service.
#[derive(Clone)]
pub struct Channel(BoxCloneSyncService<Request, Response, Status>);

impl Channel {
    /// Calls a service in this process.
    pub fn local<S>(service: S) -> Self
    where
        S: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
        S::Error: Into<tower::BoxError>,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service.map_err(|error| Status::from_error(error.into()))))
    }
    /// Calls a service over the network.
    pub fn remote(_url: &str, _tls: Option<&Tls>) -> Result<Self> {
        Err(Error::Unavailable)
    }
}

impl Service<Request> for Channel {
    type Response = Response;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response, Status>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.0.poll_ready(context)
    }
    fn call(&mut self, request: Request) -> Self::Future {
        self.0.call(request)
    }
}
