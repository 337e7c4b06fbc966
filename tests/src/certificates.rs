//! One authority and one certificate that it signed, for servers and clients alike.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// The name that every certificate carries.
pub(crate) const SERVER_NAME: &str = "localhost";

/// PEM files.
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    /// Makes an authority and a certificate, and writes them into a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        let mut authority = CertificateParams::default();
        // OpenSSL takes a certificate that is named like its authority for one that signed itself.
        authority.distinguished_name.push(DnType::CommonName, "authority of the tests");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().expect("a key can be made");
        let authority =
            CertifiedIssuer::self_signed(authority, authority_key).expect("an authority can be made");
        let names = [SERVER_NAME.to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new(names).and_then(|names| names.signed_by(&key, &authority));
        let certificate = certificate.expect("a certificate can be made");
        let write = |name: &str, text: String| {
            let path = directory.join(name);
            fs::write(&path, text).expect("the directory can be written");
            path
        };
        Self {
            authority: write("authority.pem", authority.pem()),
            certificate: write("certificate.pem", certificate.pem()),
            key: write("key.pem", key.serialize_pem()),
        }
    }
}
