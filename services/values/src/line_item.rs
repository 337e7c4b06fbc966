//! Lines of quotes, orders and invoices: a quantity at a price, less a discount, plus tax.
//!
//! A line is rounded before it is added up, so that every line can be checked by whoever reads the document, and the
//! sum is that of the numbers printed there.

use crate::money::{self, Overflow};

/// How many thousandths make one.
const MILLI: i128 = 1_000;
/// How many basis points are the whole.
const WHOLE: i32 = 10_000;

/// What a line is reckoned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineItem {
    /// The quantity in thousandths.
    pub quantity_milli: i64,
    /// The price of one in minor units.
    pub unit_price_minor: i64,
    /// The discount in basis points, from 0 to 10000.
    pub discount_basis_points: i32,
    /// The tax in basis points of the net amount.
    pub tax_basis_points: i32,
}

/// What a line, or several, come to in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// What is left after the discount, without tax.
    pub net_minor: i64,
    /// The tax.
    pub tax_minor: i64,
    /// Both.
    pub gross_minor: i64,
}

impl LineItem {
    /// What the line comes to: net = round(quantity × price × (1 − discount)), tax = round(net × tax) and
    /// gross = net + tax, each rounded once and half away from zero.
    pub fn totals(&self) -> Result<LineTotals, Overflow> {
        let full = i128::from(self.quantity_milli) * i128::from(self.unit_price_minor);
        let left = i128::from(WHOLE) - i128::from(self.discount_basis_points);
        let net_minor = money::quotient(full.checked_mul(left).ok_or(Overflow)?, MILLI * i128::from(WHOLE))?;
        let tax_minor = money::multiply(net_minor, self.tax_basis_points.into(), WHOLE.into())?;
        let gross_minor = net_minor.checked_add(tax_minor).ok_or(Overflow)?;
        Ok(LineTotals { net_minor, tax_minor, gross_minor })
    }
}

impl LineTotals {
    /// Adds up what lines come to.
    pub fn sum(lines: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
        lines.into_iter().try_fold(Self::default(), |sum, line| {
            let add = |left: i64, right| left.checked_add(right).ok_or(Overflow);
            Ok(Self {
                net_minor: add(sum.net_minor, line.net_minor)?,
                tax_minor: add(sum.tax_minor, line.tax_minor)?,
                gross_minor: add(sum.gross_minor, line.gross_minor)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(quantity_milli: i64, unit_price_minor: i64, discount: i32, tax: i32) -> LineItem {
        LineItem { quantity_milli, unit_price_minor, discount_basis_points: discount, tax_basis_points: tax }
    }

    fn totals(net_minor: i64, tax_minor: i64) -> LineTotals {
        LineTotals { net_minor, tax_minor, gross_minor: net_minor + tax_minor }
    }

    #[test]
    fn a_line_is_rounded_once_for_net_and_once_for_tax() {
        for (item, expected) in [
            (line(2_000, 10_000, 0, 1_300), totals(20_000, 2600)),
            (line(1_000, 9999, 1000, 600), totals(8999, 540)),
            (line(333, 100, 0, 0), totals(33, 0)),
            (line(500, 1, 0, 0), totals(1, 0)),
            (line(-500, 1, 0, 0), totals(-1, 0)),
            (line(1_000, 1, 5_000, 5_000), totals(1, 1)),
            // Half a quantity at half a price: rounded in between it would be 1.
            (line(500, 1, 5_000, 0), totals(0, 0)),
            (line(1_000, 100, 10_000, 1_300), totals(0, 0)),
            (line(0, 100, 0, 1_300), totals(0, 0)),
            (line(1_000, -100, 0, 1_300), totals(-100, -13)),
        ] {
            assert_eq!(item.totals(), Ok(expected), "{item:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert_eq!(line(1_001, i64::MAX, 0, 0).totals(), Err(Overflow));
        assert_eq!(line(1_000, i64::MAX, 0, 0).totals(), Ok(totals(i64::MAX, 0)));
        assert_eq!(line(1_000, i64::MAX, 0, 1).totals(), Err(Overflow));
        assert_eq!(line(i64::MIN, i64::MIN, 0, 0).totals(), Err(Overflow));
        assert_eq!(LineTotals::sum([totals(i64::MAX, 0), totals(1, 0)]), Err(Overflow));
        assert_eq!(LineTotals::sum([]), Ok(LineTotals::default()));
    }

    prop_compose! {
        fn items()(
            quantity in 0_i64..1_000_000_000,
            price in 0_i64..100_000_000,
            discount in 0..=WHOLE,
            tax in 0..=WHOLE,
        ) -> LineItem {
            line(quantity, price, discount, tax)
        }
    }

    proptest! {
        #[test]
        fn lines_may_be_added_up_in_parts(
            lines in proptest::collection::vec(items(), 0..20),
            first in 0_usize..20,
        ) {
            let lines = lines.iter().map(|item| item.totals().unwrap()).collect::<Vec<_>>();
            let (left, right) = lines.split_at(first.min(lines.len()));
            let whole = LineTotals::sum(lines.iter().copied()).unwrap();
            let left = LineTotals::sum(left.iter().copied()).unwrap();
            let right = LineTotals::sum(right.iter().copied()).unwrap();
            prop_assert_eq!(LineTotals::sum([left, right]), Ok(whole));
            prop_assert_eq!(whole.net_minor, lines.iter().map(|line| line.net_minor).sum::<i64>());
            prop_assert_eq!(whole.gross_minor, whole.net_minor + whole.tax_minor);
        }

        #[test]
        fn without_discount_and_tax_a_line_is_quantity_times_price(item in items()) {
            let item = LineItem { discount_basis_points: 0, tax_basis_points: 0, ..item };
            let net = money::multiply(item.unit_price_minor, item.quantity_milli, 1_000).unwrap();
            prop_assert_eq!(item.totals(), Ok(totals(net, 0)));
        }

        #[test]
        fn more_never_costs_less(item in items(), more in 0_i64..1_000_000) {
            let larger = LineItem { quantity_milli: item.quantity_milli + more, ..item };
            let (one, other) = (item.totals().unwrap(), larger.totals().unwrap());
            prop_assert!(one.net_minor <= other.net_minor);
            prop_assert!(one.tax_minor <= other.tax_minor);
            prop_assert!(one.gross_minor <= other.gross_minor);
        }

        #[test]
        fn any_numbers_are_answered(quantity: i64, price: i64, discount: i32, tax: i32) {
            if let Ok(totals) = line(quantity, price, discount, tax).totals() {
                prop_assert_eq!(totals.gross_minor, totals.net_minor + totals.tax_minor);
            }
        }
    }
}
