//! Calls that are carried through, whether or not somebody still waits for the answer.

use std::convert::Infallible;
use std::task::{Context, Poll};

use crm_kit::Error;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;
use tracing::Instrument;

/// A server whose calls end by themselves only. A client that goes away would otherwise stop a call between the commit
/// of a change and the moment when cached callers are forgotten, and the change would not be obeyed yet.
#[derive(Clone)]
pub(crate) struct Finishing<S>(pub(crate) S);

impl<S: NamedService> NamedService for Finishing<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Finishing<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let call = tokio::spawn(self.0.call(request).in_current_span());
        Box::pin(async move {
            call.await.unwrap_or_else(|panic| Ok(Status::from(Error::internal(panic)).into_http()))
        })
    }
}
