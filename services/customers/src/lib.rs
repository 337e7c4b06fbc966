//! The customers service: accounts and contacts.

pub mod api;
pub mod demo;
pub mod domain;
pub mod feeds;
pub mod migrations;
pub mod store;

use async_trait::async_trait;
use crm_kit::registry::Records;
use crm_kit::service::{Context, Parts, Service};
use crm_kit::{Error, Result};
use crm_protos::customers::v1::accounts_server::AccountsServer;
use crm_protos::customers::v1::contacts_server::ContactsServer;
use crm_values::phone;
use sea_orm_migration::MigrationTrait;
use tonic::service::Routes;

use crate::api::accounts::AccountsService;
use crate::api::contacts::ContactsService;

/// The customers service.
pub struct Customers;

#[async_trait]
impl Service for Customers {
    fn name(&self) -> &'static str {
        "customers"
    }

    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>> {
        migrations::all
    }

    async fn start(&self, context: &Context) -> Result<Parts> {
        let region = &context.settings.customers.default_region;
        let region = phone::region(region).ok_or_else(|| {
            Error::precondition("CONFIGURATION_INVALID", "customers.default_region: give a region such as CN")
        })?;
        let accounts = AccountsService { context: context.clone(), region };
        let contacts = ContactsService { context: context.clone(), region };
        Ok(Parts {
            routes: Routes::new(AccountsServer::new(accounts)).add_service(ContactsServer::new(contacts)),
            records: Records::default().with::<store::account::Entity>().with::<store::contact::Entity>(),
            subscriptions: feeds::all(),
            ..Parts::default()
        })
    }
}
