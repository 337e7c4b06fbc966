//! The keys of the cluster: given in the settings, or made at the first start of a small installation.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm_kit::config::{MasterKey, Settings};
use crm_kit::crypto::{ClusterKey, MasterKeys, random};
use crm_kit::db::FRESH;
use indicatif::ProgressBar;
use secrecy::ExposeSecret;

use crate::process::{Process, every_service};

/// The key that signs callers, and those that wrap data keys.
pub(crate) fn load(settings: &Settings) -> Result<(ClusterKey, MasterKeys)> {
    let (security, directory) = (&settings.security, settings.database.data_directory.join("keys"));
    let embedded = settings.database.url.expose_secret().is_empty();
    let cluster = match security.cluster_key.expose_secret() {
        "" if embedded => made(&directory.join("cluster.key"), || STANDARD.encode(random::<32>()))?.into(),
        "" => bail!("security.cluster_key: set the same key of 32 bytes in base64 for every process"),
        _ => security.cluster_key.clone(),
    };
    let master = if !security.master_keys.is_empty() {
        security.master_keys.clone()
    } else if embedded {
        MasterKey::parse_list(&made(&directory.join("master.keys"), || {
            format!("first:{}", STANDARD.encode(random::<32>()))
        })?)?
    } else {
        bail!("security.master_keys: set the same keys for every process");
    };
    Ok((ClusterKey::parse(&cluster)?, MasterKeys::new(&master)?))
}

/// The text of a key file, which is made if it is not there. Whoever can read it can read everything.
fn made(path: &Path, make: impl FnOnce() -> String) -> Result<String> {
    if let Some(directory) = path.parent() {
        let private = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        private.with_context(|| format!("cannot create {}", directory.display()))?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let text = make();
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
            Ok(text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(text.trim().to_owned())
        }
        Err(error) => Err(error).with_context(|| format!("cannot create {}", path.display())),
    }
}

/// Wraps every data key with the current master key, and with `data` seals every field under new data keys. Can be
/// stopped and repeated at any time: what is done stays done.
pub(crate) async fn rotate(settings: Settings, data: bool) -> Result<()> {
    let process = Process::start(settings, &every_service()).await?;
    for service in process.services() {
        let db = &service.context.db;
        let wrapped = db.rewrap_keys().await?;
        crate::print(&format!("{}: {wrapped} data keys wrapped with the current master key", db.service()));
        if data {
            let progress = ProgressBar::new_spinner();
            let sealed = service.records.reseal(db, FRESH * 2, |count| progress.inc(count)).await?;
            progress.finish_and_clear();
            crate::print(&format!("{}: {sealed} records sealed under new data keys", db.service()));
        }
    }
    process.stop().await
}
