//! What tests do with the records of the neighbour, past its API; everything is told in the feed.

use crm_kit::convert::{structure, timestamp};
use crm_protos::customers::v1::{Account, Contact};
use crm_protos::feed::v1::Change;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{FakeCustomers, State};

impl FakeCustomers {
    /// Adds an account of an owner.
    pub(crate) fn put_account(&self, organization: Uuid, owner: Uuid, account: Account) -> Account {
        let id = crm_kit::id::new().to_string();
        let account = Account { id, owner_id: owner.to_string(), ..account };
        let account = self.state().add_account(organization, self.0.clock.now(), account);
        self.tell();
        account
    }

    /// Adds a contact of an owner.
    pub(crate) fn put_contact(&self, organization: Uuid, owner: Uuid, contact: Contact) -> Contact {
        let id = crm_kit::id::new().to_string();
        let contact = Contact { id, owner_id: owner.to_string(), ..contact };
        let contact = self.state().add_contact(organization, self.0.clock.now(), contact);
        self.tell();
        contact
    }

    /// Gives an account another name.
    pub(crate) fn rename_account(&self, id: &str, name: &str) {
        let mut state = self.state();
        let (organization, account) =
            state.accounts.iter_mut().find(|(_, account)| account.id == id).unwrap();
        let (organization, before) = (*organization, std::mem::replace(&mut account.name, name.to_owned()));
        state.publish(organization, "account", id, json!({ "name": before }), json!({ "name": name }));
        drop(state);
        self.tell();
    }

    /// Deletes an account or a contact.
    pub(crate) fn delete(&self, id: &str) {
        let now = self.0.clock.now();
        self.mark(id, Some(timestamp(now)), json!({}), json!({ "delete_time": now }));
    }

    /// Brings an account or a contact back.
    pub(crate) fn restore(&self, id: &str) {
        self.mark(id, None, json!({ "delete_time": self.0.clock.now() }), json!({}));
    }

    /// Merges an account or a contact into another one.
    pub(crate) fn merge(&self, gone: &str, survivor: &str) {
        let now = self.0.clock.now();
        let after = json!({ "delete_time": now, "merged_into_id": survivor });
        self.mark(gone, Some(timestamp(now)), json!({}), after);
    }

    fn mark(&self, id: &str, time: Option<prost_types::Timestamp>, before: Json, after: Json) {
        let mut state = self.state();
        let account = state.accounts.iter_mut().find(|(_, account)| account.id == id);
        let marked = match account {
            Some((organization, account)) => {
                account.delete_time = time;
                (*organization, "account")
            }
            None => {
                let (organization, contact) =
                    state.contacts.iter_mut().find(|(_, contact)| contact.id == id).unwrap();
                contact.delete_time = time;
                (*organization, "contact")
            }
        };
        state.publish(marked.0, marked.1, id, before, after);
        drop(state);
        self.tell();
    }

    fn tell(&self) {
        self.0.changed.send_modify(|count| *count += 1);
    }
}

impl State {
    pub(super) fn add_account(
        &mut self,
        organization: Uuid,
        now: chrono::DateTime<chrono::Utc>,
        account: Account,
    ) -> Account {
        let account = Account { create_time: Some(timestamp(now)), ..account };
        let fields = json!({ "name": account.name, "owner_id": account.owner_id });
        self.publish(organization, "account", &account.id, json!({}), fields);
        self.accounts.push((organization, account.clone()));
        account
    }

    pub(super) fn add_contact(
        &mut self,
        organization: Uuid,
        now: chrono::DateTime<chrono::Utc>,
        contact: Contact,
    ) -> Contact {
        let contact = Contact { create_time: Some(timestamp(now)), ..contact };
        let fields = json!({ "full_name": contact.full_name, "owner_id": contact.owner_id });
        self.publish(organization, "contact", &contact.id, json!({}), fields);
        self.contacts.push((organization, contact.clone()));
        contact
    }

    fn publish(&mut self, organization: Uuid, resource: &str, id: &str, before: Json, after: Json) {
        self.changes.push(Change {
            position: i64::try_from(self.changes.len() + 1).unwrap(),
            organization_id: organization.to_string(),
            resource: format!("customers.{resource}"),
            record_id: id.to_owned(),
            before: Some(structure(&before)),
            after: Some(structure(&after)),
            ..Change::default()
        });
    }
}
