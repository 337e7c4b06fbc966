//! All addresses of a service in other processes.
//!
//! tonic's own balancing is not used: it keeps choosing an address that refuses connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use http::HeaderValue;
use rand::seq::IndexedRandom;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tonic::Status;
use tonic::transport::Endpoint;

use super::hold::Held;
use super::peer::{Failure, Peer, Security};
use super::{Request, Response};
use crate::access::IDEMPOTENCY_METADATA;
use crate::access::method::methods;

/// How often the name is looked up,
const REFRESH: Duration = Duration::from_secs(5);
/// and how soon again when an address could not be reached.
const EARLY_REFRESH: Duration = Duration::from_millis(500);
/// How long the first call waits for the first answer.
const FIRST_LOOK_UP: Duration = Duration::from_secs(2);
/// The deadline of calls that bring none, in the syntax of gRPC.
const DEADLINE: &str = "30S";
/// How many addresses one request is sent to, the later ones only if it can do no harm.
const ATTEMPTS: usize = 3;

type Peers = Arc<[Arc<Peer>]>;

/// Answers the addresses of a service.
pub(super) type LookUp = Box<dyn Fn() -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// All addresses of a service.
pub(super) struct Pool {
    endpoint: Endpoint,
    security: Security,
    look_up: LookUp,
    peers: watch::Sender<Peers>,
    unreachable: Arc<Notify>,
}

impl Pool {
    /// Starts to look the addresses up, until the last clone is dropped.
    pub(super) fn start(endpoint: Endpoint, security: Security, look_up: LookUp) -> Arc<Self> {
        let endpoint = endpoint
            .http2_keep_alive_interval(Duration::from_secs(15))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true);
        let peers = watch::Sender::new(Peers::default());
        let pool = Arc::new(Self { endpoint, security, look_up, peers, unreachable: Arc::default() });
        tokio::spawn(refresh(Arc::downgrade(&pool)));
        pool
    }

    /// Calls one address, and another one if the first cannot have seen the request, or died with one that may be repeated.
    pub(super) async fn call(self: Arc<Self>, mut request: Request) -> Result<Response, Status> {
        let deadline =
            request.headers_mut().entry("grpc-timeout").or_insert(HeaderValue::from_static(DEADLINE));
        // tonic does not count the time in which it connects, and counts anew for every attempt.
        let patience = deadline.to_str().ok().and_then(duration).unwrap_or(Duration::MAX);
        timeout(patience, self.attempt(request)).await.unwrap_or(Err(Failure::Late.into()))
    }

    /// Does so however long it takes.
    async fn attempt(&self, request: Request) -> Result<Response, Status> {
        let (head, body) = request.into_parts();
        let mut body = Held::take(body)?;
        let is_repeatable = is_repeatable(&head);
        let mut failure = Failure::Unreachable;
        let mut tried = Vec::new();
        while tried.len() < ATTEMPTS {
            let (Some(body), Some(peer)) = (body.body(), self.choose(&tried).await) else { break };
            failure = match peer.call(Request::from_parts(head.clone(), body)).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            if failure == Failure::Unreachable {
                self.unreachable.notify_one();
            }
            let may_repeat = failure.is_unsent() || (is_repeatable && failure == Failure::Broken);
            if !may_repeat {
                break;
            }
            tried.push(peer.address);
        }
        Err(failure.into())
    }

    /// The less busy of two: of those that work, else of those not tried yet, else of all.
    async fn choose(&self, tried: &[SocketAddr]) -> Option<Arc<Peer>> {
        let mut known = self.peers.subscribe();
        let known =
            timeout(FIRST_LOOK_UP, known.wait_for(|peers| !peers.is_empty())).await.ok()?.ok()?.clone();
        let new: Vec<_> = known.iter().filter(|peer| !tried.contains(&peer.address)).collect();
        let working: Vec<_> = new.iter().copied().filter(|peer| peer.is_available()).collect();
        let all: Vec<_> = known.iter().collect();
        let candidates = [working, new, all].into_iter().find(|peers| !peers.is_empty())?;
        let two = candidates.choose_multiple(&mut rand::rng(), 2);
        two.min_by_key(|peer| peer.in_flight()).map(|peer| Arc::clone(peer))
    }

    /// Looks the addresses up; those that stay keep their connections.
    async fn refresh(&self) -> io::Result<()> {
        let mut addresses = (self.look_up)().await?;
        addresses.sort_unstable();
        addresses.dedup();
        let known = self.peers.borrow().clone();
        // A name without addresses is most often a name server in trouble: the old ones may still work.
        if addresses.is_empty() || addresses.iter().eq(known.iter().map(|peer| &peer.address)) {
            return Ok(());
        }
        let peer = |address: &SocketAddr| {
            let kept = known.iter().find(|peer| peer.address == *address).cloned();
            kept.unwrap_or_else(|| Peer::new(*address, &self.endpoint, &self.security))
        };
        self.peers.send_replace(addresses.iter().map(peer).collect());
        Ok(())
    }
}

/// A time in the syntax of gRPC, such as `30S` or `250m`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(number)),
        "M" => Some(Duration::from_mins(number)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Whether a request may be done twice: it reads, or its key keeps the second time from doing anything.
fn is_repeatable(head: &http::request::Parts) -> bool {
    let method = || methods().ok()?.get(head.uri.path());
    head.headers.contains_key(IDEMPOTENCY_METADATA) || method().is_some_and(|method| method.is_repeatable)
}

async fn refresh(pool: Weak<Pool>) {
    let mut failed = false;
    loop {
        let Some(pool) = pool.upgrade() else { return };
        let refreshed = pool.refresh().await;
        if let Err(error) = &refreshed
            && !failed
        {
            let service = pool.endpoint.uri().host();
            tracing::warn!(%error, service, "the addresses of a service cannot be looked up");
        }
        failed = refreshed.is_err();
        let unreachable = pool.unreachable.clone();
        drop(pool);
        // A failure is mended soon, but not in a loop without a pause.
        if failed || timeout(REFRESH, unreachable.notified()).await.is_ok() {
            sleep(EARLY_REFRESH).await;
        }
    }
}
