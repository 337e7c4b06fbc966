//! What customers makes of a lead.

use chrono::TimeDelta;
use crm_kit::convert::enum_number;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{
    Account, AccountType, Contact, ContactAccount, CreateAccountRequest, CreateContactRequest, Email,
    ListAccountsRequest, ListContactsRequest, Phone, PointType, Source,
};
use tonic::Request;
use uuid::Uuid;

use crate::api::leads::values::address_message;
use crate::domain::conversion::{Customer, Plan};
use crate::store::lead_conversion::Model;

/// Customers forgets keys after a day; some time before that, what was made is looked for instead.
const KEYS_LIVE: TimeDelta = TimeDelta::hours(20);
/// The clocks of two services differ by less.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// Makes the account, unless it was made; answers its id.
pub(super) async fn make_account(context: &Context, actor: &Access, row: &Model) -> Result<Uuid> {
    let (account, mut client) = (account(&row.plan), AccountsClient::new(context.peers.get("customers")?));
    if let Some(filter) = made_since(context, row, "name", &account.name) {
        let list = ListAccountsRequest {
            filter,
            order_by: "create_time".to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let found = client.list_accounts(actor.request(list)).await?.into_inner().accounts;
        if let Some(account) = found.first() {
            return id(&account.id);
        }
    }
    let request = CreateAccountRequest { account: Some(account) };
    let made = client.create_account(keyed(actor.request(request), row, "account")?).await?;
    id(&made.into_inner().id)
}

/// Makes the contact of an account, unless it was made; answers its id.
pub(super) async fn make_contact(
    context: &Context,
    actor: &Access,
    row: &Model,
    account: Uuid,
) -> Result<Uuid> {
    let contact = contact(&row.plan, account);
    let mut client = ContactsClient::new(context.peers.get("customers")?);
    if let Some(mut filter) = made_since(context, row, "full_name", &contact.full_name) {
        filter.push(format!("accounts.account_id={account}"));
        let list = ListContactsRequest {
            filter,
            order_by: "create_time".to_owned(),
            page_size: 1,
            ..Default::default()
        };
        let found = client.list_contacts(actor.request(list)).await?.into_inner().contacts;
        if let Some(contact) = found.first() {
            return id(&contact.id);
        }
    }
    let request = CreateContactRequest { contact: Some(contact) };
    let made = client.create_contact(keyed(actor.request(request), row, "contact")?).await?;
    id(&made.into_inner().id)
}

/// The filter for a record of a name made since the conversion began, once the key of the request may be forgotten.
/// Somebody may have made it by hand meanwhile; then it is not doubled either.
fn made_since(context: &Context, row: &Model, field: &str, name: &str) -> Option<Vec<String>> {
    let old = context.clock.now() - row.create_time > KEYS_LIVE;
    let since = (row.create_time - CLOCKS_DIFFER).to_rfc3339();
    let name = name.replace('\\', "\\\\").replace('|', "\\|");
    old.then(|| vec![format!("{field}={name}"), format!("create_time>={since}")])
}

fn keyed<M>(mut request: Request<M>, row: &Model, made: &str) -> Result<Request<M>> {
    let key = format!("lead-conversion {} {made}", row.id).parse().map_err(Error::internal)?;
    request.metadata_mut().insert("idempotency-key", key);
    Ok(request)
}

fn id(text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).map_err(Error::internal)
}

/// The account of the company, or of the person if there is none. Where a contact is made, it has the points.
fn account(plan: &Plan) -> Account {
    let customer = &plan.customer;
    let (emails, phones) = if plan.makes_contact { Default::default() } else { points(customer) };
    Account {
        owner_id: plan.owner_id.to_string(),
        name: if customer.company.is_empty() { &customer.name } else { &customer.company }.clone(),
        website: customer.website.clone(),
        industry: customer.industry.clone(),
        r#type: AccountType::Prospect.into(),
        source: enum_number(&customer.source, Source::from_str_name),
        emails,
        phones,
        billing_address: address_message(&customer.address),
        ..Account::default()
    }
}

/// The contact of the person. The address is the company's, if there is one.
fn contact(plan: &Plan, account: Uuid) -> Contact {
    let customer = &plan.customer;
    let (emails, phones) = points(customer);
    Contact {
        owner_id: plan.owner_id.to_string(),
        full_name: customer.name.clone(),
        title: customer.title.clone(),
        source: enum_number(&customer.source, Source::from_str_name),
        emails,
        phones,
        accounts: vec![ContactAccount { account_id: account.to_string(), ..ContactAccount::default() }],
        address: address_message(&customer.address).filter(|_| customer.company.is_empty()),
        ..Contact::default()
    }
}

fn points(customer: &Customer) -> (Vec<Email>, Vec<Phone>) {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let email = given(&customer.email).map(|address| Email {
        address,
        r#type: PointType::Work.into(),
        ..Email::default()
    });
    let phone = given(&customer.phone).map(|number| Phone {
        number,
        r#type: PointType::Work.into(),
        ..Phone::default()
    });
    (Vec::from_iter(email), Vec::from_iter(phone))
}
