//! The bare servers: axum that writes JSON and tonic that answers a message, and nothing else.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use axum::body::Body;
use axum::routing::get;
use crm_protos::customers::v1::{Account, GetAccountRequest};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use prost::Message;
use tokio::net::TcpListener;
use tonic::server::{Grpc, UnaryService};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use tonic_prost::ProstCodec;

/// Serves until it is killed: what is in the files, as JSON and as a message. Given a certificate, its key and their
/// authority, it speaks gRPC with mutual TLS.
pub async fn serve(http: u16, grpc: u16, json: &Path, message: &Path, tls: &[PathBuf]) -> Result<()> {
    let mut json: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&fs::read(json)?)?;
    json.remove("id");
    let json = Arc::new(json);
    let router = axum::Router::new().route(
        "/v1/accounts/{id}",
        get(move |axum::extract::Path(id): axum::extract::Path<String>| {
            let json = json.clone();
            async move {
                // Written anew for each request, as any server must.
                let body = serde_json::to_vec(&Json { id: &id, rest: &json }).unwrap_or_default();
                let mut answer = Response::new(Body::from(body));
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                answer
            }
        }),
    );
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], http))).await?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // A socket that cannot be set is slower, not wrong.
        let _ = stream.set_nodelay(true);
    });
    let account = Account::decode(fs::read(message)?.as_slice())?;
    let incoming = tonic::transport::server::TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], grpc)))
        .map_err(|error| anyhow::anyhow!(error))?
        .with_nodelay(Some(true));
    let bare = tower::service_fn(move |request: http::Request<Body>| {
        let account = Bare(account.clone());
        async move {
            let mut grpc = Grpc::new(ProstCodec::<Account, GetAccountRequest>::default());
            Ok::<_, Infallible>(grpc.unary(account, request.map(tonic::body::Body::new)).await)
        }
    });
    let routes = axum::Router::new().fallback_service(bare);
    let mut tonic = tonic::transport::Server::builder();
    if let [certificate, key, authority] = tls {
        let config = ServerTlsConfig::new()
            .identity(Identity::from_pem(fs::read(certificate)?, fs::read(key)?))
            .client_ca_root(Certificate::from_pem(fs::read(authority)?));
        tonic = tonic.tls_config(config)?;
    }
    let tonic = tonic.add_routes(tonic::service::Routes::from(routes)).serve_with_incoming(incoming);
    tokio::select! {
        ended = axum::serve(listener, router) => ended?,
        ended = tonic => ended?,
    }
    Ok(())
}

/// What a record is in JSON, with the id that was asked for.
#[derive(serde::Serialize)]
struct Json<'a> {
    id: &'a str,
    #[serde(flatten)]
    rest: &'a serde_json::Map<String, serde_json::Value>,
}

struct Bare(Account);

impl UnaryService<GetAccountRequest> for Bare {
    type Response = Account;
    type Future = std::future::Ready<Result<tonic::Response<Account>, tonic::Status>>;

    #[expect(clippy::disallowed_methods, reason = "a bare server has no kit")]
    fn call(&mut self, request: tonic::Request<GetAccountRequest>) -> Self::Future {
        let account = Account { id: request.into_inner().id, ..std::mem::take(&mut self.0) };
        std::future::ready(Ok(tonic::Response::new(account)))
    }
}
