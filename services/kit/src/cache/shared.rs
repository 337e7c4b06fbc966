//! The connection to Redis.
//!
//! There is one, which all calls share. The first call that fails discards it, so that the others need not find out
//! by waiting; a task makes a new one in the background. redis' own connection manager is not used: it keeps a
//! connection whose peer has silently gone, and never tries again after a refused password.

use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, IntoConnectionInfo, ServerErrorKind,
};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::error::{Error, Result};
use crate::telemetry;

/// How long a call waits for an answer.
const ANSWER: Duration = Duration::from_millis(200);
/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// The pause before a new connection, doubled up to the longest while it fails.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);
/// How long a call that must not fail tries. When the server returns, every process has a connection before that.
const PATIENCE: Duration = Duration::from_secs(2);

type Connection = Option<Arc<MultiplexedConnection>>;

/// The connection to a Redis that all processes share.
pub struct Shared(watch::Sender<Connection>);

impl Shared {
    /// Starts to connect and waits briefly, so that usually the first call finds a connection.
    pub(super) async fn connect(url: &str) -> Result<Arc<Self>> {
        crate::tls::install_provider();
        // The error is not shown: it may quote the URL, which holds a password.
        let malformed =
            |_| Error::precondition("CONFIGURATION_INVALID", "cache.url: give a redis or rediss URL");
        let address = url.into_connection_info().map_err(malformed)?;
        let address = address.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = Client::open(address).map_err(malformed)?;
        let (sender, mut connection) = watch::channel(None);
        let shared = Arc::new(Self(sender));
        tokio::spawn(keep_connected(Arc::downgrade(&shared), client, connection.clone()));
        let _ = timeout(ANSWER * 2, connection.wait_for(Option::is_some)).await;
        Ok(shared)
    }

    /// Sends a command if there is a connection.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let connection = self.0.borrow().clone();
        self.send(connection, command).await
    }

    /// Sends a command on which it depends that nobody sees what was true before: again while the connection breaks or
    /// there is none, until its patience ends.
    pub(super) async fn query_patiently<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.0.subscribe();
        timeout(PATIENCE, async {
            loop {
                let open = connection.wait_for(Option::is_some).await.ok()?.clone();
                match self.send(open.clone(), command).await {
                    None if !self.is_current(&open) => {}
                    answer => return answer,
                }
            }
        })
        .await
        .ok()
        .flatten()
    }

    fn is_current(&self, connection: &Connection) -> bool {
        connection.as_ref().map(Arc::as_ptr) == self.0.borrow().as_ref().map(Arc::as_ptr)
    }

    async fn send<T: FromRedisValue>(&self, connection: Connection, command: &Cmd) -> Option<T> {
        let answer = match &connection {
            None => None,
            Some(open) => {
                let mut handle = MultiplexedConnection::clone(open);
                match timeout(ANSWER, command.query_async(&mut handle)).await {
                    Ok(Ok(answer)) => Some(answer),
                    Ok(Err(error)) if !is_broken(&error) => {
                        tracing::warn!(%error, "the cache refused a command");
                        None
                    }
                    _ => {
                        self.discard(open);
                        None
                    }
                }
            }
        };
        if answer.is_none() {
            telemetry::count_cache_error();
        }
        answer
    }

    /// Discards the connection, unless it was replaced already.
    fn discard(&self, broken: &Arc<MultiplexedConnection>) {
        self.0.send_if_modified(|current| {
            let same = current.as_ref().is_some_and(|current| Arc::ptr_eq(current, broken));
            if same {
                *current = None;
            }
            same
        });
    }
}

/// Whether another connection may do better. A server that has become a replica refuses writes for good.
fn is_broken(error: &redis::RedisError) -> bool {
    !matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::UnexpectedReturnType)
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

async fn keep_connected(shared: Weak<Shared>, client: Client, mut connection: watch::Receiver<Connection>) {
    let options = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(CONNECT))
        .set_pipeline_buffer_size(1024);
    let mut pause = PAUSE;
    while shared.strong_count() > 0 {
        let connecting = client.get_multiplexed_async_connection_with_config(&options);
        match connecting.await {
            Ok(open) => {
                let Some(shared) = shared.upgrade() else { return };
                tracing::info!("connected to the cache");
                shared.0.send_replace(Some(Arc::new(open)));
                pause = PAUSE;
            }
            Err(error) => {
                if pause == PAUSE {
                    tracing::warn!(%error, "the cache cannot be reached, everything is a miss");
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        if connection.wait_for(Option::is_none).await.is_err() {
            return;
        }
        sleep(pause).await;
    }
}
