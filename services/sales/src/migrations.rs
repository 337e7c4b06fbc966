//! The schema, forward only.

mod m0001_sales;
mod m0002_working_hours;
mod m0003_status_by_close;
mod m0004_gathered_words;
mod m0005_sifted_by_index;
mod m0006_copies_by_owner;
mod m0007_rates_in_a_base;
mod m0008_found_by_id;

use sea_orm_migration::MigrationTrait;

/// Every migration in its order.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m0001_sales::Migration),
        Box::new(m0002_working_hours::Migration),
        Box::new(m0003_status_by_close::Migration),
        Box::new(m0004_gathered_words::Migration),
        Box::new(m0005_sifted_by_index::Migration),
        Box::new(m0006_copies_by_owner::Migration),
        Box::new(m0007_rates_in_a_base::Migration),
        Box::new(m0008_found_by_id::Migration),
    ]
}
