//! Exchange rates.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use crm_kit::Result;
use crm_kit::record::{Record, Unique};
use crm_values::money::Rate;
use sea_orm::FromQueryResult;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use serde::Serialize;

/// What a currency is worth from a day on.
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "exchange_rates")]
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
    /// The currency.
    pub currency: String,
    /// The first day, YYYY-MM-DD.
    pub date: String,
    /// What one unit is worth in the base currency, in billionths.
    pub rate: i64,
    /// What was the organization's currency when the rate was created.
    pub base_currency: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Record for Entity {
    const RESOURCE: &'static str = "sales.exchange_rate";
    const SORTED: &'static [&'static str] = &["date"];
    const UNIQUE: &'static [Unique] = &[Unique {
        index: ["exchange_rates_date", "exchange_rates.organization_id"],
        reason: "RATE_EXISTS",
        message: "change the rate that the currency already has on that day",
    }];
}

/// A rate in force.
#[derive(FromQueryResult)]
struct InForce {
    currency: String,
    day: String,
    rate: Option<i64>,
}

/// The rates in force on some days in a base currency, by currency and day; a currency without rate up to a day has none.
///
/// One query, which looks up the newest rate of each currency and day in the index, however many older ones there are.
pub async fn rates_on(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    base_currency: &str,
    currencies: impl IntoIterator<Item = String>,
    days: &[NaiveDate],
) -> Result<HashMap<(String, NaiveDate), Rate>> {
    let currencies: BTreeSet<String> = currencies.into_iter().collect();
    let days: BTreeSet<String> = days.iter().map(NaiveDate::to_string).collect();
    if currencies.is_empty() || days.is_empty() {
        return Ok(HashMap::new());
    }
    let found = connection.query_all(&in_force(organization, base_currency, currencies, days)).await?;
    let mut rates = HashMap::new();
    for row in found {
        let InForce { currency, day, rate } = InForce::from_query_result(&row, "")?;
        if let (Ok(day), Some(rate)) = (day.parse(), rate.and_then(Rate::from_nanos)) {
            rates.insert((currency, day), rate);
        }
    }
    Ok(rates)
}

fn in_force(
    organization: Uuid,
    base_currency: &str,
    currencies: BTreeSet<String>,
    days: BTreeSet<String>,
) -> SelectStatement {
    // Both databases call the column of listed values so.
    let listed = |list: &'static str| Expr::col((Alias::new(list), Alias::new("column1")));
    let newest = Query::select()
        .column(Column::Rate)
        .from(Entity)
        .and_where(Column::OrganizationId.eq(organization))
        .and_where(Column::BaseCurrency.eq(base_currency))
        .and_where(Expr::col((Entity, Column::Currency)).eq(listed("currencies")))
        .and_where(Expr::col((Entity, Column::Date)).lte(listed("days")))
        .order_by(Column::Date, Order::Desc)
        .limit(1)
        .to_owned();
    Query::select()
        .expr_as(listed("currencies"), "currency")
        .expr_as(listed("days"), "day")
        .expr_as(newest, "rate")
        .from_values(currencies, "currencies")
        .from_values(days, "days")
        .to_owned()
}
