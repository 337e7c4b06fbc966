//! The sales service: leads, opportunities, and what they amount to.

pub mod api;
pub mod domain;
pub mod migrations;
pub mod store;

use async_trait::async_trait;
use crm_kit::Result;
use crm_kit::registry::Records;
use crm_kit::service::{Context, Parts, Service};
use sea_orm_migration::MigrationTrait;

/// The sales service.
pub struct Sales;

#[async_trait]
impl Service for Sales {
    fn name(&self) -> &'static str {
        "sales"
    }

    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>> {
        migrations::all
    }

    async fn start(&self, _context: &Context) -> Result<Parts> {
        Ok(Parts { records: Records::default(), ..Parts::default() })
    }
}
