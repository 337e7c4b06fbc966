//! Accounts.

use crm_kit::crypto::Sealed;
use crm_kit::record::Record;
use crm_kit::search::Words;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::values::{Emails, Phones, Place, Tags};

/// An account.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "accounts")]
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
    /// The name.
    pub name: String,
    /// The web site.
    pub website: String,
    /// The industry.
    pub industry: String,
    /// The name of an `AccountType`.
    pub r#type: String,
    /// The name of an `AccountGrade`.
    pub grade: String,
    /// The name of a `CreditStatus`.
    pub credit_status: String,
    /// The name of a `Source`.
    pub source: String,
    /// The telephone numbers.
    #[sea_orm(column_type = "Json")]
    pub phones: Phones,
    /// The e-mail addresses.
    #[sea_orm(column_type = "Json")]
    pub emails: Emails,
    /// Where invoices go.
    #[sea_orm(column_type = "Json")]
    pub billing_address: Place,
    /// Where goods go.
    #[sea_orm(column_type = "Json")]
    pub shipping_address: Place,
    /// How many people work there.
    pub employees: i32,
    /// What it earns in a year, in minor units.
    pub annual_revenue: i64,
    /// The currency, ISO 4217.
    pub currency: String,
    /// The account above it.
    pub parent_account_id: Option<Uuid>,
    /// The tags.
    #[sea_orm(column_type = "Json")]
    pub tags: Tags,
    /// The number of an identity card, sealed.
    pub id_card_number: Option<Sealed>,
    /// The number of a bank card, sealed.
    pub bank_card_number: Option<Sealed>,
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
    const RESOURCE: &'static str = "customers.account";
    const SORTED: &'static [&'static str] = &["name", "update_time", "annual_revenue", "grade"];
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["parent_account_id"], &["grade", "annual_revenue"]];
    const SEARCHED: &'static [&'static str] =
        &["name", "phones", "emails", "website", "industry", "billing_address", "shipping_address", "tags"];
    const SEALED: &'static [&'static str] = &["id_card_number", "bank_card_number"];
    const TERMS: &'static [&'static str] = &[
        "tags",
        "billing_address.city",
        "billing_address.state",
        "billing_address.country",
        "shipping_address.city",
        "shipping_address.state",
        "shipping_address.country",
    ];

    fn words(model: &Model, words: &mut Words) {
        words.text("name", &model.name);
        words.text("website", &model.website);
        words.text("industry", &model.industry);
        model.phones.0.iter().for_each(|phone| words.phone("phones", &phone.number));
        model.emails.0.iter().for_each(|email| words.email("emails", &email.address));
        for tag in &model.tags.0 {
            words.text("tags", tag);
            words.term("tags", tag);
        }
        for (field, Place(address)) in
            [("billing_address", &model.billing_address), ("shipping_address", &model.shipping_address)]
        {
            words.text(field, &address.street);
            for (part, value) in
                [("city", &address.city), ("state", &address.state), ("country", &address.country)]
            {
                words.text(field, value);
                words.term(&format!("{field}.{part}"), value);
            }
        }
        // An exact number is found by its blind index, never by its text.
        for (field, sealed) in
            [("id_card_number", &model.id_card_number), ("bank_card_number", &model.bank_card_number)]
        {
            if let Some(sealed) = sealed {
                words.term(field, sealed.index());
            }
        }
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        let phone = model.phones.0.iter().find(|phone| phone.primary).map(|phone| phone.number.clone());
        let subtitle = phone.map_or_else(|| ("industry", model.industry.clone()), |phone| ("phones", phone));
        [("name", model.name.clone()), subtitle]
    }
}
