//! The way to a service, wherever it runs: generated clients are made over it, as `AccountsClient::new(channel)`.

mod hold;
mod peer;
mod pool;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderValue, Uri};
use rustls::pki_types::ServerName;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Endpoint;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

use crate::config::invalid;
use crate::error::{Error, Result};
use crate::server::SERVICE_METADATA;
use crate::tls::Tls;
use pool::Pool;

type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// The way to a service in this process or in others.
#[derive(Clone)]
pub struct Channel(Way);

#[derive(Clone)]
enum Way {
    Local(BoxCloneSyncService<Request, Response, Status>),
    Remote(Arc<Pool>),
}

impl Channel {
    /// Calls a service in this process, such as `tonic::service::Routes`.
    pub fn local<S, B>(service: S) -> Self
    where
        S: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service
            .map_response(|response: http::Response<B>| response.map(Body::new))
            .map_err(|error: S::Error| Status::from_error(error.into()));
        Self(Way::Local(BoxCloneSyncService::new(service)))
    }

    /// Says on every call which service is meant: the process at the other end may have several, all of which mount the
    /// shared RPCs.
    pub fn to_service(self, name: &str) -> Result<Self> {
        let name = HeaderValue::from_str(name).map_err(Error::internal)?;
        Ok(Self::local(self.map_request(move |mut request: Request| {
            request.headers_mut().insert(SERVICE_METADATA, name.clone());
            request
        })))
    }

    /// Calls a service over the network, at all addresses that the host of the URL has; with TLS if it is https.
    /// Connects with the first call and needs a runtime.
    pub fn remote(url: &str, tls: Option<&Tls>) -> Result<Self> {
        let wrong = |error: &dyn fmt::Display| invalid(format!("services: {url}: {error}"));
        let uri: Uri = url.parse().map_err(|error| wrong(&error))?;
        let secure = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let security = match tls {
            _ if !secure => None,
            None => return Err(wrong(&"https needs tls.internal")),
            Some(tls) => {
                let of_url = || ServerName::try_from(host.clone());
                let name = tls.server_name().map_or_else(of_url, Ok).map_err(|error| wrong(&error))?;
                Some((tls.clone(), name))
            }
        };
        // tonic would refuse https without TLS of its own; the origin is what the service sees.
        let plain = url.replacen("https://", "http://", 1);
        let endpoint = Endpoint::from_shared(plain).map_err(|error| wrong(&error))?.origin(uri);
        let look_up = move || {
            let host = host.clone();
            async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }.boxed()
        };
        Ok(Self(Way::Remote(Pool::start(endpoint, security, Box::new(look_up)))))
    }
}

impl Service<Request> for Channel {
    type Response = Response;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response, Status>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        match &mut self.0 {
            Way::Local(service) => service.poll_ready(context),
            Way::Remote(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match &mut self.0 {
            Way::Local(service) => service.call(request),
            Way::Remote(pool) => pool.clone().call(request).boxed(),
        }
    }
}
