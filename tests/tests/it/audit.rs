//! Every step is in the audit log, and the log proves itself.

use crm_tests::{Rest, Suite, eventually, text};
use serde_json::{Value, json};

use crate::journey::Company;

#[tokio::test]
async fn every_step_is_in_the_audit_log_and_an_altered_row_is_named() {
    let mut suite = Suite::start().await;
    let administrator = suite.administrator().await;
    let company = Company::found(&suite, &administrator).await;
    let seller = &company.seller;

    let account = seller.rest.post("/v1/accounts", json!({ "name": "Northwind" })).await.ok();
    let id = text(&account["id"]);
    let path = format!("/v1/accounts/{id}");
    seller.rest.patch(&path, json!({ "name": "Northwind Traders" })).await.ok();
    seller.rest.delete(&path).await.refused(403, "PERMISSION_DENIED");
    let manager = &company.manager;
    manager.rest.delete(&path).await.ok();
    seller.rest.get(&path).await.refused(404, "NOT_FOUND");
    manager.rest.post(&format!("{path}/restore"), json!({})).await.ok();
    seller.rest.get(&path).await.ok();

    let history = seller.rest.get(&format!("/v1/history/customers.account/{id}")).await.ok();
    let changes = history["changes"].as_array().unwrap();
    assert_eq!(verbs(changes), ["restored", "deleted", "updated", "created"]);
    assert_eq!(changes[2]["before"]["name"], "Northwind");
    assert_eq!(changes[2]["after"]["name"], "Northwind Traders");
    let actors: Vec<_> = changes.iter().map(|change| text(&change["actor_id"])).collect();
    assert_eq!(actors, [&manager.id, &manager.id, &seller.id, &seller.id].map(String::clone));
    company
        .colleague
        .rest
        .get(&format!("/v1/history/customers.account/{id}"))
        .await
        .refused(404, "NOT_FOUND");

    let filter = format!("record_id={id}");
    let audited = administrator.all("/v1/audit/customers/changes", "changes", &[("filter", &filter)]).await;
    assert_eq!(verbs(&audited), ["restored", "deleted", "updated", "created"]);
    manager.rest.get("/v1/audit/customers/changes").await.refused(403, "PERMISSION_DENIED");

    let users = administrator.all("/v1/audit/identity/changes", "changes", &[]).await;
    for resource in ["identity.department", "identity.user"] {
        assert!(users.iter().any(|change| change["resource"] == resource), "{resource}");
    }
    // Reads are recorded in batches, so they appear a moment later.
    eventually("the read in the audit log", async || {
        let filter = format!("actor_id={}", seller.id);
        let records = [("filter", filter.as_str())];
        let records =
            administrator.all("/v1/audit/customers/access-records", "access_records", &records).await;
        let read = records.iter().find(|record| {
            text(&record["method"]).ends_with("GetAccount")
                && record["code"] == "OK"
                && record["record_ids"][0] == id
        })?;
        assert!(!text(&read["address"]).is_empty(), "{read}");
        Some(())
    })
    .await;
    eventually("the sign-in in the audit log", async || {
        let path = "/v1/audit/identity/access-records";
        let records = administrator.all(path, "access_records", &[]).await;
        records.iter().any(|record| text(&record["method"]).ends_with("SignIn")).then_some(())
    })
    .await;

    for service in ["identity", "customers"] {
        for log in ["changes", "access_records"] {
            assert_eq!(faults(&administrator, service, log).await, Vec::<Value>::new(), "{service} {log}");
        }
    }
    assert!(suite.execute(&["audit", "verify"]).await.status.success());

    let altered = text(&changes[2]["id"]);
    let alter = "update changes set after = replace(after, 'Northwind Traders', 'Southwind Traders') \
        where verb = 'updated' and after like '%Northwind Traders%'";
    suite.alter("customers", alter);
    let output = suite.execute(&["audit", "verify"]).await;
    let report =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{report}");
    assert!(report.contains(&altered), "{report}");
    let named = faults(&administrator, "customers", "changes").await;
    assert!(named.iter().any(|fault| fault["id"] == altered && fault["reason"] == "ALTERED"), "{named:?}");
}

fn verbs(changes: &[Value]) -> Vec<String> {
    changes.iter().map(|change| text(&change["verb"])).collect()
}

/// What the proof of a whole log finds wrong.
pub(crate) async fn faults(administrator: &Rest, service: &str, log: &str) -> Vec<Value> {
    let (mut faults, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let parameters = [("log", log), ("after", &after)];
        let proof = administrator.find(&format!("/v1/audit/{service}/verify"), &parameters).await.ok();
        faults.extend(proof["faults"].as_array().into_iter().flatten().cloned());
        if proof["complete"] == true {
            return faults;
        }
        after = text(&proof["position"]);
    }
}
