//! Countries by their ISO 3166-1 alpha-2 codes.

use crm_kit::error::Violations;

const CODES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW \
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN \
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF \
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE \
    YT ZA ZM ZW";

/// Whether there is a country of a code in capitals.
pub fn is_known(code: &str) -> bool {
    CODES.split(' ').any(|known| known == code)
}

/// Brings the code of a country into its stored form: in capitals, or empty when the country is not known.
pub fn normalize(code: &str, path: &str, violations: &mut Violations) -> String {
    let code = code.trim().to_ascii_uppercase();
    if !code.is_empty() && !is_known(&code) {
        violations.add(path, "COUNTRY_UNKNOWN", "give the two letters of a country, as in CN");
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::reasons;

    #[test]
    fn codes_of_countries_are_known() {
        let mut violations = Violations::default();
        assert_eq!(normalize(" cn", "country", &mut violations), "CN");
        assert_eq!(normalize("", "country", &mut violations), "");
        violations.finish().unwrap();
        for code in ["XX", "CHN", "C", "中国", "AD AE", "D A"] {
            assert_eq!(reasons(|v| drop(normalize(code, "country", v))), ["COUNTRY_UNKNOWN"], "{code}");
        }
    }
}
