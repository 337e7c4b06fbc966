use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::Code;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::*;

/// A service in a runtime of its own: stopping it breaks its connections, as the death of a process does.
struct Remote {
    runtime: Option<Runtime>,
    address: SocketAddr,
}

impl Remote {
    async fn start(routes: Routes) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), routes, None).await
    }

    async fn start_at(address: SocketAddr, routes: Routes, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listening = runtime.spawn(async move {
            let listener = TcpListener::bind(address).await.unwrap();
            let address = listener.local_addr().unwrap();
            let incoming = crate::tls::incoming(listener, tls);
            tokio::spawn(Server::builder().add_routes(routes).serve_with_incoming(incoming));
            address
        });
        Self { address: listening.await.unwrap(), runtime: Some(runtime) }
    }

    fn stop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn healthy() -> Routes {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    Routes::new(service)
}

/// Stands in for the health service: answers as it is told.
#[derive(Clone)]
struct Answers<F>(F);

impl<F> NamedService for Answers<F> {
    const NAME: &'static str = "grpc.health.v1.Health";
}

impl<F: Fn() -> Response> Service<Request> for Answers<F> {
    type Response = Response;
    type Error = Infallible;
    type Future = futures::future::Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        futures::future::ok((self.0)())
    }
}

/// Answers a code and counts.
fn refusing(code: Code, count: &Arc<AtomicUsize>) -> Routes {
    let count = count.clone();
    Routes::new(Answers(move || {
        count.fetch_add(1, SeqCst);
        Status::new(code, "as told").into_http()
    }))
}

/// Begins an answer and breaks off.
fn breaking_off() -> Routes {
    Routes::new(Answers(|| {
        let beginning = Ok(http_body::Frame::data(bytes::Bytes::from_static(&[0])));
        let end = async {
            // The beginning is on its way first.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(Status::data_loss("no more comes"))
        };
        let frames = futures::stream::iter([beginning]).chain(futures::stream::once(end));
        let response = http::Response::builder().header("content-type", "application/grpc");
        response.body(Body::new(http_body_util::StreamBody::new(frames))).unwrap()
    }))
}

/// An address where nothing listens.
async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A channel to addresses that the test may replace.
fn channel(addresses: &Arc<Mutex<Vec<SocketAddr>>>) -> Channel {
    let addresses = addresses.clone();
    let look_up = move || {
        let found = addresses.lock().unwrap().clone();
        async { Ok(found) }.boxed()
    };
    let endpoint = Endpoint::from_static("http://service.test");
    Channel(Way::Remote(Pool::start(endpoint, None, Box::new(look_up))))
}

fn addresses<const N: usize>(addresses: [SocketAddr; N]) -> Arc<Mutex<Vec<SocketAddr>>> {
    Arc::new(Mutex::new(addresses.to_vec()))
}

async fn check(channel: &Channel) -> Result<(), Status> {
    let answer = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await?;
    assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    Ok(())
}

async fn eventually_works(channel: &Channel) {
    let start = Instant::now();
    while check(channel).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "the service was not found again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_service_in_this_process_is_called() {
    let channel = Channel::local(healthy().await);
    check(&channel).await.unwrap();
    let request = HealthCheckRequest { service: "unknown".into() };
    let refused = HealthClient::new(channel).check(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_service_in_another_process_is_called_by_its_url() {
    let remote = Remote::start(healthy().await).await;
    check(&Channel::remote(&format!("http://localhost:{}", remote.address.port()), None).unwrap())
        .await
        .unwrap();
    assert!(Channel::remote("https://localhost:9000", None).is_err());
    assert!(Channel::remote("no url", None).is_err());
}

#[tokio::test]
async fn a_dead_address_costs_no_call() {
    let remote = Remote::start(healthy().await).await;
    let sequential = channel(&addresses([dead().await, remote.address, dead().await]));
    for _ in 0..200 {
        check(&sequential).await.unwrap();
    }
    let concurrent = channel(&addresses([dead().await, remote.address]));
    let answers = futures::future::join_all((0..200).map(|_| check(&concurrent))).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_service_that_dies_or_moves_is_left_for_the_others() {
    let (mut first, second) = (Remote::start(healthy().await).await, Remote::start(healthy().await).await);
    let known = addresses([first.address, second.address]);
    let channel = channel(&known);
    for _ in 0..20 {
        check(&channel).await.unwrap();
    }
    first.stop();
    // What was under way at the very moment may fail; nothing after that does.
    let _ = futures::future::join_all((0..4).map(|_| check(&channel))).await;
    for _ in 0..100 {
        check(&channel).await.unwrap();
    }
    let third = Remote::start(healthy().await).await;
    *known.lock().unwrap() = vec![third.address];
    drop(second);
    eventually_works(&channel).await;
}

#[tokio::test]
async fn a_request_with_an_idempotency_key_outlives_the_service_that_took_it() {
    let remote = Remote::start(healthy().await).await;
    let dying = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let known = addresses([dying.local_addr().unwrap(), remote.address]);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = dying.accept().await {
            // Takes the request and is gone.
            let (mut buffer, quiet) = ([0; 1024], Duration::from_millis(50));
            while matches!(tokio::time::timeout(quiet, stream.read(&mut buffer)).await, Ok(Ok(1..))) {}
        }
    });
    outlives(&known).await;
}

#[tokio::test]
async fn a_request_with_an_idempotency_key_outlives_an_answer_that_breaks_off() {
    let breaking = Remote::start(breaking_off()).await;
    let remote = Remote::start(healthy().await).await;
    outlives(&addresses([breaking.address, remote.address])).await;
}

/// Fails unless requests with a key are sent to the other address too, and those without are not.
async fn outlives(known: &Arc<Mutex<Vec<SocketAddr>>>) {
    let call = async |key: Option<&'static str>| {
        let mut request = tonic::Request::new(HealthCheckRequest::default());
        if let Some(key) = key {
            request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
        }
        HealthClient::new(channel(known)).check(request).await
    };
    for _ in 0..12 {
        call(Some("once")).await.unwrap();
    }
    let start = Instant::now();
    while call(None).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody knows what was done, and nobody was told");
    }
}

#[tokio::test]
async fn a_service_that_is_restarted_is_found_again() {
    let mut remote = Remote::start(healthy().await).await;
    let channel = channel(&addresses([remote.address]));
    check(&channel).await.unwrap();
    remote.stop();
    let start = Instant::now();
    let down = async {
        loop {
            if let Err(status) = check(&channel).await {
                return status;
            }
        }
    };
    assert_eq!(down.await.code(), Code::Unavailable);
    assert_eq!(check(&channel).await.unwrap_err().code(), Code::Unavailable);
    assert!(start.elapsed() < Duration::from_secs(5));
    let _restarted = Remote::start_at(remote.address, healthy().await, None).await;
    eventually_works(&channel).await;
}

#[tokio::test]
async fn a_service_that_says_it_is_unavailable_is_spared() {
    let counter = Arc::new(AtomicUsize::new(0));
    let unavailable = Remote::start(refusing(Code::Unavailable, &counter)).await;
    let other = Remote::start(refusing(Code::NotFound, &Arc::default())).await;
    let alone = channel(&addresses([unavailable.address]));
    let channel = channel(&addresses([unavailable.address, other.address]));
    let start = Instant::now();
    let mut codes = Vec::new();
    while counter.load(SeqCst) == 0 {
        codes.push(check(&channel).await.unwrap_err().code());
        assert!(start.elapsed() < Duration::from_secs(20));
    }
    // The answer itself is passed on: whether to repeat the call is the caller's decision.
    assert_eq!(codes.pop(), Some(Code::Unavailable));
    assert!(codes.iter().all(|code| *code == Code::NotFound));
    for _ in 0..20 {
        assert_eq!(check(&channel).await.unwrap_err().code(), Code::NotFound);
    }
    // Alone, it is called nevertheless.
    let before = counter.load(SeqCst);
    for _ in 0..3 {
        assert_eq!(check(&alone).await.unwrap_err().message(), "as told");
    }
    assert_eq!(counter.load(SeqCst), before + 3);
}

#[tokio::test]
async fn a_deadline_is_kept_when_the_service_is_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = channel(&addresses([listener.local_addr().unwrap()]));
    let mut request = tonic::Request::new(HealthCheckRequest::default());
    request.set_timeout(Duration::from_millis(100));
    let start = Instant::now();
    let late = HealthClient::new(channel).check(request).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_name_without_addresses_is_unavailable() {
    let status = check(&channel(&addresses([]))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
}

/// The settings of a process whose certificate is its own authority.
fn issued(directory: &Path, name: &str) -> Tls {
    let key = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let write = |file: &str, text: String| {
        let path = directory.join(format!("{name}-{file}"));
        std::fs::write(&path, text).unwrap();
        path
    };
    let certificate = write("certificate.pem", key.cert.pem());
    let key = write("key.pem", key.signing_key.serialize_pem());
    let settings = crate::config::TlsSettings {
        ca: certificate.clone(),
        certificate,
        key,
        server_name: "crm.internal".into(),
    };
    Tls::load("test", &settings).unwrap()
}

#[tokio::test]
async fn a_process_that_is_slow_to_agree_on_keys_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let tls = issued(directory.path(), "crm.internal");
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let channel = Channel::remote(&url, Some(&tls)).unwrap();
    let mut request = tonic::Request::new(HealthCheckRequest::default());
    // Longer than it may take to reach a machine.
    request.set_timeout(Duration::from_secs(3));
    let late = HealthClient::new(channel).check(request).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_ok());
    assert!(listener.accept().is_err(), "it was given up and asked once more");
}

#[tokio::test]
async fn calls_between_processes_are_mutually_authenticated() {
    let directory = tempfile::tempdir().unwrap();
    let [ours, foreign] = ["crm.internal", "other.internal"].map(|name| issued(directory.path(), name));
    let server = ours.server_config(&[b"h2"], true);
    let address = "127.0.0.1:0".parse().unwrap();
    let remote = Remote::start_at(address, healthy().await, Some(server)).await;
    let url = format!("https://localhost:{}", remote.address.port());
    check(&Channel::remote(&url, Some(&ours)).unwrap()).await.unwrap();
    let refused = check(&Channel::remote(&url, Some(&foreign)).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let plain = format!("http://localhost:{}", remote.address.port());
    assert!(check(&Channel::remote(&plain, None).unwrap()).await.is_err());
}
