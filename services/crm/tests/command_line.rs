//! What the executable does besides serving, as its operators call it.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

fn crm(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crm"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command.output().expect("the executable starts")
}

fn printed(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = crm(arguments, environment);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn the_committed_description_of_the_api_is_the_one_it_prints() {
    let committed =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../gateway/openapi.json")).unwrap();
    let committed: Value = serde_json::from_str(&committed).unwrap();
    let printed: Value = serde_json::from_str(&printed(&["openapi"], &[])).unwrap();
    assert!(
        committed == printed,
        "the API has changed; look at the difference and run `cargo run -p crm -- openapi > services/gateway/openapi.json`"
    );
}

#[test]
fn settings_are_shown_without_secrets_and_unknown_ones_are_refused() {
    let shown = printed(&["config"], &[("CRM__MAIL__SMTP_URL", "smtp://user:hunter2@127.0.0.1:9")]);
    assert!(shown.contains("public_url") && !shown.contains("hunter2"), "{shown}");

    let refused = crm(&["config"], &[("CRM__SERVER__COLOUR", "red")]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("colour"), "{refused:?}");

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("settings.toml");
    fs::write(&file, "[mail]\nfrom = \"crm@firm.example.com\"\n").unwrap();
    let shown = printed(&["config", "--config", file.to_str().unwrap()], &[]);
    assert!(shown.contains("crm@firm.example.com"));
}
