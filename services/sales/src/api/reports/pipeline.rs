//! Open opportunities by stage.

use std::collections::HashMap;

use crm_kit::service::Context;
use crm_kit::{Access, Result};
use crm_protos::sales::v1::{
    GetPipelineReportRequest, OpportunityStatus, PipelineReport, PipelineReportStage,
};

use super::frame::{Asked, Frame};
use crate::domain::contributions::Dimension;
use crate::domain::report::amounts::Amounts;
use crate::totals::{By, Part};

/// Tells what the open opportunities of a pipeline come to, by stage.
pub(super) async fn report(
    context: &Context,
    access: &Access,
    request: GetPipelineReportRequest,
) -> Result<PipelineReport> {
    let asked = Asked {
        months: None,
        pipeline_id: request.pipeline_id,
        owner_id: request.owner_id,
        department_id: request.department_id,
        currency: request.currency,
    };
    let mut frame =
        Frame::load(context, access, asked, &["pipeline_id", "stage_id", "status"], false).await?;
    let pipeline = frame.pipeline(context, access).await?;
    let open = OpportunityStatus::Open.as_str_name();
    let parts = vec![Part { dimension: Dimension::Stage, status: open, by: By::Value }];
    let answer = frame.ask(context, access, parts).await?;
    let (mut by_stage, mut total) = (HashMap::<&str, Amounts>::new(), Amounts::default());
    for line in answer.lines() {
        by_stage.entry(line.value).or_default().add(line.unit, &line.measure)?;
        total.add(line.unit, &line.measure)?;
    }
    let form = frame.form(context, access, &answer.units).await?;
    let mut stages = Vec::new();
    for stage in pipeline.stages.0.iter().filter(|stage| stage.is_open()) {
        let amounts = by_stage.remove(stage.id.to_string().as_str()).unwrap_or_default();
        if !stage.archived || amounts.count > 0 {
            let totals = Some(form.totals(&amounts)?);
            stages.push(PipelineReportStage {
                stage_id: stage.id.to_string(),
                name: stage.name.clone(),
                totals,
            });
        }
    }
    Ok(PipelineReport {
        pipeline_id: pipeline.id.to_string(),
        stages,
        total: Some(form.totals(&total)?),
        currency: frame.currency,
    })
}
