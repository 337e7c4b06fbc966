//! The sales service through its gRPC clients, on a real database.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

mod assignment;
mod board;
mod conversion;
mod customers;
mod demo;
mod duplicates;
mod exchange_rates;
mod feeds;
mod follow_ups;
mod hidden_amounts;
mod lead_forms;
mod leads;
mod opportunities;
mod pipelines;
mod predictions;
mod products;
mod reports;
mod reports_random;
mod representatives;
mod targets;
mod team;
mod tenancy;

use crm_kit::testing::{Harness, TestCaller};
use crm_sales::Sales;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub(crate) async fn run(test: impl AsyncFnOnce(&Harness)) {
    Harness::run(Sales, test).await;
}

/// An administrator of an organization that sales has heard of.
pub(crate) async fn organization(harness: &Harness) -> TestCaller {
    let administrator = harness.administrator();
    harness.identity.put_organization(administrator.organization(), "CNY", "Asia/Shanghai");
    known(harness, administrator.organization()).await;
    administrator
}

/// Waits until sales has heard of an organization.
pub(crate) async fn known(harness: &Harness, organization: uuid::Uuid) {
    crm_kit::testing::eventually("the organization is known", async || {
        let connection = harness.context.db.connection();
        crm_sales::store::pipeline::default(connection, organization).await.is_ok()
    })
    .await;
}

/// Fails unless the status has the code and the reason.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(result: Result<T, Status>, code: Code, reason: &str) {
    let status = result.expect_err("a refusal is expected");
    let info = status.get_details_error_info().map(|info| info.reason);
    assert_eq!((status.code(), info.as_deref()), (code, Some(reason)), "{}", status.message());
}

/// The fields and reasons of every violation.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    violations.into_iter().map(|violation| (violation.field, violation.reason)).collect()
}
