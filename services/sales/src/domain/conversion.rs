//! What is to be made of a lead.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is to be made of a lead, settled before anything is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Plan {
    /// The account that exists; none to make one.
    pub account_id: Option<Uuid>,
    /// The contact that exists; none to make one if the lead names a person.
    pub contact_id: Option<Uuid>,
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
