//! What opportunities come to, before it is converted.

use std::collections::BTreeMap;

use crm_values::money::Overflow;

use crate::domain::contributions::Measure;

/// A currency in a month: amounts that are converted together.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Message)]
pub struct Unit {
    /// The currency.
    #[prost(string, tag = "1")]
    pub currency: String,
    /// The month, YYYY-MM; empty where the currency is not converted.
    #[prost(string, tag = "2")]
    pub month: String,
}

/// How many opportunities there are and their amounts, by the number of the unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amounts {
    /// How many.
    pub count: i64,
    /// The amounts and the weighted amounts.
    pub by_unit: BTreeMap<u32, (i64, i64)>,
}

impl Amounts {
    /// Adds a total.
    pub fn add(&mut self, unit: u32, measure: &Measure) -> Result<(), Overflow> {
        self.count += measure.count;
        self.add_amounts(unit, (measure.amount_minor, measure.weighted_amount_minor))
    }

    /// Adds others.
    pub fn join(&mut self, others: &Self) -> Result<(), Overflow> {
        self.count += others.count;
        others.by_unit.iter().try_for_each(|(unit, amounts)| self.add_amounts(*unit, *amounts))
    }

    fn add_amounts(&mut self, unit: u32, (amount, weighted): (i64, i64)) -> Result<(), Overflow> {
        if (amount, weighted) != (0, 0) {
            let sums = self.by_unit.entry(unit).or_default();
            sums.0 = sums.0.checked_add(amount).ok_or(Overflow)?;
            sums.1 = sums.1.checked_add(weighted).ok_or(Overflow)?;
        }
        Ok(())
    }
}
