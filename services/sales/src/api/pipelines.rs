//! `Pipelines`.

use crm_kit::service::Context;
use crm_kit::{Error, ListQuery, Result, Tx, Violations, convert, id, message, store};
use crm_protos::sales::v1::pipelines_server::Pipelines;
use crm_protos::sales::v1::{
    CreatePipelineRequest, DeletePipelineRequest, ForecastCategory, GetPipelineRequest, ListPipelinesRequest,
    ListPipelinesResponse, Pipeline, Stage as StageMessage, StageType, UpdatePipelineRequest,
};
use crm_values::{amount, text};
use sea_orm::PaginatorTrait;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::domain::pipeline::{self as rules, Stage};
use crate::store::pipeline::{self, Entity, Model};
use crate::store::values::Stages;

/// An organization has no more pipelines.
const MOST_PIPELINES: u64 = 100;

/// Serves `Pipelines`.
pub struct PipelinesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Pipelines for PipelinesService {
    async fn create_pipeline(
        &self,
        request: Request<CreatePipelineRequest>,
    ) -> Result<Response<Pipeline>, Status> {
        crm_kit::call(request, async |access, request| {
            let pipeline = model(Model::default(), &request.pipeline.unwrap_or_default())?;
            self.context
                .db
                .write(access, async |tx| {
                    check_number(tx).await?;
                    tx.insert::<Entity>("created", pipeline.clone()).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn get_pipeline(&self, request: Request<GetPipelineRequest>) -> Result<Response<Pipeline>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_pipelines(
        &self,
        request: Request<ListPipelinesRequest>,
    ) -> Result<Response<ListPipelinesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListPipelinesRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            Ok(ListPipelinesResponse {
                pipelines: page.items.iter().map(answer).collect(),
                next_page_token: page.next_page_token,
            })
        })
        .await
    }

    async fn update_pipeline(
        &self,
        request: Request<UpdatePipelineRequest>,
    ) -> Result<Response<Pipeline>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.pipeline.unwrap_or_default();
            self.context
                .db
                .write(access, async |tx| {
                    let before = pipeline::seize(tx, access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(before.clone(), &merged)?;
                    check_stages(tx, &before, &after).await?;
                    if after.archived && !before.archived {
                        check_another(tx, &before).await?;
                    }
                    tx.update::<Entity>("updated", before, after, &patch.etag)
                        .await
                        .map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn delete_pipeline(&self, request: Request<DeletePipelineRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = pipeline::seize(tx, access, &request.id).await?;
                    let stages: Vec<Uuid> = before.stages.0.iter().map(|stage| stage.id).collect();
                    if pipeline::are_used(tx.connection(), &before, &stages).await? {
                        let advice = "opportunities are or were in the pipeline, archive it instead";
                        return Err(Error::precondition("PIPELINE_IN_USE", advice));
                    }
                    if !before.archived {
                        check_another(tx, &before).await?;
                    }
                    tx.remove::<Entity>("deleted", before, &request.etag).await
                })
                .await
        })
        .await
    }
}

/// Fails if the organization has as many pipelines as it may have: boards and reports look at all of them.
async fn check_number(tx: &Tx) -> Result<()> {
    let known = store::tenant::<Entity>(tx.access().organization()).count(tx.connection()).await?;
    if known >= MOST_PIPELINES {
        let advice = format!("{MOST_PIPELINES} pipelines are enough, change one or delete one first");
        return Err(Error::precondition("TOO_MANY_PIPELINES", advice));
    }
    Ok(())
}

/// Fails if a stage was left out that opportunities are or were in.
async fn check_stages(tx: &Tx, before: &Model, after: &Model) -> Result<()> {
    let is_kept = |stage: &&Stage| rules::stage(&after.stages.0, stage.id).is_some();
    let gone: Vec<Uuid> =
        before.stages.0.iter().filter(|stage| !is_kept(stage)).map(|stage| stage.id).collect();
    if pipeline::are_used(tx.connection(), before, &gone).await? {
        let advice = "opportunities are or were in a stage that is left out, archive it instead";
        return Err(Error::precondition("STAGE_IN_USE", advice));
    }
    Ok(())
}

/// Fails if no other pipeline takes opportunities.
async fn check_another(tx: &Tx, pipeline: &Model) -> Result<()> {
    if pipeline::has_other(tx.connection(), pipeline).await? {
        return Ok(());
    }
    let advice = "opportunities need a pipeline, create another one first";
    Err(Error::precondition("LAST_PIPELINE", advice))
}

/// The pipeline with the values of the message in the form that is stored. Every violation is named at once.
fn model(base: Model, pipeline: &Pipeline) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(pipeline, "pipeline", check)?;
    amount::check(pipeline.position, "pipeline.position", check);
    let mut given = Vec::with_capacity(pipeline.stages.len());
    for (index, stage) in pipeline.stages.iter().enumerate() {
        given.push(stage_of(stage, &format!("pipeline.stages[{index}]"), check)?);
    }
    let model = Model {
        name: text::line(&pipeline.name, 100, "pipeline.name", check),
        position: pipeline.position,
        archived: pipeline.archived,
        stages: Stages(rules::normalize(given, &base.stages.0, "pipeline.stages", check)),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

fn stage_of(stage: &StageMessage, path: &str, check: &mut Violations) -> Result<Stage> {
    Ok(Stage {
        id: check.check(id::reference(&format!("{path}.id"), &stage.id))?.flatten().unwrap_or_default(),
        name: stage.name.clone(),
        r#type: convert::enum_name(stage.r#type, StageType::as_str_name, &format!("{path}.type"), check),
        probability: stage.probability,
        rot_days: stage.rot_days,
        forecast_category: convert::enum_name(
            stage.forecast_category,
            ForecastCategory::as_str_name,
            &format!("{path}.forecast_category"),
            check,
        ),
        archived: stage.archived,
    })
}

/// The pipeline as the API shows it.
fn answer(model: &Model) -> Pipeline {
    let stage = |stage: &Stage| StageMessage {
        id: stage.id.to_string(),
        name: stage.name.clone(),
        r#type: stage.kind().into(),
        probability: stage.probability,
        rot_days: stage.rot_days,
        forecast_category: convert::enum_number(&stage.forecast_category, ForecastCategory::from_str_name),
        archived: stage.archived,
    };
    Pipeline {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        position: model.position,
        archived: model.archived,
        stages: model.stages.0.iter().map(stage).collect(),
    }
}
