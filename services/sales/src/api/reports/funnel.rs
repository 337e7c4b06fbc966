//! The funnel.

use crm_kit::service::Context;
use crm_kit::{Access, Result};
use crm_protos::sales::v1::{Funnel, FunnelStage, GetFunnelRequest, OpportunityStatus};
use crm_values::money;

use super::frame::{Asked, Frame};
use crate::domain::contributions::Dimension;
use crate::domain::report::funnel::Counts;
use crate::domain::report::percent;
use crate::totals::{By, Part};

const STATUSES: [OpportunityStatus; 3] =
    [OpportunityStatus::Won, OpportunityStatus::Lost, OpportunityStatus::Open];

/// Tells how far the opportunities that were created in some months have come, and how long stages take.
pub(super) async fn report(context: &Context, access: &Access, request: GetFunnelRequest) -> Result<Funnel> {
    let asked = Asked {
        months: Some([request.start_month, request.end_month]),
        pipeline_id: request.pipeline_id,
        owner_id: request.owner_id,
        department_id: request.department_id,
        currency: request.currency,
    };
    let told_apart_by = ["pipeline_id", "stage_id", "status", "create_time"];
    let mut frame = Frame::load(context, access, asked, &told_apart_by, false).await?;
    let pipeline = frame.pipeline(context, access).await?;
    let furthest = |status: OpportunityStatus| Part {
        dimension: Dimension::Furthest,
        status: status.as_str_name(),
        by: By::Value,
    };
    let stays = Part { dimension: Dimension::Stay, status: "", by: By::Value };
    let parts = STATUSES.map(furthest).into_iter().chain([stays]).collect();
    let answer = frame.ask(context, access, parts).await?;
    let mut counts = Counts::default();
    for line in answer.lines() {
        match STATUSES.get(line.part) {
            Some(status) => {
                *counts.furthest.entry((*status, line.value.to_owned())).or_default() += line.measure.count;
            }
            None => {
                let (visits, seconds) = counts.visits.entry(line.value.to_owned()).or_default();
                *visits += line.measure.count;
                *seconds += line.measure.seconds;
            }
        }
    }
    let mut stages = Vec::new();
    let (mut first, mut before) = (None, None);
    for step in counts.steps(&pipeline.stages.0) {
        let first = *first.get_or_insert(step.reached);
        let conversion = before.replace(step.reached).map_or(100.0, |before| percent(step.reached, before));
        stages.push(FunnelStage {
            stage_id: step.stage.id.to_string(),
            name: step.stage.name.clone(),
            reached: step.reached,
            conversion_percent: conversion,
            overall_percent: percent(step.reached, first),
            visits: step.visits,
            // None on average where there are no visits.
            average_seconds: money::multiply(step.seconds, 1, step.visits).unwrap_or_default(),
        });
    }
    Ok(Funnel {
        pipeline_id: pipeline.id.to_string(),
        stages,
        won: counts.of(OpportunityStatus::Won),
        lost: counts.of(OpportunityStatus::Lost),
        open: counts.of(OpportunityStatus::Open),
    })
}
