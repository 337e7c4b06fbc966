//! What the executable does besides serving, for a suite that there is.

use crm_tests::{Suite, text};
use serde_json::{Value, json};

#[tokio::test]
async fn the_api_describes_itself() {
    let suite = Suite::start().await;
    let browser = suite.browser();
    let served = browser.get("/openapi.json").await.ok();
    assert!(text(&served["openapi"]).starts_with("3.1"));
    let printed = suite.execute(&["openapi"]).await;
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed["paths"], served["paths"]);
    let create = &served["paths"]["/v1/accounts"]["post"];
    assert!(text(&create["description"]).contains("Creates an account"), "{create}");
    let page = browser.get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn a_suite_that_is_asked_to_stop_stops_well_and_starts_again_with_its_data() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let account = administrator.post("/v1/accounts", json!({ "name": "Acme" })).await.ok();
    assert!(suite.process("customers").terminate().await);
    let log = suite.process("customers").output();
    assert!(log.contains("stopping") && !log.contains('\u{1b}'), "a file is no terminal: {log}");
    suite.resume("customers").await;
    assert_eq!(administrator.get(&format!("/v1/accounts/{}", text(&account["id"]))).await.ok(), account);
}

#[tokio::test]
async fn sensitive_fields_survive_a_rotation_of_the_keys() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let account = json!({ "name": "Acme", "bank_card_number": "6222020200112233445" });
    let account = administrator.post("/v1/accounts", account).await.ok();
    assert_eq!(account["bank_card_number"], "****3445");
    let path = format!("/v1/accounts/{}", text(&account["id"]));
    let revealed = administrator.get(&path).await.ok();
    assert_eq!(revealed["bank_card_number"], "6222020200112233445");
    assert!(!suite.alter("customers", "select * from accounts").contains("6222020200112233445"));
    for arguments in [&["keys", "rotate"][..], &["keys", "rotate", "--data"]] {
        let output = suite.execute(arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(administrator.get(&path).await.ok(), revealed);
    }
}
