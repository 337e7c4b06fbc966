//! What a value is, whichever service keeps it: pure functions that bring values into the form that is stored, and
//! reckon with them.
//!
//! A function that checks takes the path of its field and adds what is wrong to the violations; what it returns then
//! is of no use to anybody.

pub mod address;
pub mod amount;
pub mod birthday;
pub mod country;
pub mod currency;
pub mod date;
pub mod email;
pub mod host;
pub mod line_item;
pub mod money;
pub mod name;
pub mod phone;
pub mod points;
pub mod tags;
pub mod text;
pub mod text_match;
pub mod time_zone;
pub mod website;
pub mod working_hours;

pub use address::Address;
pub use email::Email;
pub use name::Name;
pub use phone::Phone;
pub use working_hours::WorkingHours;

#[cfg(test)]
mod testing {
    use crm_kit::error::{Error, Violations};

    /// The field and reason of every violation.
    pub(crate) fn found(violations: Violations) -> Vec<(String, &'static str)> {
        match violations.finish() {
            Err(Error::Invalid(list)) => list.into_iter().map(|found| (found.field, found.reason)).collect(),
            _ => Vec::new(),
        }
    }

    /// The reasons of every violation that `check` adds.
    pub(crate) fn reasons(check: impl FnOnce(&mut Violations)) -> Vec<&'static str> {
        let mut violations = Violations::default();
        check(&mut violations);
        found(violations).into_iter().map(|(_, reason)| reason).collect()
    }
}
