//! Leads.

use crm_kit::record::Record;
use crm_kit::search::Words;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::follow_up;
use super::values::{Origin, Place, Tags};

/// A lead.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "leads")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// The user who is responsible; nil while it waits in a queue.
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
    /// The name of a `LeadStatus`.
    pub status: String,
    /// The person's name, else the company's.
    pub display_name: String,
    /// The person's name.
    pub name: String,
    /// The company's name.
    pub company: String,
    /// The person's position.
    pub title: String,
    /// The e-mail address.
    pub email: String,
    /// The telephone number, E.164.
    pub phone: String,
    /// The web site.
    pub website: String,
    /// The name of a `Source`.
    pub source: String,
    /// The channel within the source.
    pub channel: String,
    /// The name of a `LeadRating`.
    pub rating: String,
    /// How promising it is, 0 to 100.
    pub score: i32,
    /// The campaign that brought it.
    pub campaign_id: String,
    /// Where the visitor came from.
    #[sea_orm(column_type = "Json")]
    pub utm: Origin,
    /// What is needed.
    #[sea_orm(column_type = "Text")]
    pub needs: String,
    /// What is to be bought, and when.
    #[sea_orm(column_type = "Text")]
    pub purchase_intention: String,
    /// The industry.
    pub industry: String,
    /// The postal address.
    #[sea_orm(column_type = "Json")]
    pub address: Place,
    /// What the deal may be worth.
    pub amount_minor: i64,
    /// The currency.
    pub currency: String,
    /// When to get in touch again; `follow_up::NEVER` if not.
    #[serde(serialize_with = "follow_up::serialize")]
    pub next_follow_up_time: ChronoDateTimeUtc,
    /// The tags.
    #[sea_orm(column_type = "Json")]
    pub tags: Tags,
    /// What is worth knowing.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Why it was given up.
    pub unqualified_reason: String,
    /// The form that captured it.
    pub lead_form_id: Option<Uuid>,
    /// When it was converted.
    pub convert_time: Option<ChronoDateTimeUtc>,
    /// The account that it became.
    pub account_id: Option<Uuid>,
    /// The contact that it became.
    pub contact_id: Option<Uuid>,
    /// The opportunity that it became.
    pub opportunity_id: Option<Uuid>,
    /// What it is found by.
    #[sea_orm(column_type = "Text")]
    pub search_text: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.lead";
    const INDEXES: &'static [&'static [&'static str]] =
        &[&["email"], &["phone"], &["status"], &["lead_form_id"], &["account_id"], &["contact_id"]];
    const SORTED: &'static [&'static str] =
        &["display_name", "company", "score", "next_follow_up_time", "update_time"];
    const SEARCHED: &'static [&'static str] =
        &["display_name", "company", "email", "phone", "title", "tags", "address"];
    const TERMS: &'static [&'static str] = &["tags", "address.city", "address.state", "address.country"];

    fn words(model: &Model, words: &mut Words) {
        words.text("display_name", &model.name);
        words.text("company", &model.company);
        words.text("title", &model.title);
        words.email("email", &model.email);
        words.phone("phone", &model.phone);
        for tag in &model.tags.0 {
            words.text("tags", tag);
            words.term("tags", tag);
        }
        let Place(address) = &model.address;
        for (part, value) in
            [("city", &address.city), ("state", &address.state), ("country", &address.country)]
        {
            words.text("address", value);
            words.term(&format!("address.{part}"), value);
        }
    }

    fn title(model: &Model) -> [(&'static str, String); 2] {
        [("display_name", model.display_name.clone()), ("company", model.company.clone())]
    }
}
