//! Lists and nested values, each kept in one JSON column.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::domain::address::Address;
use crate::domain::email::Email;
use crate::domain::membership::ContactAccount;
use crate::domain::phone::Phone;

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
