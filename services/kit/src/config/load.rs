//! Reading, checking and printing the settings.

use std::path::Path;

use ::config::{Config, ConfigError, Environment, File, FileFormat};
use secrecy::{ExposeSecret, SecretString};

use super::{NamedKey, Settings, invalid};
use crate::crypto::{ClusterKeys, MasterKeys};
use crate::error::{Error, Result};
use crate::telemetry;

impl Settings {
    /// Reads the defaults, then the file if there is one, then `CRM__SECTION__KEY` from the environment.
    pub fn load(defaults: &str, file: Option<&Path>) -> Result<Self> {
        let variables = std::env::vars_os();
        let text =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::load_with(defaults, file, text)
    }

    /// Reads as [`Settings::load`] does, with an environment that is given.
    pub fn load_with(
        defaults: &str,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let environment = environment.into_iter().collect();
        let mut sources = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
        if let Some(path) = file {
            sources = sources.add_source(File::from(path).format(FileFormat::Toml));
        }
        let variables = Environment::with_prefix("CRM").separator("__").source(Some(environment));
        let merged = sources.add_source(variables).build().map_err(refuse)?;
        let mut settings: Self = merged.try_deserialize().map_err(refuse)?;
        settings.read_secret_files()?;
        settings.validate()?;
        Ok(settings)
    }

    fn read_secret_files(&mut self) -> Result<()> {
        let security = &mut self.security;
        let secrets = [
            ("database.url", &mut self.database.url, &self.database.url_file),
            ("cache.url", &mut self.cache.url, &self.cache.url_file),
            ("mail.smtp_url", &mut self.mail.smtp_url, &self.mail.smtp_url_file),
        ];
        for (name, secret, path) in secrets {
            if let Some(text) = secret_file(name, !secret.expose_secret().is_empty(), path)? {
                *secret = text;
            }
        }
        let keys = [
            ("security.cluster_keys", &mut security.cluster_keys, &security.cluster_keys_file),
            ("security.master_keys", &mut security.master_keys, &security.master_keys_file),
        ];
        for (name, keys, path) in keys {
            if let Some(text) = secret_file(name, !keys.is_empty(), path)? {
                let parsed = NamedKey::parse_list(text.expose_secret());
                *keys = parsed.map_err(|error| invalid(format!("{name}_file: {error}")))?;
            }
        }
        Ok(())
    }

    /// Says everything that is wrong at once, each with the name of its setting.
    fn validate(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut demand = |holds: bool, setting: &str, fault: &str| {
            if !holds {
                faults.push(format!("{setting}: {fault}"));
            }
        };
        let (server, database, security, limits) =
            (&self.server, &self.database, &self.security, &self.limits);
        let web = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let url = &server.public_url;
        let fault = "give an http or https URL without a trailing slash";
        demand(web(url) && !url.ends_with('/'), "server.public_url", fault);
        for (service, url) in &self.services {
            demand(url.is_empty() || web(url), &format!("services.{service}"), "give an http or https URL");
        }
        let url = database.url.expose_secret();
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let fault = "give a postgres URL that contains {service}";
        demand(url.is_empty() || (postgres && url.contains("{service}")), "database.url", fault);
        // Migrations hold a lock on one connection and work on another.
        demand(database.max_connections >= 2, "database.max_connections", "give 2 or more");
        let url = self.cache.url.expose_secret();
        demand(url.is_empty() || url.starts_with("redis"), "cache.url", "give a redis or rediss URL");
        let keys = &security.cluster_keys;
        let fault = "give each key its own id of letters, digits, - and _, and 32 bytes or more in base64";
        demand(keys.is_empty() || ClusterKeys::new(keys).is_ok(), "security.cluster_keys", fault);
        let keys = &security.master_keys;
        let fault = "give each key its own id of letters, digits, - and _, and 32 bytes in base64";
        demand(keys.is_empty() || MasterKeys::new(keys).is_ok(), "security.master_keys", fault);
        let holds = security.session_idle_hours <= security.session_absolute_hours;
        demand(holds, "security.session_idle_hours", "give at most session_absolute_hours");
        let holds = (8..=128).contains(&security.password_minimum_length);
        demand(holds, "security.password_minimum_length", "give 8 to 128");
        // What argon2 itself demands with one lane.
        demand(security.password_memory_kib >= 8, "security.password_memory_kib", "give at least 8");
        for (setting, number) in [
            ("server.shutdown_seconds", server.shutdown_seconds),
            ("database.max_connections", database.max_connections.into()),
            ("database.acquire_timeout_seconds", database.acquire_timeout_seconds),
            ("database.statement_timeout_seconds", database.statement_timeout_seconds),
            ("security.session_idle_hours", security.session_idle_hours),
            ("security.caller_seconds", security.caller_seconds),
            ("security.invitation_hours", security.invitation_hours),
            ("security.password_reset_minutes", security.password_reset_minutes),
            ("security.password_passes", security.password_passes.into()),
            ("limits.max_request_bytes", limits.max_request_bytes as u64),
            ("limits.request_timeout_seconds", limits.request_timeout_seconds),
            ("limits.concurrent_requests", limits.concurrent_requests as u64),
        ] {
            demand(number > 0, setting, "give at least 1");
        }
        for (setting, limit) in [
            ("security.sign_in_per_account", &security.sign_in_per_account),
            ("security.sign_in_per_address", &security.sign_in_per_address),
            ("limits.per_caller", &limits.per_caller),
            ("limits.per_address", &limits.per_address),
        ] {
            let holds = limit.burst > 0 && limit.per_second > 0.0 && limit.per_second.is_finite();
            demand(holds, setting, "give a burst of at least 1 and a per_second above 0");
        }
        for (setting, tls) in [("tls.gateway", &self.tls.gateway), ("tls.internal", &self.tls.internal)] {
            let key = !tls.key.as_os_str().is_empty();
            demand(tls.is_enabled() == key, setting, "give both a certificate and a key, or neither");
        }
        let internal = &self.tls.internal;
        let holds = !internal.is_enabled() || !internal.ca.as_os_str().is_empty();
        demand(holds, "tls.internal.ca", "give the authority that signs the certificates of the services");
        let region = &self.customers.default_region;
        let holds = region.len() == 2 && region.bytes().all(|letter| letter.is_ascii_uppercase());
        demand(holds, "customers.default_region", "give the two capital letters of a country");
        let (endpoint, ratio) = (&self.traces.endpoint, self.traces.sample_ratio);
        demand(endpoint.is_empty() || web(endpoint), "traces.endpoint", "give an http or https URL");
        demand((0.0..=1.0).contains(&ratio), "traces.sample_ratio", "give a number from 0 to 1");
        let holds = telemetry::parse_filter(&self.log.filter).is_ok();
        demand(holds, "log.filter", "give a level, or levels by module such as info,crm_identity=debug");
        if faults.is_empty() { Ok(()) } else { Err(invalid(faults.join("; "))) }
    }

    /// All settings as TOML, with secrets masked.
    pub fn masked(&self) -> Result<String> {
        let mut text = String::new();
        let sections = serde_json::to_value(self).map_err(Error::internal)?;
        for (section, settings) in sections.as_object().into_iter().flatten() {
            text.push_str(&format!("[{section}]\n"));
            for (name, value) in settings.as_object().into_iter().flatten() {
                text.push_str(&format!("{name} = {}\n", toml(value)));
            }
            text.push('\n');
        }
        Ok(text)
    }
}

/// Writes a value as TOML; JSON's strings, numbers and booleans are TOML already.
fn toml(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name} = {}", toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

fn refuse(error: ConfigError) -> Error {
    invalid(error.to_string())
}

fn secret_file(name: &str, given: bool, path: &Path) -> Result<Option<SecretString>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    if given {
        return Err(invalid(format!("{name}_file: give either {name} or {name}_file")));
    }
    let read = std::fs::read_to_string(path);
    let text =
        read.map_err(|error| invalid(format!("{name}_file: cannot read {}: {error}", path.display())))?;
    Ok(Some(text.trim().into()))
}
