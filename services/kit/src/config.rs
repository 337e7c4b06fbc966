//! Settings: the defaults in the executable, then a file, then the environment. The environment is read here only.

mod load;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cache::Limit;
use crate::error::{Error, Result};

/// Everything that can be set; `default.toml` holds the defaults.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Addresses, the public URL, shutdown.
    pub server: ServerSettings,
    /// The gRPC URLs of services that run in other processes, by name; empty or absent is this process.
    pub services: BTreeMap<String, String>,
    /// Where records are kept.
    pub database: DatabaseSettings,
    /// Where resolved callers, counters and throttles are kept.
    pub cache: CacheSettings,
    /// Keys, sessions, passwords.
    pub security: SecuritySettings,
    /// Certificates.
    pub tls: TlsSections,
    /// How much a caller may ask.
    pub limits: LimitSettings,
    /// Which other sites may call from a browser.
    pub cors: CorsSettings,
    /// How mail is sent.
    pub mail: MailSettings,
    /// Defaults of the customers service.
    pub customers: CustomersSettings,
    /// How long is kept who read what.
    pub audit: AuditSettings,
    /// What is logged and how.
    pub log: LogSettings,
    /// Where traces are sent.
    pub traces: TraceSettings,
}

/// Addresses, the public URL, shutdown.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Where the gateway listens.
    pub gateway_address: SocketAddr,
    /// Where the services listen.
    pub grpc_address: SocketAddr,
    /// Where probes and metrics are answered; never exposed.
    pub admin_address: SocketAddr,
    /// How people reach the gateway; without a trailing slash.
    pub public_url: String,
    /// Whether links that would be mailed are logged instead.
    pub development: bool,
    /// How many proxies in front of the gateway add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// How long the process stays reachable after it has reported that it is not ready.
    pub drain_seconds: u64,
    /// How long requests may take to finish at shutdown.
    pub shutdown_seconds: u64,
}

/// Where records are kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// A Postgres URL in which `{service}` stands for the service; empty is SQLite in the data directory.
    #[serde(serialize_with = "masked")]
    pub url: SecretString,
    /// A file that holds the URL.
    pub url_file: PathBuf,
    /// Where SQLite files and generated keys are kept.
    pub data_directory: PathBuf,
    /// How many connections each service opens at most.
    pub max_connections: u32,
    /// How long a request waits for a connection.
    pub acquire_timeout_seconds: u64,
    /// How long one statement may run.
    pub statement_timeout_seconds: u64,
}

impl DatabaseSettings {
    /// Whether the services keep their records in files of this machine.
    pub fn is_embedded(&self) -> bool {
        self.url.expose_secret().is_empty()
    }

    /// The URL of the database of one service.
    pub fn url_of(&self, service: &str) -> SecretString {
        match self.url.expose_secret() {
            "" => format!("sqlite://{}/{service}.db?mode=rwc", self.data_directory.display()).into(),
            url => url.replace("{service}", service).into(),
        }
    }
}

/// Where resolved callers, counters and throttles are kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// A Redis URL; empty is the memory of this process.
    #[serde(serialize_with = "masked")]
    pub url: SecretString,
    /// A file that holds the URL.
    pub url_file: PathBuf,
}

/// Keys, sessions, passwords.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySettings {
    /// The keys that all processes share, the current one first; empty is generated at the first start.
    #[serde(deserialize_with = "keys")]
    pub cluster_keys: Vec<NamedKey>,
    /// A file that holds the cluster keys as `id:key`, one a line.
    pub cluster_keys_file: PathBuf,
    /// The keys that wrap data keys, the current one first; empty is generated at the first start.
    #[serde(deserialize_with = "keys")]
    pub master_keys: Vec<NamedKey>,
    /// A file that holds the master keys as `id:key`, one a line.
    pub master_keys_file: PathBuf,
    /// How long a session lasts without a request.
    pub session_idle_hours: u64,
    /// How long a session lasts at most.
    pub session_absolute_hours: u64,
    /// How long a signed caller is believed by other services.
    pub caller_seconds: u64,
    /// How long an invitation can be accepted.
    pub invitation_hours: u64,
    /// How long a password can be reset with a mailed link.
    pub password_reset_minutes: u64,
    /// How many characters a password needs.
    pub password_minimum_length: usize,
    /// How much memory hashing one password takes.
    pub password_memory_kib: u32,
    /// How many passes hashing one password takes.
    pub password_passes: u32,
    /// How often signing in may be tried for one account.
    pub sign_in_per_account: Limit,
    /// How often signing in may be tried from one address.
    pub sign_in_per_address: Limit,
}

/// A key and the id under which it is known.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NamedKey {
    /// The name that what it signed or wrapped carries: letters, digits, `-` and `_`.
    pub id: String,
    /// The key in base64.
    #[serde(serialize_with = "masked")]
    pub key: SecretString,
}

impl NamedKey {
    /// Reads `id:key` entries, separated by commas or white space.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        let parsed = entries.map(|entry| {
            let (id, key) = entry.split_once(':')?;
            Some(Self { id: id.to_owned(), key: key.into() })
        });
        let all = parsed.collect::<Option<Vec<_>>>();
        all.ok_or_else(|| invalid("write each key as id:key"))
    }
}

/// Certificates by where they are used.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSections {
    /// What the gateway shows to browsers.
    pub gateway: TlsSettings,
    /// What services show to each other.
    pub internal: TlsSettings,
}

/// The files of one certificate; all empty is no TLS.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The PEM file of the certificate and its chain.
    pub certificate: PathBuf,
    /// The PEM file of the private key.
    pub key: PathBuf,
    /// The PEM file of the authorities that may have signed the certificates of peers.
    pub ca: PathBuf,
    /// The name that the certificates of peers must carry; empty is the host of the URL, and any for clients.
    pub server_name: String,
}

impl TlsSettings {
    /// Whether TLS is wanted.
    pub fn is_enabled(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

/// How much a caller may ask.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// The rate of one signed-in caller.
    pub per_caller: Limit,
    /// The rate of one address.
    pub per_address: Limit,
    /// The largest request.
    pub max_request_bytes: usize,
    /// How long a request may take.
    pub request_timeout_seconds: u64,
    /// How many requests of a gateway each service works on at once.
    pub concurrent_requests: usize,
}

/// Which other sites may call from a browser.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// The origins; empty is none.
    #[serde(deserialize_with = "list")]
    pub origins: Vec<String>,
}

/// How mail is sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server, for example `smtps://user:password@host`; empty is no mail.
    #[serde(serialize_with = "masked")]
    pub smtp_url: SecretString,
    /// A file that holds the URL.
    pub smtp_url_file: PathBuf,
    /// The sender.
    pub from: String,
}

/// Defaults of the customers service.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomersSettings {
    /// The country of phone numbers that are written without one.
    pub default_region: String,
}

/// How long is kept who read what.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// After how many days access records are removed; 0 is never.
    pub access_record_days: u32,
}

/// What is logged and how.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// Which lines are written, in the syntax of `tracing`'s filter.
    pub filter: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Where traces are sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSettings {
    /// The URL of a collector that speaks OTLP over gRPC; empty is no traces.
    pub endpoint: String,
    /// Which part of the requests is traced, from 0 to 1, if nobody before the suite has decided.
    pub sample_ratio: f64,
}

/// A setting that is wrong; the message begins with its name.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::precondition("CONFIGURATION_INVALID", message)
}

/// Hides a secret; of a URL the password and the query, which may hold one too.
fn masked<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    let text = secret.expose_secret();
    let Some((scheme, rest)) = text.split_once("://") else {
        return serializer.serialize_str(if text.is_empty() { "" } else { "****" });
    };
    let (credentials, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    let host = host.split_once('?').map_or(host.to_owned(), |(host, _)| format!("{host}?****"));
    match credentials.split_once(':') {
        None if credentials.is_empty() => serializer.collect_str(&format_args!("{scheme}://{host}")),
        None => serializer.collect_str(&format_args!("{scheme}://{credentials}@{host}")),
        Some((user, _)) => serializer.collect_str(&format_args!("{scheme}://{user}:****@{host}")),
    }
}

/// The environment can only hold text: a list is separated by commas there.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a list, or a text separated by commas")]
enum TextOr<T> {
    Text(String),
    List(Vec<T>),
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match TextOr::deserialize(deserializer)? {
        TextOr::List(list) => list,
        TextOr::Text(text) => {
            text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
        }
    })
}

fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<NamedKey>, D::Error> {
    match TextOr::deserialize(deserializer)? {
        TextOr::List(list) => Ok(list),
        TextOr::Text(text) => NamedKey::parse_list(&text).map_err(serde::de::Error::custom),
    }
}
