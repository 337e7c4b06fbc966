//! What is to be made of a lead, and in which order.

use crm_values::Address;
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is to be made of a lead, settled before anything is made.
///
/// Customers knows a request that is repeated by its words, so everything that goes there is kept as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(default)]
pub struct Plan {
    /// Who will be responsible for what is made.
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// Who becomes a customer.
    pub customer: Customer,
    /// False if the account was there before.
    pub makes_account: bool,
    /// False if the contact was there before, or the lead names no person.
    pub makes_contact: bool,
    /// The opportunity's id, known before it is made.
    pub opportunity_id: Uuid,
    /// The opportunity's name.
    pub opportunity_name: String,
    /// The opportunity's pipeline.
    pub pipeline_id: Uuid,
    /// The opportunity's amount.
    pub amount_minor: i64,
    /// The opportunity's currency.
    pub currency: String,
    /// When the opportunity is expected to close, YYYY-MM-DD.
    pub expected_close_date: String,
}

/// Who becomes a customer, as the lead said when its conversion began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// The person's name.
    pub name: String,
    /// The company's name.
    pub company: String,
    /// The person's position.
    pub title: String,
    /// The e-mail address.
    pub email: String,
    /// The telephone number.
    pub phone: String,
    /// The web site.
    pub website: String,
    /// The industry.
    pub industry: String,
    /// The name of a `Source`.
    pub source: String,
    /// The postal address.
    pub address: Address,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To make the account.
    Account,
    /// To make the contact of the account.
    Contact(Uuid),
    /// To make the opportunity of the account and the contact, and to mark the lead.
    Opportunity,
}

/// What is to be done next when so much is made.
pub fn next(plan: &Plan, account: Option<Uuid>, contact: Option<Uuid>) -> Step {
    match (account, contact) {
        (None, _) => Step::Account,
        (Some(account), None) if plan.makes_contact => Step::Contact(account),
        _ => Step::Opportunity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_comes_first_and_the_opportunity_last() {
        let (person, company) = (
            Plan { makes_contact: true, ..Plan::default() },
            Plan { makes_account: true, ..Plan::default() },
        );
        let (account, contact) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        assert_eq!(next(&person, None, None), Step::Account);
        assert_eq!(next(&person, account, None), Step::Contact(Uuid::from_u128(1)));
        assert_eq!(next(&person, account, contact), Step::Opportunity);
        assert_eq!(next(&company, account, None), Step::Opportunity);
    }
}
