//! Sales by month.

use std::collections::HashMap;

use crm_kit::service::Context;
use crm_kit::{Access, Result};
use crm_protos::sales::v1::{GetSalesReportRequest, OpportunityStatus, SalesMonth, SalesReport};

use super::frame::{Asked, Frame};
use crate::domain::contributions::Dimension;
use crate::domain::report::amounts::Amounts;
use crate::totals::{By, Part};

/// The number of the part of won opportunities.
const WON: usize = 0;
/// The number of the part of lost opportunities.
const LOST: usize = 1;

/// What happened in a month.
#[derive(Default)]
struct Month {
    won: Amounts,
    lost: Amounts,
    created: i64,
}

/// Tells what was won, lost and created in each of some months.
pub(super) async fn report(
    context: &Context,
    access: &Access,
    request: GetSalesReportRequest,
) -> Result<SalesReport> {
    let asked = Asked {
        months: Some([request.start_month, request.end_month]),
        pipeline_id: request.pipeline_id,
        owner_id: request.owner_id,
        department_id: request.department_id,
        currency: request.currency,
    };
    let told_apart_by = ["status", "close_date", "create_time"];
    let frame = Frame::load(context, access, asked, &told_apart_by, false).await?;
    use OpportunityStatus::{Lost, Open, Won};
    let part = |(dimension, status): (_, OpportunityStatus)| {
        let status = status.as_str_name();
        Part { dimension, status, by: By::Value }
    };
    let closed = [(Dimension::Stage, Won), (Dimension::Stage, Lost)];
    let created = [Won, Lost, Open].map(|status| (Dimension::Furthest, status));
    let answer = frame.ask(context, access, closed.into_iter().chain(created).map(part).collect()).await?;
    let mut months = HashMap::<&str, Month>::new();
    for line in answer.lines() {
        let month = months.entry(answer.month(&line)).or_default();
        match line.part {
            WON => month.won.add(line.unit, &line.measure)?,
            LOST => month.lost.add(line.unit, &line.measure)?,
            _ => month.created += line.measure.count,
        }
    }
    let form = frame.form(context, access, &answer.units).await?;
    let mut rows = Vec::new();
    for month in frame.period.into_iter().flat_map(|period| period.months()) {
        let month = month.to_string();
        let Month { won, lost, created } = months.remove(month.as_str()).unwrap_or_default();
        let (won, lost) = (Some(form.totals(&won)?), Some(form.totals(&lost)?));
        rows.push(SalesMonth { month, won, lost, created });
    }
    Ok(SalesReport { months: rows, currency: frame.currency })
}
