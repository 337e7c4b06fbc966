//! Schema changes, forward only.

mod m0001_identity;
mod m0002_notifications;

use sea_orm_migration::MigrationTrait;

/// Every schema change, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_identity::Migration), Box::new(m0002_notifications::Migration)]
}
