//! The methods of the neighbour that sales calls.

use crm_kit::convert::time;
use crm_kit::filter::{Operator, Term, parse};
use crm_protos::customers::v1::accounts_server::Accounts;
use crm_protos::customers::v1::contacts_server::Contacts;
use crm_protos::customers::v1::*;
use tonic::{Request, Response, Status};

use super::{Asker, FakeCustomers};

/// What lists look at.
trait Listed {
    fn texts(&self, field: &str) -> Vec<String>;
    fn create_time(&self) -> chrono::DateTime<chrono::Utc>;
}

impl Listed for Account {
    fn texts(&self, field: &str) -> Vec<String> {
        match field {
            "name" => vec![self.name.clone()],
            "emails" => self.emails.iter().map(|email| email.address.clone()).collect(),
            "phones" => self.phones.iter().map(|phone| phone.number.clone()).collect(),
            other => panic!("accounts are not asked for {other}"),
        }
    }

    fn create_time(&self) -> chrono::DateTime<chrono::Utc> {
        time(self.create_time.as_ref().unwrap()).unwrap()
    }
}

impl Listed for Contact {
    fn texts(&self, field: &str) -> Vec<String> {
        match field {
            "full_name" => vec![self.full_name.clone()],
            "emails" => self.emails.iter().map(|email| email.address.clone()).collect(),
            "phones" => self.phones.iter().map(|phone| phone.number.clone()).collect(),
            "accounts.account_id" => self.accounts.iter().map(|part| part.account_id.clone()).collect(),
            other => panic!("contacts are not asked for {other}"),
        }
    }

    fn create_time(&self) -> chrono::DateTime<chrono::Utc> {
        time(self.create_time.as_ref().unwrap()).unwrap()
    }
}

fn fits(record: &impl Listed, filters: &[String]) -> bool {
    filters.iter().all(|filter| {
        let Term { field, operator, values } = parse(filter).expect("a filter that can be read");
        match (field.as_str(), operator) {
            ("create_time", Operator::AtLeast) => {
                record.create_time() >= values[0].parse::<chrono::DateTime<chrono::Utc>>().unwrap()
            }
            (field, Operator::Equal) => record.texts(field).iter().any(|text| values.contains(text)),
            (field, Operator::Holds) => values.iter().any(|value| {
                let holds = |word: &str| {
                    let texts = record.texts(field);
                    texts.iter().any(|text| text.to_lowercase().contains(&word.to_lowercase()))
                };
                value.split_whitespace().all(holds)
            }),
            other => panic!("customers is not asked for {other:?}"),
        }
    })
}

/// Newest first, unless asked for by the time of creation.
fn page<R: Listed>(mut records: Vec<R>, order_by: &str, page_size: i32) -> Vec<R> {
    assert!(["", "create_time"].contains(&order_by));
    if order_by.is_empty() {
        records.reverse();
    }
    records.truncate(usize::try_from(page_size).unwrap());
    records
}

fn owned(given: &str, asker: &Asker) -> String {
    if given.is_empty() { asker.caller.user_id.to_string() } else { given.to_owned() }
}

fn unused<A>() -> Result<Response<A>, Status> {
    Err(Status::unimplemented("sales does not call it"))
}

#[async_trait::async_trait]
impl Accounts for FakeCustomers {
    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        self.answer("create_account", "customers.account.create", request, |state, asker, request| {
            let account = request.account.unwrap();
            assert!(!account.name.is_empty(), "an account needs a name");
            let (id, owner_id) = (crm_kit::id::new().to_string(), owned(&account.owner_id, asker));
            let account = Account { id, owner_id, ..account };
            Ok(state.add_account(asker.caller.organization_id, asker.now, account))
        })
        .await
    }

    async fn get_account(&self, request: Request<GetAccountRequest>) -> Result<Response<Account>, Status> {
        self.answer("get_account", "customers.account.read", request, |state, asker, request| {
            let found = state.accounts.iter().find(|(tenant, account)| {
                account.id == request.id
                    && account.delete_time.is_none()
                    && asker.reaches(*tenant, &account.owner_id, &account.department_id)
            });
            found.map(|(_, account)| account.clone()).ok_or_else(|| Status::not_found("no such account"))
        })
        .await
    }

    async fn list_accounts(
        &self,
        request: Request<ListAccountsRequest>,
    ) -> Result<Response<ListAccountsResponse>, Status> {
        self.answer("list_accounts", "customers.account.read", request, |state, asker, request| {
            let seen = state.accounts.iter().filter(|(tenant, account)| {
                asker.reaches(*tenant, &account.owner_id, &account.department_id)
                    && account.delete_time.is_none()
                    && fits(account, &request.filter)
            });
            let accounts = seen.map(|(_, account)| account.clone()).collect();
            let accounts = page(accounts, &request.order_by, request.page_size);
            Ok(ListAccountsResponse { accounts, ..Default::default() })
        })
        .await
    }

    async fn batch_get_accounts(
        &self,
        _: Request<BatchGetAccountsRequest>,
    ) -> Result<Response<BatchGetAccountsResponse>, Status> {
        unused()
    }

    async fn count_accounts(
        &self,
        _: Request<CountAccountsRequest>,
    ) -> Result<Response<CountAccountsResponse>, Status> {
        unused()
    }

    async fn update_account(&self, _: Request<UpdateAccountRequest>) -> Result<Response<Account>, Status> {
        unused()
    }

    async fn delete_account(&self, _: Request<DeleteAccountRequest>) -> Result<Response<Account>, Status> {
        unused()
    }

    async fn restore_account(&self, _: Request<RestoreAccountRequest>) -> Result<Response<Account>, Status> {
        unused()
    }
}

#[async_trait::async_trait]
impl Contacts for FakeCustomers {
    async fn create_contact(
        &self,
        request: Request<CreateContactRequest>,
    ) -> Result<Response<Contact>, Status> {
        self.answer("create_contact", "customers.contact.create", request, |state, asker, request| {
            let contact = request.contact.unwrap();
            assert!(!contact.full_name.is_empty(), "a contact needs a name");
            let (id, owner_id) = (crm_kit::id::new().to_string(), owned(&contact.owner_id, asker));
            let contact = Contact { id, owner_id, ..contact };
            Ok(state.add_contact(asker.caller.organization_id, asker.now, contact))
        })
        .await
    }

    async fn get_contact(&self, request: Request<GetContactRequest>) -> Result<Response<Contact>, Status> {
        self.answer("get_contact", "customers.contact.read", request, |state, asker, request| {
            let found = state.contacts.iter().find(|(tenant, contact)| {
                contact.id == request.id
                    && contact.delete_time.is_none()
                    && asker.reaches(*tenant, &contact.owner_id, &contact.department_id)
            });
            found.map(|(_, contact)| contact.clone()).ok_or_else(|| Status::not_found("no such contact"))
        })
        .await
    }

    async fn batch_get_contacts(
        &self,
        request: Request<BatchGetContactsRequest>,
    ) -> Result<Response<BatchGetContactsResponse>, Status> {
        self.answer("batch_get_contacts", "customers.contact.read", request, |state, asker, request| {
            let found = |id: &String| {
                let found = state.contacts.iter().find(|(tenant, contact)| {
                    contact.id == *id
                        && contact.delete_time.is_none()
                        && asker.reaches(*tenant, &contact.owner_id, &contact.department_id)
                });
                found.map(|(_, contact)| contact.clone()).ok_or_else(|| Status::not_found("no such contact"))
            };
            let contacts = request.ids.iter().map(found).collect::<Result<_, _>>()?;
            Ok(BatchGetContactsResponse { contacts })
        })
        .await
    }

    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        self.answer("list_contacts", "customers.contact.read", request, |state, asker, request| {
            let seen = state.contacts.iter().filter(|(tenant, contact)| {
                asker.reaches(*tenant, &contact.owner_id, &contact.department_id)
                    && contact.delete_time.is_none()
                    && fits(contact, &request.filter)
            });
            let named = |contact: &Contact| {
                let mut contact = contact.clone();
                for part in &mut contact.accounts {
                    let account = state.accounts.iter().find(|(_, account)| account.id == part.account_id);
                    part.account_name = account.map(|(_, account)| account.name.clone()).unwrap_or_default();
                }
                contact
            };
            let contacts = seen.map(|(_, contact)| named(contact)).collect();
            let contacts = page(contacts, &request.order_by, request.page_size);
            Ok(ListContactsResponse { contacts, ..Default::default() })
        })
        .await
    }

    async fn count_contacts(
        &self,
        _: Request<CountContactsRequest>,
    ) -> Result<Response<CountContactsResponse>, Status> {
        unused()
    }

    async fn update_contact(&self, _: Request<UpdateContactRequest>) -> Result<Response<Contact>, Status> {
        unused()
    }

    async fn delete_contact(&self, _: Request<DeleteContactRequest>) -> Result<Response<Contact>, Status> {
        unused()
    }

    async fn restore_contact(&self, _: Request<RestoreContactRequest>) -> Result<Response<Contact>, Status> {
        unused()
    }
}
