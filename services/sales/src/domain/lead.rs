//! The states of a lead.

use crm_kit::error::{Error, Result};
use crm_protos::sales::v1::LeadStatus;

/// What can be done with a lead as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Somebody begins to work on it.
    Work,
    /// It is worth selling to.
    Qualify,
    /// It is given up.
    Disqualify,
    /// It is taken up again.
    Reopen,
    /// Somebody else is to work on it.
    Assign,
    /// It becomes a customer.
    Convert,
}

/// The state, kept by its name, that a lead is in after a verb.
pub fn after(status: &str, verb: Verb) -> Result<LeadStatus> {
    use LeadStatus::{Converted, New, Qualified, Unqualified, Working};
    let status = LeadStatus::from_str_name(status).unwrap_or_default();
    match (verb, status) {
        (_, Converted) => refused("the lead is converted, change what it has become"),
        (Verb::Work, New) | (Verb::Reopen, Unqualified) => Ok(Working),
        (Verb::Qualify, New | Working) => Ok(Qualified),
        (Verb::Disqualify, New | Working | Qualified) => Ok(Unqualified),
        (Verb::Convert, New | Working | Qualified) => Ok(Converted),
        (Verb::Assign, status) => Ok(status),
        (_, Unqualified) => refused("the lead is given up, reopen it first"),
        (Verb::Reopen, _) => refused("the lead is not given up, there is nothing to reopen"),
        _ => refused("the lead is further on already"),
    }
}

fn refused(message: &str) -> Result<LeadStatus> {
    Err(Error::precondition("LEAD_STATUS", message))
}

/// The name to show: the person's, else the company's.
pub fn display_name(name: &str, company: &str) -> String {
    if name.is_empty() { company.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_leads_from_every_state_to_one_state_or_is_refused() {
        use LeadStatus::{Converted as C, New as N, Qualified as Q, Unqualified as U, Working as W};
        let table = [
            (Verb::Work, [Some(W), None, None, None, None]),
            (Verb::Qualify, [Some(Q), Some(Q), None, None, None]),
            (Verb::Disqualify, [Some(U), Some(U), Some(U), None, None]),
            (Verb::Reopen, [None, None, None, Some(W), None]),
            (Verb::Assign, [Some(N), Some(W), Some(Q), Some(U), None]),
            (Verb::Convert, [Some(C), Some(C), Some(C), None, None]),
        ];
        for (verb, expected) in table {
            for (before, expected) in [N, W, Q, U, C].into_iter().zip(expected) {
                match after(before.as_str_name(), verb) {
                    Ok(reached) => assert_eq!(Some(reached), expected, "{verb:?} from {before:?}"),
                    Err(error) => {
                        assert_eq!(error.reason(), "LEAD_STATUS");
                        assert_eq!(expected, None, "{verb:?} from {before:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_person_is_shown_before_a_company() {
        assert_eq!(display_name("李娜", "华信"), "李娜");
        assert_eq!(display_name("", "华信"), "华信");
    }
}
