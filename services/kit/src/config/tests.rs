use std::io::Write;

use secrecy::ExposeSecret;

use super::*;

const DEFAULTS: &str = include_str!("../../../crm/default.toml");
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings> {
    let mut path = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    path.write_all(file.as_bytes()).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Settings::load_with(DEFAULTS, Some(path.path()), environment)
}

fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    let error = load(file, environment).unwrap_err();
    assert_eq!(error.reason(), "CONFIGURATION_INVALID");
    error.to_string()
}

#[test]
fn the_defaults_are_enough() {
    let settings = load("", &[("PATH", "/bin"), ("CRMX__SERVER__DEVELOPMENT", "true")]).unwrap();
    assert_eq!(settings.server.grpc_address.port(), 9000);
    assert_eq!(settings.limits.max_request_bytes, 1 << 20);
    let url = settings.database.url_of("identity");
    assert_eq!(url.expose_secret(), "sqlite://./data/identity.db?mode=rwc");
    assert!(!settings.tls.internal.is_enabled());
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let file = "[server]\ndrain_seconds = 1\nshutdown_seconds = 2\n[limits]\nper_caller = { burst = 7 }";
    let environment = [
        ("CRM__SERVER__DRAIN_SECONDS", "3"),
        ("CRM__SERVER__DEVELOPMENT", "true"),
        ("CRM__LIMITS__PER_CALLER__PER_SECOND", "2"),
        ("CRM__SERVICES__IDENTITY", "https://identity:9000"),
        ("CRM__CORS__ORIGINS", "https://a.example, https://b.example"),
        ("CRM__DATABASE__URL", "postgres://crm:secret@db/crm_{service}"),
        ("CRM__TLS__GATEWAY__CERTIFICATE", "/c.pem"),
        ("CRM__TLS__GATEWAY__KEY", "/k.pem"),
    ];
    let settings = load(file, &environment).unwrap();
    assert_eq!((settings.server.drain_seconds, settings.server.shutdown_seconds), (3, 2));
    assert!(settings.server.development);
    assert_eq!(settings.limits.per_caller, Limit { burst: 7, per_second: 2.0 });
    assert_eq!(settings.services["identity"], "https://identity:9000");
    assert_eq!(settings.cors.origins, ["https://a.example", "https://b.example"]);
    assert_eq!(settings.database.url_of("sales").expose_secret(), "postgres://crm:secret@db/crm_sales");
    assert_eq!(settings.tls.gateway.key, PathBuf::from("/k.pem"));
}

#[test]
fn unknown_settings_are_refused_by_name() {
    assert!(refusal("[server]\ndrain_second = 1", &[]).contains("drain_second"));
    assert!(refusal("[sever]\n", &[]).contains("sever"));
    assert!(refusal("", &[("CRM__LIMITS__PER_CALLER__BRUST", "1")]).contains("brust"));
}

#[test]
fn wrong_values_are_refused_with_the_name_of_the_setting() {
    for (file, setting) in [
        ("[server]\ngateway_address = \"here\"", "server.gateway_address"),
        ("[server]\ndrain_seconds = -1", "server.drain_seconds"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[log]\nfilter = \"crm=loud\"", "log.filter"),
        ("[cors]\norigins = 3", "cors.origins"),
        ("[server]\npublic_url = \"http://crm.example/\"", "server.public_url"),
        ("[services]\nsales = \"sales:9000\"", "services.sales"),
        ("[database]\nurl = \"postgres://db/crm\"", "database.url"),
        ("[cache]\nurl = \"http://redis\"", "cache.url"),
        ("[security]\ncluster_keys = \"a:c2hvcnQ=\"", "security.cluster_keys"),
        ("[security]\nmaster_keys = \"c2hvcnQ=\"", "security.master_keys"),
        ("[security]\nmaster_keys = [{ id = \"a\", key = \"c2hvcnQ=\" }]", "security.master_keys"),
        ("[security]\nsession_idle_hours = 1000", "security.session_idle_hours"),
        ("[limits]\nper_address = { burst = 0 }", "limits.per_address"),
        ("[tls]\ngateway = { key = \"/k.pem\" }", "tls.gateway"),
        ("[tls]\ninternal = { certificate = \"/c.pem\", key = \"/k.pem\" }", "tls.internal.ca"),
        ("[customers]\ndefault_region = \"China\"", "customers.default_region"),
    ] {
        let message = refusal(file, &[]);
        assert!(message.contains(setting), "{setting} is not in {message:?}");
        assert!(!message.contains("c2hvcnQ="), "a secret is in {message:?}");
    }
    let message = refusal("[limits]\nmax_request_bytes = 0\n[database]\nmax_connections = 0", &[]);
    assert!(message.contains("limits.max_request_bytes") && message.contains("database.max_connections"));
}

#[test]
fn secrets_are_read_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let cluster = path("cluster", &format!("b:{KEY}\na:{KEY}\n"));
    let master = path("master", &format!("2026:{KEY}\n2025:{KEY}\n"));
    let environment =
        [("CRM__SECURITY__CLUSTER_KEYS_FILE", &*cluster), ("CRM__SECURITY__MASTER_KEYS_FILE", &*master)];
    let settings = load("", &environment).unwrap();
    let ids = |keys: &[NamedKey]| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&settings.security.cluster_keys), ["b", "a"]);
    assert_eq!(ids(&settings.security.master_keys), ["2026", "2025"]);
    let wrong = path("wrong", KEY);
    let error = refusal("", &[("CRM__SECURITY__CLUSTER_KEYS_FILE", &*wrong)]);
    assert!(error.contains("security.cluster_keys_file") && !error.contains(KEY), "{error}");
    let both = [("CRM__CACHE__URL", "redis://cache"), ("CRM__CACHE__URL_FILE", &*cluster)];
    assert!(refusal("", &both).contains("cache.url_file"));
    assert!(refusal("", &[("CRM__MAIL__SMTP_URL_FILE", "/not/there")]).contains("mail.smtp_url_file"));
}

#[test]
fn printed_settings_hold_no_secret_and_can_be_read_again() {
    let master = format!("now:{KEY}, old:{KEY}");
    let environment = [
        ("CRM__DATABASE__URL", "postgres://crm:secret@db/crm_{service}?password=secret"),
        ("CRM__CACHE__URL", "rediss://:secret@cache"),
        ("CRM__MAIL__SMTP_URL", "smtps://crm:sec:ret@mail"),
        ("CRM__SECURITY__CLUSTER_KEYS", &*master),
        ("CRM__SECURITY__MASTER_KEYS", &*master),
    ];
    let settings = load("", &environment).unwrap();
    let text = settings.masked().unwrap();
    for shown in [text.clone(), format!("{settings:?}")] {
        assert!(!shown.contains("secret") && !shown.contains("ret@") && !shown.contains(KEY), "{shown}");
    }
    assert!(text.contains("postgres://crm:****@db/crm_{service}"), "{text}");
    assert!(text.contains(r#"{ id = "now", key = "****" }"#), "{text}");
    let plain = load("", &[]).unwrap().masked().unwrap();
    assert_eq!(load(&plain, &[]).unwrap().masked().unwrap(), plain);
}
