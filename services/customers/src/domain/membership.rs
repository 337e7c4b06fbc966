//! The parts that a contact plays at accounts.

use std::collections::HashSet;

use crm_kit::error::Violations;
use crm_kit::id;
use crm_values::text;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const MOST: usize = 20;

/// The part that a contact plays at an account, as it is stored; the account's name is joined when it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactAccount {
    /// The account.
    pub account_id: String,
    /// The part, for example `Purchasing`.
    pub role: String,
    /// True when the contact no longer works there.
    pub inactive: bool,
}

/// Brings the parts into their stored form; whether the accounts exist is for the caller to see.
pub fn normalize(
    accounts: Vec<ContactAccount>,
    path: &str,
    violations: &mut Violations,
) -> Vec<ContactAccount> {
    if accounts.len() > MOST {
        violations.add(path, "TOO_MANY", format!("give at most {MOST} accounts"));
    }
    let mut seen = HashSet::<Uuid>::new();
    let mut stored = Vec::with_capacity(accounts.len());
    for (index, account) in accounts.into_iter().enumerate() {
        let field = format!("{path}[{index}].account_id");
        let account_id = match id::reference(&field, &account.account_id) {
            Ok(Some(id)) => {
                if !seen.insert(id) {
                    violations.add(field, "DUPLICATE", "leave out what the list has already");
                }
                id.to_string()
            }
            // A missing id is the proto's rule to refuse.
            Ok(None) => String::new(),
            Err(_) => {
                violations.add(field, "ID_MALFORMED", "give the id of an account");
                String::new()
            }
        };
        let role = text::line(&account.role, 100, &format!("{path}[{index}].role"), violations);
        stored.push(ContactAccount { account_id, role, ..account });
    }
    stored
}

#[cfg(test)]
mod tests {
    use crm_kit::Error;

    use super::*;

    fn at(account_id: &str) -> ContactAccount {
        ContactAccount {
            account_id: account_id.into(),
            role: " Purchasing ".into(),
            ..ContactAccount::default()
        }
    }

    #[test]
    fn a_contact_plays_one_part_per_account() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let mut violations = Violations::default();
        let stored =
            normalize(vec![at(&id.to_uppercase()), at(id), at("acme")], "contact.accounts", &mut violations);
        assert_eq!((stored[0].account_id.as_str(), stored[0].role.as_str()), (id, "Purchasing"));
        let Err(Error::Invalid(list)) = violations.finish() else { panic!("there are violations") };
        assert_eq!(
            list.iter().map(|found| (found.field.as_str(), found.reason)).collect::<Vec<_>>(),
            [
                ("contact.accounts[1].account_id", "DUPLICATE"),
                ("contact.accounts[2].account_id", "ID_MALFORMED")
            ]
        );
    }
}
