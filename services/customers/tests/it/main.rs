//! The customers service through its gRPC clients, on a real database.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

mod accounts;
mod bulk;
mod comments;
mod contacts;
mod health;
mod history;
mod jobs;
mod large;
mod migrations;
mod retention;
mod scopes;
mod search;
mod tenancy;
mod writes;

use crm_customers::Customers;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{
    Account, Contact, CreateAccountRequest, CreateContactRequest, Email, GetAccountRequest,
    ListAccountsRequest, Phone,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub(crate) async fn run(test: impl AsyncFnOnce(&Harness)) {
    Harness::run(Customers, test).await;
}

pub(crate) fn accounts(harness: &Harness) -> AccountsClient<crm_kit::channel::Channel> {
    AccountsClient::new(harness.channel.clone())
}

pub(crate) fn contacts(harness: &Harness) -> ContactsClient<crm_kit::channel::Channel> {
    ContactsClient::new(harness.channel.clone())
}

pub(crate) fn named(name: &str) -> Account {
    Account { name: name.to_owned(), ..Account::default() }
}

pub(crate) fn phone(number: &str) -> Phone {
    Phone { number: number.to_owned(), ..Phone::default() }
}

pub(crate) fn email(address: &str) -> Email {
    Email { address: address.to_owned(), ..Email::default() }
}

pub(crate) async fn create(
    harness: &Harness,
    caller: &TestCaller,
    account: Account,
) -> Result<Account, Status> {
    let request = caller.request(CreateAccountRequest { account: Some(account) });
    Ok(accounts(harness).create_account(request).await?.into_inner())
}

pub(crate) async fn create_contact(
    harness: &Harness,
    caller: &TestCaller,
    contact: Contact,
) -> Result<Contact, Status> {
    let request = caller.request(CreateContactRequest { contact: Some(contact) });
    Ok(contacts(harness).create_contact(request).await?.into_inner())
}

pub(crate) async fn get(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Account, Status> {
    let request = caller.request(GetAccountRequest { id: id.to_owned() });
    Ok(accounts(harness).get_account(request).await?.into_inner())
}

/// The names of the accounts that a list answers.
pub(crate) async fn names(
    harness: &Harness,
    caller: &TestCaller,
    list: ListAccountsRequest,
) -> Result<Vec<String>, Status> {
    let answer = accounts(harness).list_accounts(caller.request(list)).await?.into_inner();
    Ok(answer.accounts.into_iter().map(|account| account.name).collect())
}

pub(crate) async fn found(harness: &Harness, caller: &TestCaller, query: &str) -> Vec<String> {
    let mut names =
        names(harness, caller, ListAccountsRequest { query: query.to_owned(), ..Default::default() })
            .await
            .unwrap();
    names.sort();
    names
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
