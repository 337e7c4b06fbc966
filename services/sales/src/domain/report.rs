//! How reports reckon.

pub mod amounts;
pub mod conversion;
pub mod department_tree;
pub mod forecast;
pub mod funnel;
pub mod period;

use crm_values::money;

/// How many percent a part is of a whole, with two places, rounded half away from zero; none of nothing.
pub fn percent(part: i64, whole: i64) -> f64 {
    let hundredths = money::multiply(part, 10_000, whole).unwrap_or_default();
    // A percentage is far below the numbers that a double does not hold exactly.
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_two_places() {
        for (part, whole, expected) in [
            (1, 3, 33.33),
            (2, 3, 66.67),
            (1, 8, 12.5),
            (1, 1, 100.0),
            (3, 2, 150.0),
            (0, 5, 0.0),
            (0, 0, 0.0),
        ] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }
}
