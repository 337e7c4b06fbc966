//! Connections that are accepted, plain or with TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::either::Either;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// How long a client may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many handshakes are under way at most.
const HANDSHAKES: usize = 1024;
/// The pause after a failure to accept, which is most often a lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections, for tonic's `serve_with_incoming` and for whatever serves HTTP; dropping it stops accepting.
pub type Incoming = BoxStream<'static, io::Result<Connection>>;

/// Accepts connections. What fails before a connection is made is left out, so the stream neither fails nor ends.
pub fn incoming(listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> Incoming {
    let acceptor = tls.map(TlsAcceptor::from);
    let accepted = TcpListenerStream::new(listener).then(async |accepted| {
        if let Err(error) = &accepted {
            tracing::warn!(%error, "a connection cannot be accepted");
            sleep(PAUSE).await;
        }
        accepted
    });
    let connections = accepted.map(move |accepted| open(accepted, acceptor.clone()));
    connections.buffer_unordered(HANDSHAKES).filter_map(async |connection| connection.map(Ok)).boxed()
}

async fn open(accepted: io::Result<TcpStream>, acceptor: Option<TlsAcceptor>) -> Option<Connection> {
    let stream = accepted.ok()?;
    // tonic does not set this on connections that it is given; without it every larger answer waits for the peer's
    // delayed acknowledgement.
    stream.set_nodelay(true).ok()?;
    let Some(acceptor) = acceptor else { return Some(Connection(Either::Left(stream))) };
    let handshake = tokio::spawn(timeout(HANDSHAKE, acceptor.accept(stream)));
    match handshake.await.ok()? {
        Ok(Ok(stream)) => Some(Connection(Either::Right(Box::new(stream)))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// A connection, plain or with TLS.
pub struct Connection(Either<TcpStream, Box<TlsStream<TcpStream>>>);

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        match &self.0 {
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
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
