//! Schema changes, forward only.

mod m0001_identity;
mod m0002_notifications;
mod m0003_views;
mod m0004_organization_profile;
mod m0005_gathered_words;
mod m0006_departments_by_name;
mod m0007_found_by_id;

use sea_orm_migration::MigrationTrait;

/// Every schema change, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_identity::Migration),
        Box::new(m0002_notifications::Migration),
        Box::new(m0003_views::Migration),
        Box::new(m0004_organization_profile::Migration),
        Box::new(m0005_gathered_words::Migration),
        Box::new(m0006_departments_by_name::Migration),
        Box::new(m0007_found_by_id::Migration),
    ]
}
