//! Services that say what a test wants, and a gateway in front of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::{BufMut, Bytes, BytesMut};
use crm_gateway::Settings;
use crm_kit::access::Introduction;
use crm_kit::cache::{Cache, Limit};
use crm_kit::channel::Channel;
use crm_kit::clock::Clock;
use crm_kit::config::LimitSettings;
use crm_kit::config::NamedKey;
use crm_kit::crypto::ClusterKeys;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tonic::Status;
use tower::{ServiceExt, service_fn};

/// One call as a service got it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) path: String,
    pub(crate) metadata: HeaderMap,
    pub(crate) message: Bytes,
}

impl Call {
    pub(crate) fn decode<M: prost::Message + Default>(&self) -> M {
        M::decode(self.message.clone()).unwrap()
    }

    pub(crate) fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(|value| value.to_str().unwrap())
    }
}

type Answer = Result<Vec<u8>, Status>;
type Behavior = Arc<dyn Fn(&Call) -> BoxFuture<'static, Answer> + Send + Sync>;

/// A gateway and what its services were asked.
pub(crate) struct Gateway {
    router: Router,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// An answer of the gateway.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and reason of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        assert_eq!(json["request_id"], self.header("x-request-id"));
        (self.status.as_u16(), json["reason"].as_str().unwrap().to_owned())
    }

    /// Field and reason of each violation.
    pub(crate) fn violations(&self) -> Vec<String> {
        let json = self.json();
        let all = json["violations"].as_array().unwrap().iter();
        all.map(|one| format!("{} {}", one["field"].as_str().unwrap(), one["reason"].as_str().unwrap()))
            .collect()
    }
}

/// A token that looks like one of identity's; others differ in their letter.
pub(crate) fn token(letter: char) -> String {
    format!("crms_{}", String::from(letter).repeat(64))
}

/// What a program with such a token sends.
pub(crate) fn bearer(letter: char) -> String {
    format!("Bearer {}", token(letter))
}

/// The keys that the gateway and its services share.
pub(crate) fn keys() -> ClusterKeys {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    ClusterKeys::new(&[NamedKey { id: "test".to_owned(), key: key.into() }]).unwrap()
}

pub(crate) fn settings() -> Settings {
    let generous = Limit { burst: 1000, per_second: 1000.0 };
    Settings {
        public_url: "https://crm.example".to_owned(),
        trusted_proxies: 0,
        limits: LimitSettings {
            per_caller: generous,
            per_address: generous,
            max_request_bytes: 10_000,
            request_timeout_seconds: 5,
            concurrent_requests: 100,
        },
        cors_origins: Vec::new(),
        session_lifetime: Duration::from_secs(3600),
    }
}

/// A gateway in front of `customers`, `identity` and `sales`, which all answer as told.
pub(crate) fn gateway(answer: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Gateway {
    gateway_with(settings(), answer)
}

pub(crate) fn gateway_with(
    settings: Settings,
    answer: impl Fn(&Call) -> Answer + Send + Sync + 'static,
) -> Gateway {
    slow_gateway(settings, move |call| futures::future::ready(answer(call)).boxed())
}

pub(crate) fn slow_gateway(
    settings: Settings,
    answer: impl Fn(&Call) -> BoxFuture<'static, Answer> + Send + Sync + 'static,
) -> Gateway {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let behavior: Behavior = Arc::new(answer);
    let upstreams = ["customers", "identity", "sales"];
    let upstreams = upstreams.map(|name| (name.to_owned(), channel(name, calls.clone(), behavior.clone())));
    let introduction = Introduction::new(keys(), Clock::default());
    let router =
        crm_gateway::router(&settings, BTreeMap::from(upstreams), Cache::memory(), introduction).unwrap();
    Gateway { router, calls }
}

fn channel(service: &'static str, calls: Arc<Mutex<Vec<Call>>>, behavior: Behavior) -> Channel {
    Channel::local(service_fn(move |request: Request<tonic::body::Body>| {
        let (calls, behavior) = (calls.clone(), behavior.clone());
        async move {
            let (parts, body) = request.into_parts();
            let framed = body.collect().await?.to_bytes();
            let path = parts.uri.path().to_owned();
            let call = Call { service, path, metadata: parts.headers, message: framed.slice(5..) };
            calls.lock().unwrap().push(call.clone());
            Ok::<_, Status>(match behavior(&call).await {
                Ok(message) => frame(&message),
                Err(status) => status.into_http(),
            })
        }
    }))
}

/// A gRPC answer: one uncompressed message, and a good end.
fn frame(message: &[u8]) -> Response<tonic::body::Body> {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
    let body = Full::new(framed.freeze()).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(tonic::body::Body::new(body));
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    response
}

impl Gateway {
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.send_bytes(method, target, headers, body.as_bytes().to_vec()).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.send(Method::GET, target, &[], "").await
    }

    pub(crate) async fn post(&self, target: &str, body: &str) -> Reply {
        self.send(Method::POST, target, &[], body).await
    }

    pub(crate) async fn send_bytes(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(target).header("host", "crm.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo("192.0.2.7:5000".parse::<SocketAddr>().unwrap()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    /// What the services were asked so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The only call so far.
    pub(crate) fn call(&self) -> Call {
        let calls = self.calls();
        assert_eq!(calls.len(), 1);
        calls[0].clone()
    }
}
