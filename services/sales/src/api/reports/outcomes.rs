//! Won and lost opportunities.

use std::collections::{BTreeMap, HashMap};

use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, directory};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{
    GetOutcomeReportRequest, LostReason, OpportunityStatus, OutcomeDimension, OutcomeReport, OutcomeRow,
};
use uuid::Uuid;

use super::frame::{Asked, Form, Frame};
use crate::domain::contributions::Dimension;
use crate::domain::report::amounts::Amounts;
use crate::domain::report::percent;
use crate::totals::{By, Line, Part};

/// The number of the part of won opportunities.
const WON: usize = 0;

/// What was won and lost.
#[derive(Default)]
struct Outcome {
    won: Amounts,
    lost: Amounts,
}

impl Outcome {
    fn add(&mut self, line: &Line) -> Result<()> {
        let amounts = if line.part == WON { &mut self.won } else { &mut self.lost };
        Ok(amounts.add(line.unit, &line.measure)?)
    }

    fn row(&self, value: String, name: String, form: &Form) -> Result<OutcomeRow> {
        Ok(OutcomeRow {
            value,
            name,
            won: Some(form.totals(&self.won)?),
            lost: Some(form.totals(&self.lost)?),
            win_percent: percent(self.won.count, self.won.count + self.lost.count),
        })
    }
}

/// Tells what was won and lost in some months.
pub(super) async fn report(
    context: &Context,
    access: &Access,
    request: GetOutcomeReportRequest,
) -> Result<OutcomeReport> {
    let dimension = OutcomeDimension::try_from(request.dimension).unwrap_or_default();
    let asked = Asked {
        months: Some([request.start_month, request.end_month]),
        pipeline_id: request.pipeline_id,
        owner_id: request.owner_id,
        department_id: request.department_id,
        currency: request.currency,
    };
    let (field, [won, lost], by) = match dimension {
        OutcomeDimension::Unspecified => {
            let advice = "give one of the values that the API names";
            return Err(Error::invalid("dimension", "ENUM_UNKNOWN", advice));
        }
        // Nothing was lost where something was won, so what is won stands together.
        OutcomeDimension::LostReason => ("lost_reason", [Dimension::Stage, Dimension::LostReason], By::Value),
        OutcomeDimension::Source => ("source", [Dimension::Source; 2], By::Value),
        OutcomeDimension::Owner => ("owner_id", [Dimension::Stage; 2], By::Owner),
        OutcomeDimension::Department => ("department_id", [Dimension::Stage; 2], By::Owner),
    };
    let shows_departments = dimension == OutcomeDimension::Department;
    let frame =
        Frame::load(context, access, asked, &["status", "close_date", field], shows_departments).await?;
    let part = |dimension, status: OpportunityStatus| Part { dimension, status: status.as_str_name(), by };
    let parts = vec![part(won, OpportunityStatus::Won), part(lost, OpportunityStatus::Lost)];
    let answer = frame.ask(context, access, parts).await?;
    let (mut outcomes, mut total) = (BTreeMap::<String, Outcome>::new(), Outcome::default());
    for line in answer.lines() {
        outcomes.entry(value(dimension, &line, &frame)).or_default().add(&line)?;
        total.add(&line)?;
    }
    let names = names(context, access, dimension, &frame, outcomes.keys()).await?;
    let form = frame.form(context, access, &answer.units).await?;
    let mut rows = Vec::new();
    for (value, outcome) in outcomes {
        let name = names.get(&value).cloned().unwrap_or_default();
        rows.push(outcome.row(value, name, &form)?);
    }
    let count = |row: &OutcomeRow| {
        [&row.won, &row.lost].into_iter().flatten().map(|totals| totals.count).sum::<i64>()
    };
    // Those with equally many stay in the order of their values.
    rows.sort_by_key(|row| -count(row));
    Ok(OutcomeReport {
        rows,
        total: Some(total.row(String::new(), String::new(), &form)?),
        currency: frame.currency,
    })
}

/// The value of the row to which a line belongs.
fn value(dimension: OutcomeDimension, line: &Line, frame: &Frame) -> String {
    match dimension {
        OutcomeDimension::LostReason if line.part == WON => String::new(),
        OutcomeDimension::Owner => line.owner.to_string(),
        OutcomeDimension::Department => {
            frame.owners.department(line.owner).map(|department| department.to_string()).unwrap_or_default()
        }
        _ if line.value == LostReason::Unspecified.as_str_name() => String::new(),
        _ if line.value == Source::Unspecified.as_str_name() => String::new(),
        _ => line.value.to_owned(),
    }
}

/// The names of owners and departments by their ids.
async fn names(
    context: &Context,
    access: &Access,
    dimension: OutcomeDimension,
    frame: &Frame,
    values: impl Iterator<Item = &String>,
) -> Result<HashMap<String, String>> {
    let ids = values.filter_map(|value| Uuid::try_parse(value).ok());
    Ok(match dimension {
        OutcomeDimension::Owner => {
            let users = directory::users(&context.db, access.organization(), ids).await?;
            users.into_iter().map(|user| (user.id.to_string(), user.display_name)).collect()
        }
        OutcomeDimension::Department => ids.map(|id| (id.to_string(), frame.tree.name(id))).collect(),
        _ => HashMap::new(),
    })
}
