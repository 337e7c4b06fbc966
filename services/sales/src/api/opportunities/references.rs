//! What an opportunity refers to in customers.

use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Violations};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{BatchGetContactsRequest, GetAccountRequest};
use crm_protos::sales::v1::Opportunity;
use tonic::Code;

use crate::store::opportunity::Model;

/// The service that owns accounts and contacts.
const CUSTOMERS: &str = "customers";

/// Adds a violation for every new account or contact that the caller cannot see: customers says, in the caller's name.
/// Call it before a write begins.
pub(super) async fn check(
    context: &Context,
    access: &Access,
    wanted: &Opportunity,
    before: Option<&Model>,
    violations: &mut Violations,
) -> Result<()> {
    let kept = before.and_then(|before| before.account_id).map(|id| id.to_string()).unwrap_or_default();
    if !wanted.account_id.is_empty() && wanted.account_id != kept {
        let request = access.request(GetAccountRequest { id: wanted.account_id.clone() });
        let answer = AccountsClient::new(context.peers.get(CUSTOMERS)?).get_account(request).await;
        if !exists(answer.err())? {
            violations.add("opportunity.account_id", "ACCOUNT_UNKNOWN", "give an account that you can see");
        }
    }
    let known = |id: &str| {
        before.is_some_and(|before| before.contacts.0.iter().any(|contact| contact.contact_id == id))
    };
    let ids = wanted.contacts.iter().map(|contact| contact.contact_id.clone());
    let ids: Vec<String> = ids.filter(|id| !id.is_empty() && !known(id)).collect();
    if !ids.is_empty() {
        let request = access.request(BatchGetContactsRequest { ids });
        let answer = ContactsClient::new(context.peers.get(CUSTOMERS)?).batch_get_contacts(request).await;
        if !exists(answer.err())? {
            violations.add("opportunity.contacts", "CONTACT_UNKNOWN", "give contacts that you can see");
        }
    }
    Ok(())
}

/// Whether there is what was asked for, which customers did or did not fail to answer.
fn exists(failure: Option<tonic::Status>) -> Result<bool> {
    match failure {
        None => Ok(true),
        Some(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Ok(false),
        Some(status) => Err(Error::from(status)),
    }
}
