//! The keys of a process: given in the settings, or made at the first start of a small installation.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm_kit::config::{NamedKey, Settings};
use crm_kit::crypto::{ClusterKeys, MasterKeys, random, sha256};
use crm_kit::db::FRESH;
use crm_kit::telemetry;
use indicatif::ProgressBar;

use crate::process::{Process, every_service};

/// How often the files are looked at.
const POLL: Duration = Duration::from_secs(2);

/// The keys of a process; they follow the files that hold them.
pub(crate) struct Keys {
    pub(crate) cluster: ClusterKeys,
    pub(crate) master: MasterKeys,
}

impl Keys {
    /// The keys of a process that works on records.
    pub(crate) fn with_data(settings: &Settings) -> Result<Self> {
        let security = &settings.security;
        let directory = settings.database.data_directory.join("keys");
        let made_in = |name: &str| settings.database.is_embedded().then(|| directory.join(name));
        let cluster = Source::find(
            "security.cluster_keys",
            &security.cluster_keys,
            &security.cluster_keys_file,
            made_in("cluster.keys"),
        )?;
        let master = Source::find(
            "security.master_keys",
            &security.master_keys,
            &security.master_keys_file,
            made_in("master.keys"),
        )?;
        let keys = Self { cluster: ClusterKeys::new(&cluster.keys)?, master: MasterKeys::new(&master.keys)? };
        let (cluster_keys, master_keys) = (keys.cluster.clone(), keys.master.clone());
        cluster.follow(move |keys| cluster_keys.replace(keys));
        master.follow(move |keys| master_keys.replace(keys));
        Ok(keys)
    }

    /// The keys of a process that keeps no records: it seals nothing, and has no place to make keys of its own.
    pub(crate) fn without_data(settings: &Settings) -> Result<Self> {
        let security = &settings.security;
        let (given, file) = (&security.cluster_keys, &security.cluster_keys_file);
        let cluster = Source::find("security.cluster_keys", given, file, None)?;
        let keys = Self { cluster: ClusterKeys::new(&cluster.keys)?, master: MasterKeys::none() };
        let cluster_keys = keys.cluster.clone();
        cluster.follow(move |keys| cluster_keys.replace(keys));
        Ok(keys)
    }

    /// No keys, for a process that talks to nobody and reads no record.
    pub(crate) fn none() -> Self {
        Self { cluster: ClusterKeys::unshared(), master: MasterKeys::none() }
    }
}

/// Where some keys come from.
struct Source {
    setting: &'static str,
    keys: Vec<NamedKey>,
    file: Option<PathBuf>,
}

impl Source {
    /// The keys that are given, or those of a file that is made if it is not there.
    fn find(
        setting: &'static str,
        given: &[NamedKey],
        file: &Path,
        made_in: Option<PathBuf>,
    ) -> Result<Self> {
        if !given.is_empty() {
            let file = Some(file.to_owned()).filter(|file| !file.as_os_str().is_empty());
            return Ok(Self { setting, keys: given.to_vec(), file });
        }
        let Some(file) = made_in else { bail!("{setting}: set the same keys for every process") };
        let text = made(&file, || format!("first:{}", STANDARD.encode(random::<32>())))?;
        let keys = NamedKey::parse_list(&text).with_context(|| file.display().to_string())?;
        Ok(Self { setting, keys, file: Some(file) })
    }

    /// Hands over the keys of the file whenever it has changed. What cannot be used, perhaps because it is half
    /// replaced, is tried again.
    fn follow(self, replace: impl Fn(&[NamedKey]) -> crm_kit::Result<()> + Send + 'static) {
        let setting = self.setting;
        telemetry::set_keys(setting, &ids(&self.keys));
        let Some(file) = self.file else { return };
        let (mut known, mut last) = (ids(&self.keys).join(", "), (None, String::new()));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(POLL).await;
                let read = read(&file).await;
                let (hash, fault) = match read {
                    Ok((hash, _)) if last.0 == Some(hash) => continue,
                    Ok((hash, keys)) => match replace(&keys) {
                        Ok(()) => {
                            let ids = ids(&keys);
                            telemetry::set_keys(setting, &ids);
                            if known != ids.join(", ") {
                                known = ids.join(", ");
                                tracing::info!(setting, keys = known, "keys were loaded again");
                            }
                            (Some(hash), String::new())
                        }
                        Err(error) => (None, error.to_string()),
                    },
                    Err(error) => (None, error.to_string()),
                };
                if !fault.is_empty() && fault != last.1 {
                    tracing::error!(setting, fault, "keys cannot be loaded, the former ones stay in use");
                }
                last = (hash, fault);
            }
        });
    }
}

async fn read(file: &Path) -> Result<([u8; 32], Vec<NamedKey>)> {
    let text = tokio::fs::read_to_string(file).await.with_context(|| file.display().to_string())?;
    Ok((sha256(&[text.as_bytes()]), NamedKey::parse_list(&text)?))
}

/// The ids, which are no secret, the current one first.
fn ids(keys: &[NamedKey]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
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
