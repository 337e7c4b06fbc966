//! The accounts and their contacts.

use std::collections::HashMap;

use anyhow::Result;
use chrono::TimeDelta;
use crm_customers::demo::{Customer, customers};
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::contacts_client::ContactsClient;
use crm_protos::customers::v1::{
    Account, Contact, CreateAccountRequest, CreateContactRequest, ListAccountsRequest, ListContactsRequest,
};

use super::people::Company;
use super::{SEED, Sender, progress};

/// A customer who is there.
pub(super) struct Entered {
    pub(super) customer: Customer,
    pub(super) account_id: String,
    pub(super) contact_ids: Vec<String>,
}

/// By what it is known that an account or a contact is there; several may have the same.
type Known<K> = HashMap<K, Vec<String>>;

impl Sender<'_> {
    /// The customers; those that are missing are made, each in the name of who is responsible.
    pub(super) async fn customers(&self, company: &Company, count: usize) -> Result<Vec<Entered>> {
        let mut known = self.known_accounts().await?;
        let mut known_contacts = if known.is_empty() { Known::new() } else { self.known_contacts().await? };
        let mut accounts = AccountsClient::new(self.channel("customers")?);
        let contacts = ContactsClient::new(self.channel("customers")?);
        let progress = progress(count, "accounts")?;
        let mut entered: Vec<Entered> = Vec::with_capacity(count);
        for customer in customers(SEED).take(count) {
            let caller = self.caller(company, customer.owner)?;
            let account_id = match known.get_mut(&account_key(&customer.account)).and_then(Vec::pop) {
                Some(id) => id,
                None => {
                    let parent =
                        customer.parent.and_then(|parent| entered.get(usize::try_from(parent).ok()?));
                    let account = Account {
                        parent_account_id: parent.map(|parent| parent.account_id.clone()).unwrap_or_default(),
                        ..customer.account.clone()
                    };
                    let create = CreateAccountRequest { account: Some(account) };
                    accounts.create_account(self.request_of(&caller, create)).await?.into_inner().id
                }
            };
            let mut made = Vec::new();
            for contact in &customer.contacts {
                let mut contact = contact.clone();
                if let Some(part) = contact.accounts.first_mut() {
                    part.account_id.clone_from(&account_id);
                }
                let known = known_contacts.get_mut(&contact_key(&contact)).and_then(Vec::pop);
                let create = CreateContactRequest { contact: Some(contact) };
                let (request, mut client) = (self.request_of(&caller, create), contacts.clone());
                made.push(tokio::spawn(async move {
                    match known {
                        Some(id) => Ok(id),
                        None => client.create_contact(request).await.map(|contact| contact.into_inner().id),
                    }
                }));
            }
            let mut contact_ids = Vec::new();
            for id in made {
                contact_ids.push(id.await??);
            }
            entered.push(Entered { customer, account_id, contact_ids });
            progress.inc(1);
            self.process.clock.advance(TimeDelta::seconds(1));
        }
        progress.finish();
        Ok(entered)
    }

    async fn known_accounts(&self) -> Result<Known<(String, String)>> {
        let mut client = AccountsClient::new(self.channel("customers")?);
        let (mut known, mut page_token) = (Known::new(), String::new());
        loop {
            let list = ListAccountsRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_accounts(self.request(list)).await?.into_inner();
            for account in page.accounts {
                known.entry(account_key(&account)).or_default().push(account.id);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }

    async fn known_contacts(&self) -> Result<Known<[String; 3]>> {
        let mut client = ContactsClient::new(self.channel("customers")?);
        let (mut known, mut page_token) = (Known::new(), String::new());
        loop {
            let list = ListContactsRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_contacts(self.request(list)).await?.into_inner();
            for contact in page.contacts {
                known.entry(contact_key(&contact)).or_default().push(contact.id);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }
}

fn account_key(account: &Account) -> (String, String) {
    (account.name.clone(), account.website.clone())
}

fn contact_key(contact: &Contact) -> [String; 3] {
    let account = contact.accounts.first().map(|part| part.account_id.clone());
    let email = contact.emails.first().map(|email| email.address.clone());
    let phone = contact.phones.first().map(|phone| phone.number.clone());
    [account, email, phone].map(Option::unwrap_or_default)
}
