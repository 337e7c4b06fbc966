//! Copies of many customers at once, and what is sold to them, for measuring what a suite full of data does.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use crm_kit::service::Context;
use crm_kit::{Access, Result, Tx, Violations, directory, feed};
use crm_protos::sales::v1::{LostReason, Opportunity, OpportunityStatus, StageType};
use crm_values::money;
use rand::Rng;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use super::draw::{Stream, around, generator, pick, round, weighted};
use crate::api::opportunities::form::Form;
use crate::domain::contributions::{self, Contributions};
use crate::domain::pipeline::first;
use crate::store::{account, contact, opportunity, pipeline, stage_visit, total};

/// The feed that brings customers, whose work is done here.
pub const FEED: &str = "customers";

/// An account to whom something may be sold.
pub struct Buyer {
    /// The copy of the account.
    pub account: account::Model,
    /// The copies of its contacts.
    pub contacts: Vec<contact::Model>,
    /// The number of the customer, from which the same opportunity always follows.
    pub number: u64,
    /// The currency that it pays in.
    pub currency: String,
    /// The industry.
    pub industry: String,
}

/// Holds off the feed that brings customers, until the transaction ends.
pub async fn hold(tx: &Tx) -> Result<()> {
    feed::hold(tx, FEED).await?;
    directory::hold(tx).await
}

/// Inserts the copies of customers and three opportunities for ten of them. The feed goes on after the position of
/// their last change in the log of customers, if it had come to the one before the first.
pub async fn insert(
    tx: &Tx,
    context: &Context,
    seed: u64,
    buyers: Vec<Buyer>,
    positions: (i64, i64),
) -> Result<usize> {
    let access = tx.access();
    let form = Form::load(context, access, &Opportunity::default()).await?;
    let pipeline = pipeline::default(tx.connection(), access.organization()).await?;
    let sold = buyers.iter().filter(|buyer| buyer.number % 10 < 3);
    let models = sold
        .map(|buyer| opportunity(&form, access, &pipeline, seed, buyer, tx.now().date_naive()))
        .collect::<Result<Vec<_>>>()?;
    let owners = total::hold(tx, models.iter().map(|model| model.owner_id).collect::<BTreeSet<_>>()).await?;
    let (accounts, contacts): (Vec<_>, Vec<_>) =
        buyers.into_iter().map(|buyer| (buyer.account, buyer.contacts)).unzip();
    copy::<account::Entity>(tx, accounts.into_iter()).await?;
    copy::<contact::Entity>(tx, contacts.into_iter().flatten()).await?;
    let inserted = tx.insert_many::<opportunity::Entity>("created", models).await?.models;
    stage_visit::enter_all(tx, &inserted).await?;
    let mut sum = Contributions::new();
    for model in &inserted {
        sum = contributions::sum(sum, contributions::of(model, &[]));
    }
    total::add(tx, access.organization(), &owners, None, &sum).await?;
    let (before, last) = positions;
    feed::advance(tx, FEED, before, last).await?;
    Ok(inserted.len())
}

/// One that stands anywhere between the first stage and the end.
fn opportunity(
    form: &Form,
    access: &Access,
    pipeline: &pipeline::Model,
    seed: u64,
    buyer: &Buyer,
    today: NaiveDate,
) -> Result<opportunity::Model> {
    let rng = &mut generator(seed, Stream::Deal, buyer.number);
    let kind = weighted(rng, &[(StageType::Open, 40), (StageType::Won, 35), (StageType::Lost, 25)]);
    let open = pipeline.stages.0.iter().filter(|stage| stage.is_open() && !stage.archived);
    let open: Vec<_> = open.map(|stage| stage.id).collect();
    let (past, ahead) = (Days::new(rng.random_range(0..330)), Days::new(rng.random_range(1..200)));
    let expected = if kind == StageType::Open { today + ahead } else { today - past };
    let wanted = Opportunity {
        name: format!(
            "{} {}",
            buyer.account.name,
            pick(rng, &["年度采购", "系统升级", "服务续约", "新项目"])
        ),
        account_id: buyer.account.id.to_string(),
        stage_id: pick(rng, &open).to_string(),
        amount_minor: round(around(rng, 12_000_000.0, 1.0)),
        currency: buyer.currency.clone(),
        expected_close_date: expected.to_string(),
        source: rng.random_range(1..=8),
        tags: if buyer.industry.is_empty() { Vec::new() } else { vec![buyer.industry.clone()] },
        ..Opportunity::default()
    };
    let mut violations = Violations::default();
    let base = form.fresh(access, &wanted, &mut violations)?;
    let owner = directory::Owner { id: buyer.account.owner_id, department: buyer.account.department_id };
    let mut model = form.model(base, &wanted, Some(owner), violations)?;
    let created = expected - Days::new(rng.random_range(10..120));
    model.create_month = created.min(today).format("%Y-%m").to_string();
    if kind == StageType::Open {
        return Ok(model);
    }
    let stage = first(&pipeline.stages.0, kind)?;
    let won = kind == StageType::Won;
    let status = if won { OpportunityStatus::Won } else { OpportunityStatus::Lost };
    let reason = if won { LostReason::Unspecified } else { LostReason::Price };
    model.status = status.as_str_name().to_owned();
    model.lost_reason = reason.as_str_name().to_owned();
    model.close_date = expected.to_string();
    model.stage_id = stage.id;
    model.probability = stage.probability;
    model.forecast_category.clone_from(&stage.forecast_category);
    model.weighted_amount_minor = money::weighted(model.amount_minor, model.probability)?;
    Ok(model)
}

#[expect(clippy::disallowed_methods, reason = "the copies are no records")]
async fn copy<E>(tx: &Tx, rows: impl Iterator<Item = E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut rows = rows.map(|row| row.into_active_model().reset_all()).peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(2_000)).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}
