//! Amounts and numbers of things: never below nothing.

use crm_kit::error::Violations;

/// Refuses an amount or a number below zero.
pub fn check(amount: impl Into<i64>, path: &str, violations: &mut Violations) {
    if amount.into() < 0 {
        violations.add(path, "NEGATIVE", "give zero or more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::reasons;

    #[test]
    fn nothing_is_less_than_nothing() {
        assert!(reasons(|v| check(0_i32, "account.employees", v)).is_empty());
        assert!(reasons(|v| check(i64::MAX, "account.annual_revenue", v)).is_empty());
        assert_eq!(reasons(|v| check(-1_i64, "account.annual_revenue", v)), ["NEGATIVE"]);
    }
}
