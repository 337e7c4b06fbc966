//! The forecast.

use std::collections::{BTreeMap, HashMap};

use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Access, Result, directory, store};
use crm_protos::sales::v1::{Forecast, ForecastCategory, ForecastRow, GetForecastRequest, OpportunityStatus};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::frame::{Asked, Form, Frame};
use crate::domain::contributions::{Dimension, Measure};
use crate::domain::report::amounts::{Amounts, Unit};
use crate::domain::report::forecast::{Row, roll_up};
use crate::domain::report::percent;
use crate::domain::target::amount_in;
use crate::store::target;
use crate::totals::{By, Part};

/// The number of the part of open opportunities.
const OPEN: usize = 0;

/// Tells what is won and expected in some months against the targets.
pub(super) async fn report(
    context: &Context,
    access: &Access,
    request: GetForecastRequest,
) -> Result<Forecast> {
    let asked = Asked {
        months: Some([request.start_month, request.end_month]),
        pipeline_id: request.pipeline_id,
        owner_id: request.owner_id,
        department_id: request.department_id,
        currency: request.currency,
    };
    let told_apart_by =
        ["status", "forecast_category", "expected_close_date", "close_date", "owner_id", "department_id"];
    let frame = Frame::load(context, access, asked, &told_apart_by, true).await?;
    use OpportunityStatus::{Open, Won};
    let open = Part { dimension: Dimension::Category, status: Open.as_str_name(), by: By::OwnerAndValue };
    let won = Part { dimension: Dimension::Stage, status: Won.as_str_name(), by: By::Owner };
    let mut answer = frame.ask(context, access, vec![open, won]).await?;
    let mut owners = BTreeMap::<Uuid, (Option<Uuid>, Row)>::new();
    for line in answer.lines() {
        let department = || (frame.owners.department(line.owner), Row::default());
        let (_, row) = owners.entry(line.owner).or_insert_with(department);
        let amounts = match ForecastCategory::from_str_name(line.value) {
            _ if line.part != OPEN => &mut row.closed,
            Some(ForecastCategory::Commit) => &mut row.commit,
            Some(ForecastCategory::BestCase) => &mut row.best_case,
            _ => &mut row.pipeline,
        };
        amounts.add(line.unit, &line.measure)?;
    }
    let mut units = std::mem::take(&mut answer.units);
    let mut of_departments = BTreeMap::new();
    for targets in targets(context, access, &frame).await? {
        let amounts = amounts(&targets, &frame, &mut units)?;
        match targets.first() {
            Some(first) if first.owner_id.is_nil() => _ = of_departments.insert(first.department_id, amounts),
            Some(first) => {
                let (owner, department) = (first.owner_id, first.department_id);
                if frame.is_about_owner(access, owner, department)? && !amounts.are_nothing() {
                    owners.entry(owner).or_insert_with(|| (department, Row::default())).1.target = amounts;
                }
            }
            None => {}
        }
    }
    let of_departments = of_departments.into_iter().filter(|(_, amounts)| !amounts.are_nothing());
    let of_departments = of_departments.filter_map(|(id, amounts)| Some((id?, amounts))).collect();
    let forecast = roll_up(owners, &frame.departments(access)?, &of_departments, &frame.tree)?;
    let form = frame.form(context, access, &units).await?;
    answer_of(context, access, &frame, forecast, &form).await
}

/// The targets in the months that the caller reaches, those of each subject together; none if the caller may not see
/// targets.
async fn targets(context: &Context, access: &Access, frame: &Frame) -> Result<Vec<Vec<target::Model>>> {
    let hidden =
        ["amount_minor", "currency"].iter().any(|field| access.hides(target::Entity::RESOURCE, field));
    let Some(period) = frame.period.filter(|_| access.allows("sales.target.read") && !hidden) else {
        return Ok(Vec::new());
    };
    let (start, end) = (period.start.to_string(), period.end.to_string());
    let mut query =
        store::select::<target::Entity>(access)?.filter(target::Column::StartMonth.between(start, end));
    if let Some(owner) = frame.owner {
        query = query.filter(target::Column::OwnerId.eq(owner));
    }
    let mut by_subject = HashMap::<String, Vec<target::Model>>::new();
    for target in query.all(context.db.connection()).await? {
        by_subject.entry(target.subject.clone()).or_default().push(target);
    }
    Ok(by_subject.into_values().collect())
}

/// What targets amount to. They are converted as if all were for the last month.
fn amounts(targets: &[target::Model], frame: &Frame, units: &mut Vec<Unit>) -> Result<Amounts> {
    let mut amounts = Amounts::default();
    let Some(period) = frame.period else { return Ok(amounts) };
    for (currency, amount) in amount_in(targets, period.start, period.end)? {
        let unit = Unit { currency, month: period.end.to_string() };
        let number = units.iter().position(|known| *known == unit).unwrap_or_else(|| {
            units.push(unit);
            units.len() - 1
        });
        amounts.add(number, &Measure { amount_minor: amount, ..Measure::default() })?;
    }
    Ok(amounts)
}

async fn answer_of(
    context: &Context,
    access: &Access,
    frame: &Frame,
    forecast: crate::domain::report::forecast::Forecast,
    form: &Form,
) -> Result<Forecast> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let users = directory::users(&context.db, access.organization(), forecast.owners.keys().copied()).await?;
    let names: HashMap<Uuid, String> = users.into_iter().map(|user| (user.id, user.display_name)).collect();
    let mut owners = Vec::new();
    for (owner, (department, row)) in &forecast.owners {
        owners.push(ForecastRow {
            owner_id: owner.to_string(),
            department_id: text(*department),
            name: names.get(owner).cloned().unwrap_or_default(),
            ..shown(row, form)?
        });
    }
    let mut departments = Vec::new();
    for (id, row) in &forecast.departments {
        let parent = frame.tree.get(*id).and_then(|department| department.parent_id);
        departments.push(ForecastRow {
            department_id: id.to_string(),
            parent_department_id: text(parent),
            name: frame.tree.name(*id),
            ..shown(row, form)?
        });
    }
    for rows in [&mut owners, &mut departments] {
        // Those with the same name stay in the order of their ids.
        rows.sort_by(|one, other| one.name.cmp(&other.name));
    }
    let total = Some(shown(&forecast.total, form)?);
    Ok(Forecast { owners, departments, total, currency: frame.currency.clone() })
}

/// A row without whose it is.
fn shown(row: &Row, form: &Form) -> Result<ForecastRow> {
    let closed = form.totals(&row.closed)?;
    let target = form.conversion.worth(&row.target)?;
    // A target that is known in part only would be attained too soon.
    let is_known = form.amounts && target.amount_minor != 0 && target.unconverted.is_empty();
    Ok(ForecastRow {
        pipeline: Some(form.totals(&row.pipeline)?),
        best_case: Some(form.totals(&row.best_case)?),
        commit: Some(form.totals(&row.commit)?),
        attainment_percent: is_known.then(|| percent(closed.amount_minor, target.amount_minor)),
        closed: Some(closed),
        target_minor: target.amount_minor,
        ..ForecastRow::default()
    })
}
