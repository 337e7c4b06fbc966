//! Amounts of money that people give.

use crm_kit::Violations;

/// More is a mistake; sums of less do not overflow.
const LARGEST: i64 = 100_000_000_000_000;

/// True for an amount that can be kept.
pub fn is_allowed(amount_minor: i64) -> bool {
    (0..=LARGEST).contains(&amount_minor)
}

/// The amount, or a violation.
pub fn check(amount_minor: i64, path: &str, violations: &mut Violations) -> i64 {
    if !is_allowed(amount_minor) {
        violations.add(path, "AMOUNT_INVALID", format!("give an amount from 0 to {LARGEST}"));
    }
    amount_minor
}
