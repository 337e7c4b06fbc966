//! Many customers at once, for measuring what a suite full of data does.

use crm_kit::db::{Inserted, Sealer};
use crm_kit::directory::Owner;
use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, id};
use crm_protos::customers::v1::{Account, Contact};
use crm_values::phone;

use crate::api::accounts::AccountsService;
use crate::api::contacts::ContactsService;
use crate::store::{account, contact};

/// An account with its contacts, and who is responsible for them.
pub struct Entry {
    /// The account.
    pub account: Account,
    /// The contacts; the first entry of `accounts` is the account, whose id is filled in.
    pub contacts: Vec<Contact>,
    /// The owner.
    pub owner: Owner,
}

/// What was inserted.
pub struct Entered {
    /// The accounts, in the order of their entries.
    pub accounts: Inserted<account::Model>,
    /// The contacts.
    pub contacts: Inserted<contact::Model>,
}

/// Entries in the form that is stored.
pub struct Prepared {
    accounts: Vec<account::Model>,
    contacts: Vec<contact::Model>,
}

/// Checks entries and brings them into form as if each had been sent.
pub fn prepare(context: &Context, sealer: &Sealer, entries: Vec<Entry>) -> Result<Prepared> {
    let region = phone::region(&context.settings.customers.default_region).ok_or_else(|| {
        Error::precondition("CONFIGURATION_INVALID", "customers.default_region: give a region")
    })?;
    let (to_account, to_contact) = (
        AccountsService { context: context.clone(), region },
        ContactsService { context: context.clone(), region },
    );
    let (mut accounts, mut contacts) = (Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        let account_id = id::new();
        let owner = || Some(entry.owner);
        let base = account::Model { id: account_id, ..account::Model::default() };
        let checks = Violations::default();
        accounts.push(to_account.model(base, &entry.account, owner(), region, sealer, checks)?);
        for mut contact in entry.contacts {
            if let Some(part) = contact.accounts.first_mut() {
                part.account_id = account_id.to_string();
            }
            let checks = Violations::default();
            contacts.push(to_contact.model(contact::Model::default(), &contact, owner(), region, checks)?);
        }
    }
    Ok(Prepared { accounts, contacts })
}

/// Inserts what is prepared in one transaction.
pub async fn enter(context: &Context, access: &Access, prepared: Prepared) -> Result<Entered> {
    let Prepared { accounts, contacts } = prepared;
    let work = context.db.transact_as(access, async |tx| {
        // One after the other under one lock: the positions of both follow one another.
        let accounts = tx.insert_many::<account::Entity>("created", accounts).await?;
        let contacts = tx.insert_many::<contact::Entity>("created", contacts).await?;
        Ok(Entered { accounts, contacts })
    });
    work.await
}

/// Prepares entries and inserts them.
pub async fn insert(context: &Context, access: &Access, entries: Vec<Entry>) -> Result<Entered> {
    let sealer = context.db.sealer(access.organization()).await?;
    enter(context, access, prepare(context, &sealer, entries)?).await
}
