//! Lists and nested values, each kept in one JSON column.

use crm_values::{Address, Email, Phone};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::membership::ContactAccount;

/// Telephone numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Phones(pub Vec<Phone>);

/// E-mail addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Emails(pub Vec<Email>);

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Place(pub Address);

/// Tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags(pub Vec<String>);

/// The parts that a contact plays at accounts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Memberships(pub Vec<ContactAccount>);
