//! Accounts and contacts that may be the same as a lead.

use std::time::Duration;

use crm_kit::service::Context;
use crm_kit::{Access, Error, Result};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{Account, Contact, ListAccountsRequest, ListContactsRequest};
use crm_protos::sales::v1::Duplicate;
use futures::future::{try_join, try_join_all};

use super::{COMPARED, duplicate};
use crate::domain::duplicate::{Party, company_filter, person_filter};

/// Which part of the time of a request customers may take: an answer that is late is better than none, but a lead is created
/// without it.
const PATIENCE: u32 = 3;

const ACCOUNT: &str = "customers.account";
const CONTACT: &str = "customers.contact";

/// Three questions for each kind: for the same address, the same number, and for names that are much like it. Customers
/// answers them in the caller's name.
pub(super) async fn find(
    context: &Context,
    access: &Access,
    subject: &Party,
    among_accounts: bool,
    among_contacts: bool,
) -> Result<Vec<Duplicate>> {
    // What is made of a person without company is named after the person.
    let mut company = subject.clone();
    if company.companies.is_empty() && !company.name.is_empty() {
        company.companies = vec![company.name.clone()];
    }
    let names = company.companies.iter().map(|name| company_filter("name", name)).collect();
    let of_accounts = match among_accounts && access.allows("customers.account.read") {
        true => filters(access, ACCOUNT, subject, "name", names),
        false => Vec::new(),
    };
    let names = vec![person_filter("full_name", &subject.name)];
    let of_contacts = match among_contacts && access.allows("customers.contact.read") {
        true => filters(access, CONTACT, subject, "full_name", names),
        false => Vec::new(),
    };
    if of_accounts.is_empty() && of_contacts.is_empty() {
        return Ok(Vec::new());
    }
    let answers = try_join(accounts(context, access, of_accounts), contacts(context, access, of_contacts));
    let patience = Duration::from_secs(context.settings.limits.request_timeout_seconds) / PATIENCE;
    let (accounts, contacts) =
        tokio::time::timeout(patience, answers).await.map_err(|_| Error::Unavailable)??;
    let accounts = accounts.iter().filter_map(|account| {
        duplicate(&company, &account_party(account), ACCOUNT, &account.id, &account.name)
    });
    let contacts = contacts.iter().filter_map(|contact| {
        duplicate(subject, &contact_party(contact), CONTACT, &contact.id, &contact.full_name)
    });
    Ok(accounts.chain(contacts).collect())
}

/// The filters that find what may be the same, of the fields that the caller may see.
fn filters(access: &Access, kind: &str, subject: &Party, name: &str, names: Vec<String>) -> Vec<String> {
    let holds = |field: &'static str, values: &[String]| {
        let value = values.first().map(|value| value.replace('\\', "\\\\").replace('|', "\\|"));
        Vec::from_iter(value.map(|value| format!("{field}~{value}")))
    };
    let questions = [
        ("emails", holds("emails", &subject.emails)),
        ("phones", holds("phones", &subject.phones)),
        (name, names),
    ];
    let seen = questions.into_iter().filter(|(field, _)| !access.hides(kind, field));
    seen.flat_map(|(_, filters)| filters).filter(|filter| !filter.is_empty()).collect()
}

async fn accounts(context: &Context, access: &Access, filters: Vec<String>) -> Result<Vec<Account>> {
    let client = AccountsClient::new(context.peers.get("customers")?);
    let pages = try_join_all(filters.into_iter().map(|filter| {
        let mut client = client.clone();
        async move {
            let message = ListAccountsRequest {
                filter: vec![filter],
                page_size: COMPARED.into(),
                ..ListAccountsRequest::default()
            };
            client.list_accounts(access.request(message)).await
        }
    }));
    Ok(pages.await?.into_iter().flat_map(|page| page.into_inner().accounts).collect())
}

async fn contacts(context: &Context, access: &Access, filters: Vec<String>) -> Result<Vec<Contact>> {
    let client = ContactsClient::new(context.peers.get("customers")?);
    let pages = try_join_all(filters.into_iter().map(|filter| {
        let mut client = client.clone();
        async move {
            let message = ListContactsRequest {
                filter: vec![filter],
                page_size: COMPARED.into(),
                ..ListContactsRequest::default()
            };
            client.list_contacts(access.request(message)).await
        }
    }));
    Ok(pages.await?.into_iter().flat_map(|page| page.into_inner().contacts).collect())
}

fn account_party(account: &Account) -> Party {
    Party {
        name: String::new(),
        companies: vec![account.name.clone()],
        emails: account.emails.iter().map(|email| email.address.clone()).collect(),
        phones: account.phones.iter().map(|phone| phone.number.clone()).collect(),
    }
}

fn contact_party(contact: &Contact) -> Party {
    let companies = contact.accounts.iter().map(|account| account.account_name.clone());
    Party {
        name: contact.full_name.clone(),
        companies: companies.filter(|name| !name.is_empty()).collect(),
        emails: contact.emails.iter().map(|email| email.address.clone()).collect(),
        phones: contact.phones.iter().map(|phone| phone.number.clone()).collect(),
    }
}
