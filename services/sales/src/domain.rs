//! The rules of selling: pure functions on the records.

pub mod assignment;
pub mod availability;
pub mod contributions;
pub mod conversion;
pub mod line_item;
pub mod pipeline;
pub mod win_model;
