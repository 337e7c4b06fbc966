//! The layer in front of every service: finds out who calls and whether they may call the method at all.

use std::mem;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpConnectInfo;
use tower::{Layer, Service};

use super::method::{Method, Rule, methods};
use super::resolver::Resolver;
use super::{Access, CALLER_METADATA, Caller, GATEWAY, Origin, denied};
use crate::access_log::{AccessLog, code_name};
use crate::clock::Clock;
use crate::crypto::ClusterKeys;
use crate::error::{Error, Result};

/// Puts an [`Access`] on every request, or answers it.
#[derive(Clone)]
pub struct AccessLayer(Arc<Gate>);

struct Gate {
    resolver: Resolver,
    keys: ClusterKeys,
    clock: Clock,
    log: AccessLog,
}

impl AccessLayer {
    /// A layer that verifies signed callers itself and resolves bearer tokens.
    pub fn new(resolver: Resolver, keys: ClusterKeys, clock: Clock, log: AccessLog) -> Self {
        Self(Arc::new(Gate { resolver, keys, clock, log }))
    }
}

impl Gate {
    async fn admit(
        &self,
        method: &'static Method,
        signed: Result<Option<Arc<Caller>>>,
        token: Option<String>,
        origin: Origin,
    ) -> std::result::Result<Access, (Access, Error)> {
        let caller = match signed {
            Ok(Some(caller)) if caller.service.as_deref() != Some(GATEWAY) => Ok(caller),
            Ok(_) => match token {
                Some(token) => self.resolver.resolve(&token, &origin).await,
                None => Ok(Arc::default()),
            },
            Err(error) => Err(error),
        };
        let (caller, failure) = match caller {
            Ok(caller) => (caller, None),
            // A stale cookie must not keep anyone from signing in again.
            Err(_) if method.rule == Rule::Public => (Arc::default(), None),
            Err(error) => (Arc::default(), Some(error)),
        };
        let access = Access::new(caller, Some(method), origin, self.keys.clone(), self.clock.clone());
        match failure.map_or_else(|| check(&access, method), Err) {
            Ok(()) => Ok(access),
            Err(error) => Err((access, error)),
        }
    }

    /// The caller that a service has signed.
    fn signed(&self, metadata: &MetadataMap) -> Result<Option<Arc<Caller>>> {
        let Some(signed) = metadata.get_bin(CALLER_METADATA) else { return Ok(None) };
        let signed = signed.to_bytes().ok();
        let caller = match signed {
            Some(signed) => self.resolver.signed(&signed)?,
            None => None,
        };
        let message = "send an API key instead of a caller";
        caller
            .map(Some)
            .ok_or_else(|| Error::Unauthenticated { reason: "CALLER_INVALID", message: message.to_owned() })
    }
}

/// The token that was sent, if one was.
fn bearer(metadata: &MetadataMap) -> Option<String> {
    let bearer = metadata.get("authorization").and_then(|value| value.to_str().ok())?;
    let token = bearer.strip_prefix("Bearer ").or_else(|| bearer.strip_prefix("bearer "))?;
    Some(token.trim().to_owned())
}

/// The span of a call. Reading a feed is waiting for most of its time and has none.
fn rpc_span(method: &Method, origin: &Origin) -> tracing::Span {
    match method.path.as_str() {
        "/crm.feed.v1.Feed/Pull" => tracing::Span::none(),
        path => {
            let name = path.trim_start_matches('/');
            crate::telemetry::span(name, "server", &origin.request_id, origin.traceparent.as_deref())
        }
    }
}

fn check(access: &Access, method: &Method) -> Result<()> {
    let caller = access.caller();
    if method.rule == Rule::Public {
        return Ok(());
    }
    if method.rule == Rule::Internal {
        return caller.service.as_ref().map(|_| ()).ok_or_else(|| denied("to be a service of the suite"));
    }
    if caller.user_id.is_nil() && caller.service.is_none() {
        return Err(Error::Unauthenticated {
            reason: "NOT_SIGNED_IN",
            message: "sign in or send an API key".to_owned(),
        });
    }
    if caller.password_change_required && !method.before_password_change {
        let message = "change the password first".to_owned();
        return Err(Error::Denied { reason: "PASSWORD_CHANGE_REQUIRED", message });
    }
    method.permission().map_or(Ok(()), |permission| access.require(permission).map(|_| ()))
}

impl<S> Layer<S> for AccessLayer {
    type Service = AccessService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AccessService { inner, gate: self.0.clone() }
    }
}

/// A service behind the layer.
#[derive(Clone)]
pub struct AccessService<S> {
    inner: S,
    gate: Arc<Gate>,
}

impl<S> Service<Request<Body>> for AccessService<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, std::result::Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let gate = self.gate.clone();
        Box::pin(async move {
            // Methods that no proto of ours declares are the health and reflection services', or unknown to the router.
            let Some(method) = methods().ok().and_then(|methods| methods.get(request.uri().path())) else {
                return inner.call(request).await;
            };
            let metadata = MetadataMap::from_headers(mem::take(request.headers_mut()));
            let peer = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
            let signed = gate.signed(&metadata);
            let origin = Origin::read(&metadata, matches!(signed, Ok(Some(_))), peer);
            let token = bearer(&metadata);
            *request.headers_mut() = metadata.into_headers();
            let (span, id) = (rpc_span(method, &origin), origin.request_id.clone());
            let work = async move {
                match gate.admit(method, signed, token, origin).await {
                    Ok(access) => {
                        request.extensions_mut().insert(gate.log.clone());
                        request.extensions_mut().insert(access);
                        inner.call(request).await
                    }
                    Err((access, error)) => {
                        let status = tonic::Status::from(error);
                        gate.log.append(&access, status.code(), Vec::new()).await;
                        crate::telemetry::observe_rpc(&method.path, code_name(status.code()), 0.0);
                        crate::telemetry::conclude_rpc(status.code());
                        Ok(status.into_http())
                    }
                }
            };
            crate::telemetry::within(span, id, work).await
        })
    }
}
