//! What amounts in many currencies are worth in one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_values::money::{self, Overflow, Price, Rate};

use super::amounts::{Amounts, Unit};
use super::period::last_day;

/// What some amounts are worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// The amount.
    pub amount_minor: i64,
    /// The weighted amount.
    pub weighted_amount_minor: i64,
    /// The amounts without a rate, by currency.
    pub unconverted: BTreeMap<String, i64>,
}

/// Converts amounts into the currency of a report.
pub struct Conversion {
    /// Of each unit its currency, and the prices of this and of the report's currency on its last day.
    units: Vec<(String, Option<(Price, Price)>)>,
}

impl Conversion {
    /// Makes one for some units. Rates are prices in the organization's own currency.
    pub fn new(
        units: &[Unit],
        currency: &str,
        own: &str,
        rate: impl Fn(&str, NaiveDate) -> Option<Rate>,
    ) -> Self {
        let price = |code: &str, day| {
            let rate = if code == own { Some(Rate::ONE) } else { rate(code, day) };
            rate.map(|rate| Price::new(code, rate))
        };
        let prices = |unit: &Unit| {
            if unit.currency == currency {
                let itself = Price::new(currency, Rate::ONE);
                return Some((itself, itself));
            }
            let day = last_day(&unit.month)?;
            price(&unit.currency, day).zip(price(currency, day))
        };
        Self { units: units.iter().map(|unit| (unit.currency.clone(), prices(unit))).collect() }
    }

    /// What amounts are worth; those of each unit are converted once.
    pub fn worth(&self, amounts: &Amounts) -> Result<Worth, Overflow> {
        let mut worth = Worth::default();
        for ((currency, prices), (amount, weighted)) in self.units.iter().zip(&amounts.by_unit) {
            if (*amount, *weighted) == (0, 0) {
                continue;
            }
            let Some((from, to)) = *prices else {
                let sum = worth.unconverted.entry(currency.clone()).or_default();
                *sum = sum.checked_add(*amount).ok_or(Overflow)?;
                continue;
            };
            let add = |sum: &mut i64, amount: i64| {
                *sum = sum.checked_add(money::convert(amount, from, to)?).ok_or(Overflow)?;
                Ok(())
            };
            add(&mut worth.amount_minor, *amount)?;
            add(&mut worth.weighted_amount_minor, *weighted)?;
        }
        Ok(worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(currency: &str, month: &str) -> Unit {
        Unit { currency: currency.to_owned(), month: month.to_owned() }
    }

    /// The euro costs eight and later nine, the dollar seven; there is no rate of the pound.
    fn rate(currency: &str, day: NaiveDate) -> Option<Rate> {
        let later = day >= NaiveDate::from_ymd_opt(2026, 2, 28)?;
        match currency {
            "EUR" if later => Rate::from_nanos(9_000_000_000),
            "EUR" => Rate::from_nanos(8_000_000_000),
            "USD" => Rate::from_nanos(7_000_000_000),
            _ => None,
        }
    }

    fn worth(units: &[Unit], amounts: &[(i64, i64)], currency: &str) -> Worth {
        let amounts = Amounts { count: 0, by_unit: amounts.to_vec() };
        Conversion::new(units, currency, "CNY", rate).worth(&amounts).unwrap()
    }

    #[test]
    fn each_month_has_its_rate() {
        let units =
            [unit("EUR", "2026-01"), unit("EUR", "2026-02"), unit("CNY", "2026-01"), unit("USD", "2026-01")];
        let amounts = [(100, 50), (100, 50), (1, 1), (10, 0)];
        let in_own = worth(&units, &amounts, "CNY");
        assert_eq!((in_own.amount_minor, in_own.weighted_amount_minor), (800 + 900 + 1 + 70, 400 + 450 + 1));
        assert!(in_own.unconverted.is_empty());
        // Each rounded by itself: 114.29, 128.57, 0.14 and 10.
        assert_eq!(worth(&units, &amounts, "USD").amount_minor, 114 + 129 + 10);
    }

    #[test]
    fn what_has_no_rate_is_told_apart() {
        let units = [unit("GBP", "2026-01"), unit("GBP", "2026-02"), unit("CNY", "2026-01")];
        let amounts = [(5, 5), (7, 7), (100, 100)];
        let found = worth(&units, &amounts, "CNY");
        let unconverted = BTreeMap::from([("GBP".to_owned(), 12)]);
        assert_eq!(found, Worth { amount_minor: 100, weighted_amount_minor: 100, unconverted });
        // Neither is anything converted into a currency without rate, but it is what it is.
        let found = worth(&units, &amounts, "GBP");
        let unconverted = BTreeMap::from([("CNY".to_owned(), 100)]);
        assert_eq!(found, Worth { amount_minor: 12, weighted_amount_minor: 12, unconverted });
    }
}
