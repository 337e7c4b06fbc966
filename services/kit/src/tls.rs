//! Certificates that follow their files, and connections that are accepted with them.

mod incoming;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme,
};

use crate::config::{TlsSettings, invalid};
use crate::crypto::sha256;
use crate::error::Result;
use crate::telemetry;

pub use incoming::{Connection, Incoming, incoming};

/// How often the files are looked at.
const POLL: Duration = Duration::from_secs(2);

/// Makes aws-lc-rs the provider of all TLS in this process; a second call changes nothing.
pub fn install_provider() {
    let _ = aws_lc_rs::default_provider().install_default();
}

/// The certificate of this process and the authorities that it believes; both follow their files.
#[derive(Clone, Debug)]
pub struct Tls(Arc<Files>);

struct Files {
    name: &'static str,
    settings: TlsSettings,
    server_name: Option<ServerName<'static>>,
    loaded: ArcSwap<Loaded>,
}

struct Loaded {
    certificate: Arc<CertifiedKey>,
    /// Checks the certificates of clients; none without authorities.
    clients: Option<Arc<dyn ClientCertVerifier>>,
    client: Arc<ClientConfig>,
    /// When the certificate ends, in seconds since 1970.
    end: i64,
    /// The hash of all files, which tells whether they have changed.
    hash: [u8; 32],
}

impl Tls {
    /// Loads the files and looks after them until the last clone is dropped; needs a runtime. The name is that of the
    /// certificate in the metrics.
    pub fn load(name: &'static str, settings: &TlsSettings) -> Result<Self> {
        let server_name = match &*settings.server_name {
            "" => None,
            name => Some(ServerName::try_from(name.to_owned()).map_err(|error| {
                invalid(format!("tls: give a host name as server_name instead of {name:?}: {error}"))
            })?),
        };
        let loaded = read(settings)?;
        telemetry::set_certificate_end(name, loaded.end);
        let loaded = ArcSwap::from_pointee(loaded);
        let files = Arc::new(Files { name, settings: settings.clone(), server_name, loaded });
        tokio::spawn(follow(Arc::downgrade(&files)));
        Ok(Self(files))
    }

    /// The configuration of a server; connections that are made later use the files as they are then.
    ///
    /// A required client certificate must be signed by the authorities for the configured server name.
    #[expect(clippy::expect_used, reason = "the provider and the versions are constants")]
    pub fn server_config(&self, alpn: &[&[u8]], require_client: bool) -> Arc<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(provider());
        let builder =
            builder.with_protocol_versions(rustls::ALL_VERSIONS).expect("the provider has all versions");
        let files = self.0.clone();
        let mut config = if require_client {
            let mut config = builder.with_client_cert_verifier(files.clone()).with_cert_resolver(files);
            // A resumed session would not be checked against authorities that have changed.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
            config
        } else {
            builder.with_no_client_auth().with_cert_resolver(files)
        };
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }

    /// The configuration of a client that shows the certificate, as of the files now.
    pub fn client_config(&self) -> Arc<ClientConfig> {
        self.0.loaded.load().client.clone()
    }

    /// The name that the certificates of peers must carry, if it is not the host of their URL.
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        self.0.server_name.clone()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Loads files that have changed. What cannot be loaded, perhaps because it is half replaced, is tried again.
async fn follow(files: Weak<Files>) {
    let mut last = String::new();
    loop {
        tokio::time::sleep(POLL).await;
        let Some(files) = files.upgrade() else { return };
        let name = files.name;
        let read = tokio::task::spawn_blocking(move || {
            let loaded = read(&files.settings)?;
            let changed = loaded.hash != files.loaded.load().hash;
            if changed {
                telemetry::set_certificate_end(files.name, loaded.end);
                files.loaded.store(Arc::new(loaded));
            }
            Ok::<_, crate::error::Error>(changed)
        });
        match read.await {
            Ok(Ok(changed)) => {
                last.clear();
                if changed {
                    tracing::info!(certificate = name, "certificates were loaded again");
                }
            }
            Ok(Err(error)) if error.to_string() != last => {
                last = error.to_string();
                tracing::error!(%error, "certificates cannot be loaded, the former ones stay in use");
            }
            _ => {}
        }
    }
}

fn read(settings: &TlsSettings) -> Result<Loaded> {
    let wrong = |path: &Path, error: &dyn fmt::Display| invalid(format!("tls: {}: {error}", path.display()));
    let bytes = |path: &Path| match path.as_os_str().is_empty() {
        true => Ok(Vec::new()),
        false => std::fs::read(path).map_err(|error| wrong(path, &error)),
    };
    let certificates = |path: &Path, pem: &[u8]| {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        all.map_err(|error| wrong(path, &error))
    };
    let TlsSettings { certificate, key, ca, .. } = settings;
    let (certificate_pem, key_pem, ca_pem) = (bytes(certificate)?, bytes(key)?, bytes(ca)?);
    let hash = sha256(&[&sha256(&[&certificate_pem]), &sha256(&[&key_pem]), &sha256(&[&ca_pem])]);

    let chain = certificates(certificate, &certificate_pem)?;
    let private = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| wrong(key, &error))?;
    let provider = provider();
    let end = match chain.first().map(|first| x509_parser::parse_x509_certificate(first)) {
        Some(Ok((_, first))) => first.validity().not_after.timestamp(),
        _ => return Err(wrong(certificate, &"it holds no certificate")),
    };
    let own =
        CertifiedKey::from_der(chain, private, &provider).map_err(|error| wrong(certificate, &error))?;
    let own = Arc::new(own);

    let mut roots = RootCertStore::empty();
    for authority in certificates(ca, &ca_pem)? {
        roots.add(authority).map_err(|error| wrong(ca, &error))?;
    }
    let roots = Arc::new(roots);
    let clients = match ca.as_os_str().is_empty() {
        true => None,
        false => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone()).build();
            Some(verifier.map_err(|error| wrong(ca, &error))?)
        }
    };
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(|error| wrong(certificate, &error))?
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.clone())));
    client.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Loaded { certificate: own, clients, client: Arc::new(client), end, hash })
}

impl Files {
    fn clients(&self) -> Result<Arc<dyn ClientCertVerifier>, rustls::Error> {
        let clients = self.loaded.load().clients.clone();
        clients.ok_or_else(|| {
            rustls::Error::General("there is no authority for the certificates of clients".into())
        })
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.settings, formatter)
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.loaded.load().certificate.clone())
    }
}

/// Checks as the authorities of the moment do, and that the certificate is one of ours: they may sign others too.
impl ClientCertVerifier for Files {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.clients()?.verify_client_cert(end_entity, intermediates, now)?;
        if let Some(name) = &self.server_name {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)
                .map_err(|_| CertificateError::ApplicationVerificationFailure)?;
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.clients()?.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.clients()?.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
