//! A way to the database that can be made slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// Passes connections on, and what the other side answers on them only after a while.
pub struct Proxy {
    address: SocketAddr,
    delay: watch::Sender<Duration>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts to listen for connections to an address.
    pub async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (delay, connections) = (watch::Sender::new(Duration::ZERO), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { address, delay: delay.clone(), connections: connections.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (delay, connections) = (delay.subscribe(), connections.clone());
                tokio::spawn(async move {
                    connections.fetch_add(1, Ordering::SeqCst);
                    let _ = pass(client, to, delay).await;
                    connections.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes every answer wait so long.
    pub fn slow_down(&self, delay: Duration) {
        self.delay.send_replace(delay);
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn pass(
    client: TcpStream,
    to: SocketAddr,
    mut delay: watch::Receiver<Duration>,
) -> std::io::Result<()> {
    let server = TcpStream::connect(to).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asking = tokio::io::copy(&mut from_client, &mut to_server);
    let answering = async {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from_server.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            let wait = *delay.borrow_and_update();
            if !wait.is_zero() {
                tokio::select! {
                    () = sleep(wait) => {}
                    _ = delay.changed() => {}
                }
            }
            to_client.write_all(&buffer[..read]).await?;
        }
    };
    // Either side that leaves ends both.
    tokio::select! {
        asked = asking => asked.map(drop),
        answered = answering => answered,
    }
}
