//! Postal addresses.

use crm_kit::error::Violations;
use serde::{Deserialize, Serialize};

use crate::{country, text};

/// A postal address as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street, number, building, room.
    pub street: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Postal code.
    pub postal_code: String,
}

/// Brings an address into its stored form.
pub fn normalize(address: Address, path: &str, violations: &mut Violations) -> Address {
    Address {
        street: text::paragraph(&address.street, 500, &format!("{path}.street"), violations),
        city: text::line(&address.city, 100, &format!("{path}.city"), violations),
        state: text::line(&address.state, 100, &format!("{path}.state"), violations),
        country: country::normalize(&address.country, &format!("{path}.country"), violations),
        postal_code: text::line(&address.postal_code, 20, &format!("{path}.postal_code"), violations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::found;

    #[test]
    fn an_address_is_trimmed_and_its_country_known() {
        let mut violations = Violations::default();
        let address = Address { city: " 上海市 ".into(), country: "cn".into(), ..Address::default() };
        let stored = normalize(address, "account.billing_address", &mut violations);
        violations.finish().unwrap();
        assert_eq!((stored.city.as_str(), stored.country.as_str()), ("上海市", "CN"));
    }

    #[test]
    fn an_unknown_country_is_named_with_its_path() {
        let mut violations = Violations::default();
        let address = Address { country: "China".into(), ..Address::default() };
        normalize(address, "account.billing_address", &mut violations);
        assert_eq!(found(violations), [("account.billing_address.country".to_owned(), "COUNTRY_UNKNOWN")]);
    }
}
