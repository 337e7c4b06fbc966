//! What currencies are worth.

use chrono::NaiveDate;
use crm_protos::sales::v1::ExchangeRate;
use crm_values::currency;

use super::draw::{Stream, generator, normal};
use super::year::Year;

/// What one unit of a currency is usually worth in CNY.
const WORTH: [(&str, f64); 5] = [("CNY", 1.0), ("EUR", 7.85), ("USD", 7.12), ("JPY", 0.0475), ("HKD", 0.912)];

/// A rate for each month of a year and each currency but the organization's own; none if its own is not among them.
pub fn rates(seed: u64, year: &Year, own: &str) -> Vec<ExchangeRate> {
    if !WORTH.iter().any(|(code, _)| *code == own) {
        return Vec::new();
    }
    let others = WORTH.iter().enumerate().filter(|(_, (code, _))| *code != own);
    let rate = |(number, (code, worth)): (usize, &(&str, f64)), month: NaiveDate| {
        // Each month has lots of its own, so that it keeps its rate when the year moves on.
        let months = u64::from(chrono::Datelike::year(&month).unsigned_abs()) * 12
            + u64::from(chrono::Datelike::month(&month));
        let mut rng = generator(seed, Stream::Rate, months * 100 + number as u64);
        let moved = 1.0 + 0.012 * normal(&mut rng).clamp(-2.0, 2.0);
        ExchangeRate {
            currency: (*code).to_owned(),
            date: month.to_string(),
            rate: format!("{:.6}", worth * moved / worth_of(own)),
            ..ExchangeRate::default()
        }
    };
    year.months().flat_map(|month| others.clone().map(move |one| rate(one, month))).collect()
}

/// An amount in minor units in whole CNY.
pub(super) fn in_yuan(amount_minor: i64, code: &str) -> f64 {
    amount_minor as f64 / minor(code) * worth_of(code)
}

/// An amount in whole CNY in whole units of a currency.
pub(super) fn from_yuan(yuan: f64, code: &str) -> f64 {
    yuan / worth_of(code)
}

/// How many minor units one unit of a currency has.
pub(super) fn minor(code: &str) -> f64 {
    10_f64.powi(currency::digits(code).cast_signed())
}

fn worth_of(code: &str) -> f64 {
    WORTH.iter().find(|(known, _)| *known == code).map_or(1.0, |(_, worth)| *worth)
}
