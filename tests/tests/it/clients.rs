//! A gRPC client that is not ours.

use std::path::Path;
use std::process::Command;

use crm_tests::{Suite, run};

#[tokio::test]
async fn a_client_in_another_language_discovers_the_services_and_works_with_accounts() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let key = suite.key(&administrator, "Administrator").await;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../target/tools/bin/python");
    assert!(python.exists(), "install it first: npx --yes rust-just tools");
    let mut client = Command::new(python);
    client.arg(here.join("python/client.py")).arg(here.join("../protos")).arg(suite.directory());
    client.arg(&suite.grpc_addresses("customers")[0]).env("API_KEY", &key);
    if let Some(files) = suite.certificate_files() {
        client.args(files);
    }
    let output = tokio::task::spawn_blocking(move || run(&mut client)).await.unwrap();
    assert!(output.contains("created 7, listed 7 on 3 pages"), "{output}");
}
