//! Currencies by their ISO 4217 codes.

use crm_kit::error::Violations;

/// What money is counted in: without metals, funds and test codes, and with the lev, which old amounts are in.
const CODES: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD \
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK \
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Those whose smallest unit is the whole one.
const WITHOUT_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Those whose smallest unit is the thousandth.
const WITH_THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// How many digits stand after the point in amounts of a currency: 100 minor units are one yuan, one is one yen.
pub fn digits(code: &str) -> u32 {
    let among = |codes: &str| codes.split(' ').any(|known| known == code);
    if among(WITHOUT_DIGITS) {
        0
    } else if among(WITH_THREE_DIGITS) {
        3
    } else {
        2
    }
}

/// Whether there is a currency of a code in capitals.
pub fn is_known(code: &str) -> bool {
    CODES.split(' ').any(|known| known == code)
}

/// Brings the code of a currency into its stored form: in capitals, or empty when none is given.
pub fn normalize(code: &str, path: &str, violations: &mut Violations) -> String {
    let code = code.trim().to_ascii_uppercase();
    if !code.is_empty() && !is_known(&code) {
        violations.add(path, "CURRENCY_UNKNOWN", "give the three letters of a currency, as in CNY");
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::reasons;

    #[test]
    fn codes_of_currencies_are_known() {
        let mut violations = Violations::default();
        assert_eq!(normalize("cny ", "currency", &mut violations), "CNY");
        assert_eq!(normalize("", "currency", &mut violations), "");
        violations.finish().unwrap();
        for code in ["RMB", "XXX", "US", "元", "AED AFN"] {
            assert_eq!(reasons(|v| drop(normalize(code, "currency", v))), ["CURRENCY_UNKNOWN"], "{code}");
        }
    }

    #[test]
    fn currencies_have_their_digits() {
        for (code, expected) in
            [("CNY", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("", 2)]
        {
            assert_eq!(digits(code), expected, "{code}");
        }
        for code in WITHOUT_DIGITS.split(' ').chain(WITH_THREE_DIGITS.split(' ')) {
            assert!(CODES.split(' ').any(|known| known == code), "{code}");
        }
    }
}
