//! One authority and one certificate that it signed, for servers and clients alike.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// The name that every certificate carries.
pub const SERVER_NAME: &str = "localhost";

/// PEM files.
pub struct Certificates {
    /// The authority.
    pub authority: PathBuf,
    /// The certificate that it signed.
    pub certificate: PathBuf,
    /// The certificate's key.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes an authority and a certificate, and writes them into a directory.
    pub fn new(directory: &Path) -> Self {
        let made = Pem::new();
        let path = |name: &str| directory.join(name);
        let files = Self {
            authority: path("authority.pem"),
            certificate: path("certificate.pem"),
            key: path("key.pem"),
        };
        replace(&files.authority, &made.authority);
        replace(&files.certificate, &made.certificate);
        replace(&files.key, &made.key);
        files
    }
}

/// What the files hold.
pub(crate) struct Pem {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pem {
    /// Makes an authority that no other is, and a certificate that it signed.
    pub(crate) fn new() -> Self {
        let mut authority = CertificateParams::default();
        // OpenSSL takes a certificate that is named like its authority for one that signed itself.
        authority.distinguished_name.push(DnType::CommonName, "authority of the tests");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().expect("a key can be made");
        let authority =
            CertifiedIssuer::self_signed(authority, authority_key).expect("an authority can be made");
        // Replicas have an address each.
        let addresses = (1..100).map(|number| format!("127.0.0.{number}"));
        let names: Vec<_> = [SERVER_NAME.to_owned()].into_iter().chain(addresses).collect();
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new(names).and_then(|names| names.signed_by(&key, &authority));
        let certificate = certificate.expect("a certificate can be made");
        Self { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// Puts a file in the place of another at once, so that nobody reads half of it.
pub(crate) fn replace(path: &Path, text: &str) {
    let next = path.with_extension("next");
    let written = fs::write(&next, text).and_then(|()| fs::rename(&next, path));
    written.expect("the directory can be written");
}
