//! Schema changes, forward only.

mod m0001_customers;
mod m0002_grade_by_revenue;
mod m0003_gathered_words;
mod m0004_sifted_by_index;
mod m0005_organizations;
mod m0006_found_by_id;

use sea_orm_migration::MigrationTrait;

/// Every schema change, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_customers::Migration),
        Box::new(m0002_grade_by_revenue::Migration),
        Box::new(m0003_gathered_words::Migration),
        Box::new(m0004_sifted_by_index::Migration),
        Box::new(m0005_organizations::Migration),
        Box::new(m0006_found_by_id::Migration),
    ]
}
