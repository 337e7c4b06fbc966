//! Schema changes, forward only.

mod m0001_identity;

use sea_orm_migration::MigrationTrait;

/// Every schema change, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(m0001_identity::Migration)]
}
