//! Lead forms.

use std::collections::HashMap;

use crm_kit::record::Record;
use crm_kit::{Error, Result, store};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::lead;

/// A form on a web site.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lead_forms")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub organization_id: Uuid,
    /// Grows with every change.
    pub version: i64,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    /// When it last changed.
    pub update_time: ChronoDateTimeUtc,
    /// The name.
    pub name: String,
    /// What the form sends along.
    pub key: String,
    /// True if it takes no leads.
    pub disabled: bool,
    /// The name of a `Source`.
    pub source: String,
    /// The channel of its leads.
    pub channel: String,
    /// The campaign of its leads.
    pub campaign_id: String,
    /// How many leads it takes a minute.
    pub leads_per_minute: i32,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.lead_form";
    const SORTED: &'static [&'static str] = &["name"];
}

/// How keys begin, so that people recognise them.
const MARK: &str = "crm_form_";

/// Makes a key that nobody guesses.
pub fn new_key() -> String {
    format!("{MARK}{}", crm_kit::crypto::token())
}

/// The form of a key, if it takes leads; whose it is is found out by it.
pub async fn by_key(connection: &impl ConnectionTrait, key: &str) -> Result<Model> {
    // Postgres takes no zeros in a question.
    if !key.starts_with(MARK) || key.contains('\0') {
        return Err(Error::NotFound);
    }
    let form = store::everywhere::<Entity>().filter(Column::Key.eq(key)).filter(Column::Disabled.eq(false));
    form.one(connection).await?.ok_or(Error::NotFound)
}

/// How many leads some forms have taken; one query.
pub async fn captured(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    forms: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, i64>> {
    let leads = store::tenant::<lead::Entity>(organization).filter(lead::Column::LeadFormId.is_in(forms));
    let counts = leads
        .select_only()
        .column(lead::Column::LeadFormId)
        .column_as(lead::Column::Id.count(), "count")
        .group_by(lead::Column::LeadFormId)
        .into_tuple::<(Uuid, i64)>();
    Ok(counts.all(connection).await?.into_iter().collect())
}
