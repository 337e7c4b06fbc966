//! The rules of selling: pure functions on the records.

pub mod amount;
pub mod assignment;
pub mod availability;
pub mod board;
pub mod conditions;
pub mod contributions;
pub mod conversion;
pub mod duplicate;
pub mod lead;
pub mod line_item;
pub mod pipeline;
pub mod report;
pub mod target;
pub mod turn;
pub mod win_model;
