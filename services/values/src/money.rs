//! Money in whole minor units: cents, fen, yen. Whatever does not come out even is rounded half away from zero, once,
//! after everything before was reckoned exactly.

use std::fmt;

use crm_kit::error::{Error, Violations};

use crate::currency;

/// What an amount multiplied or added up to does not fit into 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the amount is too large, give smaller numbers")
    }
}

impl std::error::Error for Overflow {}

impl From<Overflow> for Error {
    fn from(overflow: Overflow) -> Self {
        Self::Refused { reason: "AMOUNT_TOO_LARGE", message: overflow.to_string() }
    }
}

/// Multiplies an amount by a fraction; a fraction of nothing overflows like any other that is too large.
pub fn multiply(amount_minor: i64, numerator: i64, denominator: i64) -> Result<i64, Overflow> {
    quotient(i128::from(amount_minor) * i128::from(numerator), i128::from(denominator))
}

/// The part of an amount that its probability leaves of it.
pub fn weighted(amount_minor: i64, percent: i32) -> Result<i64, Overflow> {
    multiply(amount_minor, percent.into(), 100)
}

/// What a currency costs in another one, which is the same wherever two prices are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    rate: Rate,
    /// How many minor units a unit of the currency has.
    minor_units: i128,
}

impl Price {
    /// The price of one unit of a currency; that of a currency in itself is `Rate::ONE`.
    pub fn new(currency: &str, rate: Rate) -> Self {
        Self { rate, minor_units: 10_i128.pow(currency::digits(currency)) }
    }
}

/// Converts an amount from one currency into another.
pub fn convert(amount_minor: i64, from: Price, to: Price) -> Result<i64, Overflow> {
    let product = i128::from(amount_minor) * i128::from(from.rate.0);
    let product = product.checked_mul(to.minor_units).ok_or(Overflow)?;
    quotient(product, i128::from(to.rate.0) * from.minor_units)
}

/// Divides, rounding half away from zero.
pub(crate) fn quotient(dividend: i128, divisor: i128) -> Result<i64, Overflow> {
    let whole = dividend.checked_div(divisor).ok_or(Overflow)?;
    let rest = dividend % divisor;
    // The half is taken from the divisor, because twice the rest need not fit.
    let up = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
    let away = if up { dividend.signum() * divisor.signum() } else { 0 };
    i64::try_from(whole.checked_add(away).ok_or(Overflow)?).map_err(|_| Overflow)
}

/// An exchange rate: more than zero, with at most nine decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

/// How many decimals a rate has at most.
const DECIMALS: usize = 9;

impl Rate {
    /// The rate between a currency and itself.
    pub const ONE: Self = Self(1_000_000_000);

    /// Reads a rate as people write it, `7.1234`.
    pub fn parse(text: &str, path: &str, violations: &mut Violations) -> Self {
        Self::read(text.trim()).unwrap_or_else(|| {
            let advice = "give a number above zero with at most nine decimals, as in 7.1234";
            violations.add(path, "RATE_INVALID", advice);
            Self::ONE
        })
    }

    /// Takes a rate from its stored form, a number of billionths; none unless it is above zero.
    pub fn from_nanos(nanos: i64) -> Option<Self> {
        (nanos > 0).then_some(Self(nanos))
    }

    /// The stored form: a number of billionths.
    pub fn to_nanos(self) -> i64 {
        self.0
    }

    fn read(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
            return None;
        }
        let nanos = format!("{decimals:0<DECIMALS$}").parse::<i64>().ok()?;
        Self::from_nanos(whole.parse::<i64>().ok()?.checked_mul(Self::ONE.0)?.checked_add(nanos)?)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, nanos) = (self.0 / Self::ONE.0, self.0 % Self::ONE.0);
        if nanos == 0 {
            return write!(formatter, "{whole}");
        }
        write!(formatter, "{whole}.{}", format!("{nanos:0DECIMALS$}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reasons;

    fn rate(text: &str) -> Rate {
        let mut violations = Violations::default();
        let rate = Rate::parse(text, "rate", &mut violations);
        violations.finish().unwrap();
        rate
    }

    fn price(currency: &str, at: &str) -> Price {
        Price::new(currency, rate(at))
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (amount, numerator, denominator, expected) in [
            (1, 1, 2, 1),
            (-1, 1, 2, -1),
            (1, -1, 2, -1),
            (1, 1, -2, -1),
            (-1, 1, -2, 1),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (5, 1, 10, 1),
            (4, 1, 10, 0),
            (-5, 1, 10, -1),
            (7, 3, 7, 3),
            (i64::MAX, i64::MAX, i64::MAX, i64::MAX),
            (i64::MIN, 1, 1, i64::MIN),
        ] {
            assert_eq!(
                multiply(amount, numerator, denominator),
                Ok(expected),
                "{amount} × {numerator} / {denominator}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert_eq!(multiply(i64::MAX, 2, 1), Err(Overflow));
        assert_eq!(multiply(i64::MIN, 1, -1), Err(Overflow));
        assert_eq!(multiply(1, 1, 0), Err(Overflow));
        assert_eq!(convert(i64::MAX, price("CNY", "9223372036"), price("KWD", "1")), Err(Overflow));
        assert_eq!(convert(i64::MAX, price("CNY", "1.1"), price("USD", "1")), Err(Overflow));
        assert_eq!(weighted(i64::MAX, 101), Err(Overflow));
        assert_eq!(Error::from(Overflow).reason(), "AMOUNT_TOO_LARGE");
    }

    #[test]
    fn a_probability_weighs_an_amount() {
        assert_eq!(weighted(10_001, 50), Ok(5_001));
        assert_eq!(weighted(-10_001, 50), Ok(-5_001));
        assert_eq!(weighted(i64::MAX, 100), Ok(i64::MAX));
        assert_eq!(weighted(i64::MAX, 0), Ok(0));
    }

    #[test]
    fn a_conversion_respects_the_digits_of_both_currencies() {
        for (amount, from, to, at, expected) in [
            (10_000, "USD", "CNY", "7.1234", 71_234),
            (10_000, "USD", "JPY", "151.5", 15_150),
            (15_150, "JPY", "USD", "0.006600660", 10_000),
            (1, "JPY", "KWD", "0.0021", 2),
            (1_000, "KWD", "JPY", "476.5", 477),
            (1_000, "KWD", "USD", "3.25", 325),
            (-10_000, "USD", "JPY", "151.505", -15_151),
            (1, "CNY", "CNY", "1", 1),
        ] {
            let converted = convert(amount, price(from, at), price(to, "1"));
            assert_eq!(converted, Ok(expected), "{amount} {from} at {at} in {to}");
        }
    }

    #[test]
    fn a_conversion_by_way_of_a_third_currency_is_rounded_once() {
        for (amount, from, to, expected) in [
            // By way of whole fen it would be 2.
            (1, ("USD", "7.5"), ("EUR", "5.1"), 1),
            (10_000, ("USD", "7.1"), ("JPY", "0.047"), 15_106),
            (-10_000, ("USD", "7.1"), ("JPY", "0.047"), -15_106),
            (15_106, ("JPY", "0.047"), ("USD", "7.1"), 10_000),
            (10_000, ("CNY", "1"), ("USD", "8"), 1_250),
            (1, ("KWD", "23"), ("KWD", "23"), 1),
        ] {
            let converted = convert(amount, price(from.0, from.1), price(to.0, to.1));
            assert_eq!(converted, Ok(expected), "{amount} {from:?} in {to:?}");
        }
    }

    #[test]
    fn rates_are_read_and_written() {
        for (text, nanos, written) in [
            ("7.1234", 7_123_400_000, "7.1234"),
            (" 7.1000 ", 7_100_000_000, "7.1"),
            ("0.000000001", 1, "0.000000001"),
            ("10", 10_000_000_000, "10"),
            ("007.0", 7_000_000_000, "7"),
            ("9223372036.854775807", i64::MAX, "9223372036.854775807"),
        ] {
            assert_eq!(rate(text).to_nanos(), nanos, "{text}");
            assert_eq!(rate(text).to_string(), written);
        }
        assert_eq!(Rate::from_nanos(0), None);
        assert_eq!(Rate::from_nanos(-1), None);
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "0",
            "0.000000000",
            "-1",
            "+1",
            ".5",
            "5.",
            "1,5",
            "1e3",
            "1.2.3",
            "0.0000000001",
            "9223372036.854775808",
            "99999999999999999999",
            "seven",
            "７",
        ] {
            assert_eq!(reasons(|v| _ = Rate::parse(text, "rate", v)), ["RATE_INVALID"], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_rate_is_read_as_it_was_written(nanos in 1..=i64::MAX) {
            let stored = Rate::from_nanos(nanos).unwrap();
            prop_assert_eq!(rate(&stored.to_string()), stored);
        }

        #[test]
        fn any_text_is_answered(text: String) {
            Rate::parse(&text, "rate", &mut Violations::default());
        }

        #[test]
        fn a_product_is_off_by_half_a_unit_at_most(amount: i64, numerator: i64, denominator: i64) {
            let exact = i128::from(amount) * i128::from(numerator);
            match multiply(amount, numerator, denominator) {
                Ok(product) => {
                    let off = exact - i128::from(product) * i128::from(denominator);
                    prop_assert!(2 * off.abs() <= i128::from(denominator).abs());
                }
                Err(Overflow) => {
                    let most = i128::from(i64::MAX) * i128::from(denominator).abs();
                    prop_assert!(exact.abs() >= most);
                }
            }
        }

        #[test]
        fn the_opposite_amount_gives_the_opposite_product(
            amount in -i64::MAX..=i64::MAX,
            numerator in -1_000_000_i64..1_000_000,
            denominator in 1_i64..1_000_000,
        ) {
            if let Ok(product) = multiply(amount, numerator, denominator)
                && product != i64::MIN
            {
                prop_assert_eq!(multiply(-amount, numerator, denominator), Ok(-product));
            }
        }

        #[test]
        fn a_currency_at_par_keeps_its_amounts(amount: i64) {
            for at in ["1", "7.123456789"] {
                prop_assert_eq!(convert(amount, price("CNY", at), price("CNY", at)), Ok(amount));
            }
        }

        #[test]
        fn any_conversion_is_answered(amount: i64, nanos in 1..=i64::MAX) {
            for (from, to) in [("CNY", "USD"), ("JPY", "KWD"), ("KWD", "JPY")] {
                let rate = Rate::from_nanos(nanos).unwrap();
                let _ = convert(amount, Price::new(from, rate), price(to, "1"));
                let _ = convert(amount, price(from, "1"), Price::new(to, rate));
            }
        }
    }
}
