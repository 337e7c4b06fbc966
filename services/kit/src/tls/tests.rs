use std::net::SocketAddr;
use std::time::Instant;

use futures::StreamExt;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tonic::transport::server::Connected;

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

const NAME: &str = "crm.internal";

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate for a name and what else a process needs.
fn issue(directory: &TempDir, signer: &Authority, trusted: &Authority, name: &str) -> TlsSettings {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, signer).unwrap();
    let write = |file: &str, text: String| {
        let path = directory.path().join(file);
        std::fs::write(&path, text).unwrap();
        path
    };
    TlsSettings {
        certificate: write("certificate.pem", certificate.pem()),
        key: write("key.pem", key.serialize_pem()),
        ca: write("ca.pem", trusted.pem()),
        server_name: NAME.into(),
    }
}

/// Answers one byte on every connection.
async fn serve(tls: &Tls, require_client: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut incoming = incoming(listener, Some(tls.server_config(&[b"h2"], require_client)));
    tokio::spawn(async move {
        while let Some(Ok(mut connection)) = incoming.next().await {
            assert!(connection.connect_info().remote_addr().is_some());
            let _ = connection.write_all(b"!").await;
            let _ = connection.shutdown().await;
        }
    });
    address
}

/// Calls with a client's configuration and answers the serial part: the server's certificate.
async fn call(address: SocketAddr, config: Arc<ClientConfig>) -> std::io::Result<Vec<u8>> {
    let name = ServerName::try_from(NAME).unwrap();
    let stream = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(config).connect(name, stream).await?;
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let mut answer = [0];
    stream.read_exact(&mut answer).await?;
    Ok(certificate)
}

struct Fixture {
    authority: Authority,
    directory: TempDir,
    server: Tls,
    address: SocketAddr,
}

impl Fixture {
    async fn start() -> Self {
        let (authority, directory) = (authority(), tempfile::tempdir().unwrap());
        let server = Tls::load("test", &issue(&directory, &authority, &authority, NAME)).unwrap();
        let address = serve(&server, true).await;
        Self { authority, directory, server, address }
    }

    async fn call_as(&self, signer: &Authority, trusted: &Authority, name: &str) -> std::io::Result<Vec<u8>> {
        let directory = tempfile::tempdir().unwrap();
        let client = Tls::load("test", &issue(&directory, signer, trusted, name)).unwrap();
        call(self.address, client.client_config()).await
    }
}

#[tokio::test]
async fn peers_of_one_authority_and_name_talk() {
    let fixture = Fixture::start().await;
    fixture.call_as(&fixture.authority, &fixture.authority, NAME).await.unwrap();
}

#[tokio::test]
async fn a_client_of_another_authority_or_name_is_refused() {
    let fixture = Fixture::start().await;
    fixture.call_as(&authority(), &fixture.authority, NAME).await.unwrap_err();
    fixture.call_as(&fixture.authority, &fixture.authority, "other.internal").await.unwrap_err();
    let mut roots = RootCertStore::empty();
    roots.add(fixture.authority.der().clone()).unwrap();
    let builder =
        ClientConfig::builder_with_provider(provider()).with_protocol_versions(rustls::ALL_VERSIONS);
    let nobody = builder.unwrap().with_root_certificates(roots).with_no_client_auth();
    call(fixture.address, Arc::new(nobody.clone())).await.unwrap_err();
    let open = serve(&fixture.server, false).await;
    call(open, Arc::new(nobody)).await.unwrap();
}

#[tokio::test]
async fn a_server_of_another_authority_or_name_is_refused() {
    let fixture = Fixture::start().await;
    fixture.call_as(&fixture.authority, &authority(), NAME).await.unwrap_err();
    let directory = tempfile::tempdir().unwrap();
    let other =
        Tls::load("test", &issue(&directory, &fixture.authority, &fixture.authority, "other.internal"))
            .unwrap();
    let address = serve(&other, false).await;
    call(address, fixture.server.client_config()).await.unwrap_err();
}

#[tokio::test]
async fn replaced_files_are_followed() {
    let fixture = Fixture::start().await;
    let before = fixture.call_as(&fixture.authority, &fixture.authority, NAME).await.unwrap();
    std::fs::write(fixture.directory.path().join("key.pem"), "half replaced").unwrap();
    assert_eq!(fixture.call_as(&fixture.authority, &fixture.authority, NAME).await.unwrap(), before);
    let new = authority();
    issue(&fixture.directory, &new, &new, NAME);
    let start = Instant::now();
    while fixture.call_as(&new, &new, NAME).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "the files were not followed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fixture.call_as(&fixture.authority, &new, NAME).await.unwrap_err();
    call(fixture.address, fixture.server.client_config()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_says_nothing_holds_nobody_up() {
    let fixture = Fixture::start().await;
    let _silent = TcpStream::connect(fixture.address).await.unwrap();
    let mut noise = TcpStream::connect(fixture.address).await.unwrap();
    noise.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    fixture.call_as(&fixture.authority, &fixture.authority, NAME).await.unwrap();
}

#[tokio::test]
async fn files_that_do_not_fit_are_refused_by_name() {
    let (authority, directory) = (authority(), tempfile::tempdir().unwrap());
    let settings = issue(&directory, &authority, &authority, NAME);
    std::fs::write(&settings.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(Tls::load("test", &settings).unwrap_err().to_string().contains("certificate.pem"));
    std::fs::remove_file(&settings.ca).unwrap();
    assert!(Tls::load("test", &settings).unwrap_err().to_string().contains("ca.pem"));
}
