//! The rules of contacts and accounts that are more than the values they are made of.

pub mod membership;
