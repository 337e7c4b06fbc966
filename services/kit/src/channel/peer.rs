//! One address of a service.

use std::convert::Infallible;
use std::error::Error;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use http::Uri;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tower::ServiceExt;

use super::{Request, Response};
use crate::telemetry;
use crate::tls::Tls;

/// How long it may take to reach a machine,
const CONNECT: Duration = Duration::from_secs(2);
/// and how long a process there that is busy may take to agree on keys. Who gave up earlier would begin anew, at another
/// one that is as busy, and keep all of them from ever agreeing.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After a failed connection the calls that were queued for it fail at once, not one after another.
const QUIET: Duration = Duration::from_millis(100);
/// How long an address is left out after a failure, doubled with every further one up to the longest.
const EJECTION: Duration = Duration::from_secs(1);
const LONGEST_EJECTION: Duration = Duration::from_secs(10);

/// The certificates to connect with and the name to expect.
pub(super) type Security = Option<(Tls, ServerName<'static>)>;

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection could be made.
    Unreachable,
    /// The connection was being closed in good order, and the request was not sent.
    Closed,
    /// The answer did not come in time.
    Late,
    /// The connection broke, and nobody knows whether the service has seen the request.
    Broken,
}

impl Failure {
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut causes = std::iter::successors(Some(error), |cause| (*cause).source());
        let known = causes.find_map(|cause| {
            let closed = cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled);
            if cause.is::<ConnectError>() {
                Some(Self::Unreachable)
            } else if cause.is::<TimeoutExpired>() {
                Some(Self::Late)
            } else {
                closed.then_some(Self::Closed)
            }
        });
        known.unwrap_or(Self::Broken)
    }

    /// Whether the request can be sent again without being done twice.
    pub(super) fn is_unsent(self) -> bool {
        matches!(self, Self::Unreachable | Self::Closed)
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Late => Self::deadline_exceeded("the service did not answer in time, try again"),
            _ => Self::unavailable("the service cannot be reached, try again"),
        }
    }
}

/// One address of a service, with two connections, because one connection is the work of one task.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    connections: [Channel; 2],
    calls: AtomicUsize,
    in_flight: AtomicUsize,
    failures: AtomicU32,
    ejected_until: AtomicU64,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, endpoint: &Endpoint, security: &Security) -> Arc<Self> {
        let open = || {
            let (security, quiet_until) = (security.clone(), Arc::new(AtomicU64::new(0)));
            endpoint.connect_with_connector_lazy(tower::service_fn(move |_: Uri| {
                connect(address, security.clone(), quiet_until.clone())
            }))
        };
        Arc::new(Self {
            address,
            connections: [open(), open()],
            calls: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            failures: AtomicU32::new(0),
            ejected_until: AtomicU64::new(0),
        })
    }

    pub(super) async fn call(&self, request: Request) -> Result<Response, Failure> {
        let _counted = Counted::new(&self.in_flight);
        let connection = &self.connections[self.calls.fetch_add(1, Relaxed) % self.connections.len()];
        let answered = match connection.clone().oneshot(request).await {
            Ok(response) => whole(response).await.map_err(|error| (Failure::Broken, format!("{error:?}"))),
            Err(error) => Err((Failure::of(&error), format!("{error:?}"))),
        };
        match answered {
            Ok(response) => {
                let code =
                    response.headers().get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()));
                if code == Some(Code::Unavailable) {
                    self.eject("it answered that it is not available");
                } else if self.failures.load(Relaxed) > 0 {
                    self.failures.store(0, Relaxed);
                    self.ejected_until.store(0, Relaxed);
                }
                Ok(response)
            }
            Err((failure, reason)) => {
                if matches!(failure, Failure::Unreachable | Failure::Broken) {
                    self.eject(&reason);
                }
                Err(failure)
            }
        }
    }

    /// Whether the address is not left out.
    pub(super) fn is_available(&self) -> bool {
        self.ejected_until.load(Relaxed) <= now()
    }

    /// How many calls have no answer yet.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Leaves the address out for a while; of calls that fail together only one counts.
    fn eject(&self, reason: &str) {
        if !self.is_available() {
            return;
        }
        let failures = self.failures.fetch_add(1, Relaxed);
        let pause = (EJECTION * 2_u32.pow(failures.min(4))).min(LONGEST_EJECTION);
        self.ejected_until.store(now() + millis(pause), Relaxed);
        telemetry::count_ejection();
        if failures == 0 {
            tracing::warn!(address = %self.address, reason, "an address of a service is left out for a while");
        }
    }
}

/// Waits for all of an answer: one that breaks off is none. No method answers with a stream.
async fn whole(response: Response) -> Result<Response, Status> {
    if response.body().is_end_stream() {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let body = body.collect().await?;
    let trailers = ready(body.trailers().cloned().map(Ok::<_, Infallible>));
    Ok(Response::from_parts(head, Body::new(Full::new(body.to_bytes()).with_trailers(trailers))))
}

/// Counts a call while it waits for its answer, or until it is given up.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

type Stream = TokioIo<Either<TcpStream, Box<TlsStream<TcpStream>>>>;

async fn connect(address: SocketAddr, security: Security, quiet_until: Arc<AtomicU64>) -> io::Result<Stream> {
    if now() < quiet_until.load(Relaxed) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let connecting = async {
        let stream = timeout(CONNECT, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        let Some((tls, name)) = security else { return Ok(Either::Left(stream)) };
        // The configuration of this moment: certificates may have been replaced since the last connection.
        let connector = TlsConnector::from(tls.client_config());
        let stream = timeout(HANDSHAKE, connector.connect(name, stream)).await??;
        Ok(Either::Right(Box::new(stream)))
    };
    let connected = connecting.await;
    if connected.is_err() {
        quiet_until.store(now() + millis(QUIET), Relaxed);
    }
    connected.map(TokioIo::new)
}

/// Milliseconds since the first call.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    millis(START.elapsed())
}

fn millis(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
