//! TLS.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::either::Either;
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::config::TlsSettings;
use crate::error::{Error, Result};

/// Makes aws-lc-rs the provider of the process.
pub fn install_provider() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// Certificates.
#[derive(Clone)]
pub struct Tls {
    server_name: String,
}

impl Tls {
    /// Loads.
    pub fn load(settings: &TlsSettings) -> Result<Self> {
        Ok(Self { server_name: settings.server_name.clone() })
    }
    /// The configuration of a server.
    pub fn server_config(&self, _alpn: &[&[u8]], _require_client: bool) -> Result<Arc<rustls::ServerConfig>> {
        Err(Error::Unavailable)
    }
    /// The configuration of a client.
    pub fn client_config(&self) -> Arc<rustls::ClientConfig> {
        Arc::new(
            rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
        )
    }
    /// The name that the certificates of peers must carry.
    pub fn server_name(&self) -> &str {
        &self.server_name
    }
}

/// A connection.
pub struct Connection {
    stream: Either<TcpStream, Box<tokio_rustls::server::TlsStream<TcpStream>>>,
}

/// Accepts.
pub fn incoming(
    _listener: TcpListener,
    _tls: Option<Arc<rustls::ServerConfig>>,
) -> BoxStream<'static, std::io::Result<Connection>> {
    Box::pin(futures::stream::pending())
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;
    fn connect_info(&self) -> TcpConnectInfo {
        match &self.stream {
            Either::Left(stream) => stream.connect_info(),
            Either::Right(stream) => stream.get_ref().0.connect_info(),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
