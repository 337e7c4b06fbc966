//! Contacts.

use crm_kit::record::Record;
use crm_kit::search::Words;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::{Emails, Memberships, Phones, Place, Tags};

/// A contact.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "contacts")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The user who is responsible.
    pub owner_id: Uuid,
    /// The owner's department.
    pub department_id: Option<Uuid>,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// When it was deleted.
    pub delete_time: Option<ChronoDateTimeUtc>,
    /// How the person is addressed.
    pub salutation: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The whole name.
    pub full_name: String,
    /// The position.
    pub title: String,
    /// The e-mail addresses.
    #[sea_orm(column_type = "Json")]
    pub emails: Emails,
    /// The telephone numbers.
    #[sea_orm(column_type = "Json")]
    pub phones: Phones,
    /// The parts that the person plays at accounts.
    #[sea_orm(column_type = "Json")]
    pub accounts: Memberships,
    /// The birthday, YYYY-MM-DD.
    pub birthday: String,
    /// What the person likes, dislikes and needs.
    #[sea_orm(column_type = "Text")]
    pub preferences: String,
    /// The name of a `Source`.
    pub source: String,
    /// The tags.
    #[sea_orm(column_type = "Json")]
    pub tags: Tags,
    /// The postal address.
    #[sea_orm(column_type = "Json")]
    pub address: Place,
    /// What is worth knowing.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "customers.contact";
    const SORTED: &'static [&'static str] = &["full_name", "update_time"];
    const SEARCHED: &'static [&'static str] = &["full_name", "phones", "emails", "title", "address", "tags"];
    const TERMS: &'static [&'static str] =
        &["tags", "accounts.account_id", "address.city", "address.state", "address.country"];

    fn words(model: &Model, words: &mut Words) {
        words.text("full_name", &model.full_name);
        words.text("full_name", &model.given_name);
        words.text("full_name", &model.family_name);
        words.text("title", &model.title);
        model.phones.0.iter().for_each(|phone| words.phone("phones", &phone.number));
        model.emails.0.iter().for_each(|email| words.email("emails", &email.address));
        model.accounts.0.iter().for_each(|account| words.term("accounts.account_id", &account.account_id));
        for tag in &model.tags.0 {
            words.text("tags", tag);
            words.term("tags", tag);
        }
        let Place(address) = &model.address;
        words.text("address", &address.street);
        for (part, value) in
            [("city", &address.city), ("state", &address.state), ("country", &address.country)]
        {
            words.text("address", value);
            words.term(&format!("address.{part}"), value);
        }
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        let email = model.emails.0.iter().find(|email| email.primary).map(|email| email.address.clone());
        let subtitle = email.map_or_else(|| ("title", model.title.clone()), |email| ("emails", email));
        [("full_name", model.full_name.clone()), subtitle]
    }
}
