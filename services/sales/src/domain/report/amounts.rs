//! What opportunities come to, before it is converted.

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

/// How many opportunities there are and what they come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amounts {
    /// How many.
    pub count: i64,
    /// The amount and the weighted amount in each unit, in the order of their numbers.
    pub by_unit: Vec<(i64, i64)>,
}

impl Amounts {
    /// Adds a total.
    pub fn add(&mut self, unit: usize, measure: &Measure) -> Result<(), Overflow> {
        self.count += measure.count;
        self.add_amounts(unit, (measure.amount_minor, measure.weighted_amount_minor))
    }

    /// Adds others.
    pub fn join(&mut self, others: &Self) -> Result<(), Overflow> {
        self.count += others.count;
        others.by_unit.iter().enumerate().try_for_each(|(unit, amounts)| self.add_amounts(unit, *amounts))
    }

    /// True if there are neither opportunities nor amounts.
    pub fn are_nothing(&self) -> bool {
        self.count == 0 && self.by_unit.iter().all(|amounts| *amounts == (0, 0))
    }

    fn add_amounts(&mut self, unit: usize, (amount, weighted): (i64, i64)) -> Result<(), Overflow> {
        if self.by_unit.len() <= unit {
            self.by_unit.resize(unit + 1, (0, 0));
        }
        let sums = &mut self.by_unit[unit];
        sums.0 = sums.0.checked_add(amount).ok_or(Overflow)?;
        sums.1 = sums.1.checked_add(weighted).ok_or(Overflow)?;
        Ok(())
    }
}
