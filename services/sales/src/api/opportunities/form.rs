//! From what a caller asks for to what is stored.

use std::collections::HashMap;

use chrono::Days;
use crm_kit::convert::enum_name;
use crm_kit::directory::Owner;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Violations, id, message, store};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{
    ContactRole, ForecastCategory, Opportunity, OpportunityLineItem, OpportunityStatus, RecurringPeriod,
    StageType,
};
use crm_values::line_item::LineTotals;
use crm_values::{currency, date, money, tags, text};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::domain::line_item::LineItem;
use crate::domain::pipeline::{Stage, first, stage};
use crate::domain::{amount, board};
use crate::store::opportunity::Model;
use crate::store::values::{Contact, Contacts, LineItems, Tags};
use crate::store::{follow_up, organization, pipeline, product};

/// When a deal is expected unless somebody says.
const USUAL_DAYS: Days = Days::new(30);
const MOST_CONTACTS: usize = 50;
const MOST_LINES: usize = 100;
/// A billion units.
const LARGEST_QUANTITY: i64 = 1_000_000_000_000;

/// What has to be known to fill an opportunity in, read before the write begins.
pub(crate) struct Form {
    organization: organization::Model,
    pipeline: Option<pipeline::Model>,
    products: HashMap<Uuid, product::Model>,
    now: chrono::DateTime<chrono::Utc>,
}

impl Form {
    /// Reads what an opportunity refers to within sales; three queries.
    pub(crate) async fn load(context: &Context, access: &Access, wanted: &Opportunity) -> Result<Self> {
        let (connection, tenant) = (context.db.connection(), access.organization());
        let organization = organization::get(connection, tenant).await?;
        let pipeline = match id::reference("opportunity.pipeline_id", &wanted.pipeline_id)? {
            None => Some(pipeline::default(connection, tenant).await?),
            Some(id) => {
                let query = store::tenant::<pipeline::Entity>(tenant);
                query.filter(pipeline::Column::Id.eq(id)).one(connection).await?
            }
        };
        let ids = wanted.line_items.iter().filter_map(|item| Uuid::try_parse(&item.product_id).ok());
        let ids: Vec<Uuid> = ids.collect();
        let products = match ids.is_empty() {
            true => Vec::new(),
            false => {
                let query = store::tenant::<product::Entity>(tenant);
                query.filter(product::Column::Id.is_in(ids)).all(connection).await?
            }
        };
        let products = products.into_iter().map(|product| (product.id, product)).collect();
        Ok(Self { organization, pipeline, products, now: context.clock.now() })
    }

    /// A new opportunity in the stage that is asked for.
    pub(crate) fn fresh(
        &self,
        access: &Access,
        wanted: &Opportunity,
        violations: &mut Violations,
    ) -> Result<Model> {
        let mut model = Model {
            owner_id: access.user(),
            department_id: access.caller().department_id,
            status: OpportunityStatus::Open.as_str_name().to_owned(),
            stage_enter_time: self.now,
            create_month: self.organization.month(self.now),
            position: board::newest(),
            lost_reason: crm_protos::sales::v1::LostReason::Unspecified.as_str_name().to_owned(),
            ..Model::default()
        };
        let Some(pipeline) = self.pipeline.as_ref().filter(|pipeline| !pipeline.archived) else {
            violations.add("opportunity.pipeline_id", "PIPELINE_UNKNOWN", "give a pipeline that is in use");
            return Ok(model);
        };
        let asked = violations.check(id::reference("opportunity.stage_id", &wanted.stage_id))?.flatten();
        let found = match asked {
            None => Some(first(&pipeline.stages.0, StageType::Open)?),
            Some(id) => stage(&pipeline.stages.0, id).filter(|stage| stage.is_open() && !stage.archived),
        };
        let Some(stage) = found else {
            violations.add("opportunity.stage_id", "STAGE_UNKNOWN", "give an open stage of the pipeline");
            return Ok(model);
        };
        (model.pipeline_id, model.stage_id, model.furthest_stage_id) = (pipeline.id, stage.id, stage.id);
        model.probability = stage.probability;
        model.forecast_category = stage.forecast_category.clone();
        Ok(model)
    }

    /// The opportunity with the values of the message in the form that is stored. Every violation is named at once.
    pub(crate) fn model(
        &self,
        base: Model,
        wanted: &Opportunity,
        owner: Option<Owner>,
        mut violations: Violations,
    ) -> Result<Model> {
        let check = &mut violations;
        message::require(wanted, "opportunity", check)?;
        let owner = owner.unwrap_or(Owner { id: base.owner_id, department: base.department_id });
        stays(&wanted.pipeline_id, base.pipeline_id, "opportunity.pipeline_id", check);
        stays(&wanted.stage_id, base.stage_id, "opportunity.stage_id", check);
        let account = id::reference("opportunity.account_id", &wanted.account_id);
        let code = currency::normalize(&wanted.currency, "opportunity.currency", check);
        let code = if code.is_empty() { self.organization.currency.clone() } else { code };
        let line_items = self.line_items(&wanted.line_items, &base.line_items.0, &code, check)?;
        let amount_minor = match line_items.is_empty() {
            true => amount::check(wanted.amount_minor, "opportunity.amount_minor", check),
            false => sum(&line_items)?,
        };
        let recurring = wanted.recurring_amount_minor;
        let mut model = Model {
            owner_id: owner.id,
            department_id: owner.department,
            name: text::line(&wanted.name, 200, "opportunity.name", check),
            account_id: check.check(account)?.flatten(),
            contacts: Contacts(contacts(wanted, check)?),
            amount_minor,
            currency: code,
            expected_close_date: self.expected_close_date(wanted, check),
            source: enum_name(wanted.source, Source::as_str_name, "opportunity.source", check),
            campaign_id: text::line(&wanted.campaign_id, 100, "opportunity.campaign_id", check),
            competitor: text::line(&wanted.competitor, 200, "opportunity.competitor", check),
            next_step: text::line(&wanted.next_step, 200, "opportunity.next_step", check),
            next_follow_up_time: follow_up_time(wanted, check),
            line_items: LineItems(line_items),
            recurring_amount_minor: amount::check(recurring, "opportunity.recurring_amount_minor", check),
            recurring_period: enum_name(
                wanted.recurring_period,
                RecurringPeriod::as_str_name,
                "opportunity.recurring_period",
                check,
            ),
            purchase_intention: text::paragraph(
                &wanted.purchase_intention,
                10_000,
                "opportunity.purchase_intention",
                check,
            ),
            needs: text::paragraph(&wanted.needs, 10_000, "opportunity.needs", check),
            tags: Tags(tags::normalize(wanted.tags.clone(), "opportunity.tags", check)),
            description: text::paragraph(&wanted.description, 10_000, "opportunity.description", check),
            ..base
        };
        self.judge(&mut model, wanted, check);
        violations.finish()?;
        model.weighted_amount_minor = money::weighted(model.amount_minor, model.probability)?;
        Ok(model)
    }

    /// Sets how likely and how sure an open opportunity is: as somebody says, else as its stage does.
    fn judge(&self, model: &mut Model, wanted: &Opportunity, check: &mut Violations) {
        let category = enum_name(
            wanted.forecast_category,
            ForecastCategory::as_str_name,
            "opportunity.forecast_category",
            check,
        );
        if wanted.probability.is_some_and(|percent| !(0..=100).contains(&percent)) {
            check.add("opportunity.probability", "PERCENT_INVALID", "give a number from 0 to 100");
        }
        if model.status != OpportunityStatus::Open.as_str_name() {
            return;
        }
        match wanted.probability {
            Some(percent) if percent == model.probability => {}
            Some(percent) => (model.probability, model.probability_given) = (percent, true),
            None => model.probability_given = false,
        }
        match category {
            same if same == model.forecast_category => {}
            none if none == ForecastCategory::Unspecified.as_str_name() => {
                model.forecast_category_given = false
            }
            other => (model.forecast_category, model.forecast_category_given) = (other, true),
        }
        if let Some(stage) =
            self.pipeline.as_ref().and_then(|pipeline| stage(&pipeline.stages.0, model.stage_id))
        {
            follow_stage(model, stage);
        }
    }

    fn expected_close_date(&self, wanted: &Opportunity, check: &mut Violations) -> String {
        if wanted.expected_close_date.is_empty() {
            let today = self.organization.day(self.now);
            return today.checked_add_days(USUAL_DAYS).unwrap_or(today).to_string();
        }
        let date = date::parse(&wanted.expected_close_date);
        if !date.is_some_and(|date| (1970..=9998).contains(&chrono::Datelike::year(&date))) {
            check.add("opportunity.expected_close_date", "DATE_INVALID", "give a date, as in 2026-12-31");
        }
        wanted.expected_close_date.clone()
    }

    fn line_items(
        &self,
        items: &[OpportunityLineItem],
        kept: &[LineItem],
        currency: &str,
        check: &mut Violations,
    ) -> Result<Vec<LineItem>> {
        if items.len() > MOST_LINES {
            check.add("opportunity.line_items", "TOO_MANY", format!("give {MOST_LINES} at most"));
        }
        let lines = items.iter().enumerate().take(MOST_LINES);
        lines.map(|(index, item)| self.line_item(item, index, kept, currency, check)).collect()
    }

    fn line_item(
        &self,
        item: &OpportunityLineItem,
        index: usize,
        kept: &[LineItem],
        currency: &str,
        check: &mut Violations,
    ) -> Result<LineItem> {
        let at = |field: &str| format!("opportunity.line_items[{index}].{field}");
        let id = check.check(id::reference(&at("product_id"), &item.product_id))?.flatten();
        let product = id.and_then(|id| self.products.get(&id));
        // What is on offer already stays on it, whatever becomes of the product.
        let is_known = product.is_some() || kept.iter().any(|kept| kept.product_id == item.product_id);
        if id.is_some() && !is_known {
            check.add(at("product_id"), "PRODUCT_UNKNOWN", "give a product that exists");
        }
        let listed =
            product.and_then(|product| product.prices.0.iter().find(|price| price.currency == currency));
        let price = item.unit_price_minor.or(listed.map(|price| price.amount_minor));
        if price.is_none() && (id.is_none() || is_known) {
            check.add(at("unit_price_minor"), "PRICE_MISSING", format!("give a price in {currency}"));
        }
        if !(1..=LARGEST_QUANTITY).contains(&item.quantity_milli) {
            check.add(at("quantity_milli"), "QUANTITY_INVALID", "give a number from 1 to 1000000000000");
        }
        let tax = item.tax_basis_points.or(product.map(|product| product.tax_basis_points)).unwrap_or(0);
        for (field, points) in
            [("discount_basis_points", item.discount_basis_points), ("tax_basis_points", tax)]
        {
            if !(0..=10_000).contains(&points) {
                check.add(at(field), "BASIS_POINTS_INVALID", "give a number from 0 to 10000");
            }
        }
        let description = text::line(&item.description, 500, &at("description"), check);
        let name = product.map(|product| product.name.clone()).unwrap_or_default();
        Ok(LineItem {
            product_id: id.map(|id| id.to_string()).unwrap_or_default(),
            description: if description.is_empty() { name } else { description },
            quantity_milli: item.quantity_milli,
            unit_price_minor: amount::check(price.unwrap_or_default(), &at("unit_price_minor"), check),
            discount_basis_points: item.discount_basis_points,
            tax_basis_points: tax,
        })
    }
}

/// Lets a stage say what nobody else has said.
pub(super) fn follow_stage(model: &mut Model, stage: &Stage) {
    if !model.probability_given {
        model.probability = stage.probability;
    }
    if !model.forecast_category_given {
        model.forecast_category = stage.forecast_category.clone();
    }
}

fn sum(items: &[LineItem]) -> Result<i64> {
    let totals = items.iter().map(LineItem::totals).collect::<Result<Vec<_>, _>>()?;
    let net = LineTotals::sum(totals)?.net_minor;
    match amount::is_allowed(net) {
        true => Ok(net),
        false => Err(Error::from(money::Overflow)),
    }
}

fn stays(given: &str, current: Uuid, field: &str, check: &mut Violations) {
    if !given.is_empty() && given != current.to_string() && !current.is_nil() {
        check.add(field, "CHANGED_BY_MOVING", "move the opportunity to change it");
    }
}

fn follow_up_time(wanted: &Opportunity, check: &mut Violations) -> chrono::DateTime<chrono::Utc> {
    follow_up::column(wanted.next_follow_up_time.as_ref()).unwrap_or_else(|| {
        check.add("opportunity.next_follow_up_time", "TIME_INVALID", "give a time before the year 9999");
        follow_up::NEVER
    })
}

fn contacts(wanted: &Opportunity, check: &mut Violations) -> Result<Vec<Contact>> {
    if wanted.contacts.len() > MOST_CONTACTS {
        check.add("opportunity.contacts", "TOO_MANY", format!("give {MOST_CONTACTS} at most"));
    }
    let mut contacts: Vec<Contact> = Vec::new();
    for (index, contact) in wanted.contacts.iter().enumerate().take(MOST_CONTACTS) {
        let field = format!("opportunity.contacts[{index}].contact_id");
        let Some(id) = check.check(id::reference(&field, &contact.contact_id))?.flatten() else { continue };
        if contacts.iter().any(|other| other.contact_id == id.to_string()) {
            check.add(field, "REPEATED", "give each contact once");
            continue;
        }
        let role = format!("opportunity.contacts[{index}].role");
        let role = enum_name(contact.role, ContactRole::as_str_name, &role, check);
        contacts.push(Contact { contact_id: id.to_string(), role });
    }
    Ok(contacts)
}
