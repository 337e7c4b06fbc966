//! What is kept, and the queries that are not get or list.

pub mod account;
pub mod assignment_rule;
pub mod closed_opportunity;
pub mod contact;
pub mod department;
pub mod exchange_rate;
pub mod follow_up;
pub mod lead;
pub mod lead_assignment;
pub mod lead_conversion;
pub mod lead_form;
pub mod opportunity;
pub mod organization;
pub mod pipeline;
pub mod product;
pub mod representative;
pub mod rotation;
pub mod stage_visit;
pub mod stamp;
pub mod target;
pub mod total;
pub mod values;
pub mod win_model;
