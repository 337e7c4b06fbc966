//! `Predictions`.

use crm_kit::service::Context;
use crm_kit::{Access, Error, Record, Result, convert, store};
use crm_protos::sales::v1::predictions_server::Predictions;
use crm_protos::sales::v1::{
    GetWinModelRequest, OpportunityStatus, PredictOpportunityRequest, Prediction, PredictionReason,
    TrainWinModelRequest, WinModel,
};
use tonic::{Request, Response, Status};

use crate::domain::pipeline::stage;
use crate::domain::win_model::{FEATURES, Known, MINIMUM, Reason, Snapshot};
use crate::store::opportunity::{Entity, Model};
use crate::store::{pipeline, win_model};
use crate::training;

/// Serves `Predictions`.
pub struct PredictionsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Predictions for PredictionsService {
    async fn predict_opportunity(
        &self,
        request: Request<PredictOpportunityRequest>,
    ) -> Result<Response<Prediction>, Status> {
        crm_kit::call(request, async |access, request| {
            let connection = self.context.db.connection();
            let opportunity = store::get::<Entity>(connection, access, &request.id).await?;
            if opportunity.status != OpportunityStatus::Open.as_str_name() {
                let message = "ask about an open opportunity, this one is closed";
                return Err(Error::precondition("OPPORTUNITY_CLOSED", message));
            }
            let model = win_model::get(connection, access.organization()).await?.unwrap_or_default();
            if model.train_time.is_none() {
                return Err(too_few(access, &model));
            }
            let pipelines = store::tenant::<pipeline::Entity>(access.organization());
            let pipeline = store::by_id::<pipeline::Entity>(connection, pipelines, opportunity.pipeline_id);
            let stages = pipeline.await?.stages.0;
            let seen = stage(&stages, opportunity.stage_id).filter(|_| sees(access, "stage"));
            let known = snapshot(&opportunity).values();
            let (probability, reasons) =
                model.weights.predict(known.into_iter().filter(|(feature, _)| sees(access, feature)));
            Ok(Prediction {
                opportunity_id: opportunity.id.to_string(),
                probability,
                stage_probability: seen.map(|stage| stage.probability).unwrap_or_default(),
                reasons: reasons.into_iter().map(reason).collect(),
                train_time: convert::optional_timestamp(model.train_time),
            })
        })
        .await
    }

    async fn get_win_model(
        &self,
        request: Request<GetWinModelRequest>,
    ) -> Result<Response<WinModel>, Status> {
        crm_kit::call(request, async |access, _| {
            let model = win_model::get(self.context.db.connection(), access.organization()).await?;
            Ok(answer(&model.unwrap_or_default()))
        })
        .await
    }

    async fn train_win_model(
        &self,
        request: Request<TrainWinModelRequest>,
    ) -> Result<Response<WinModel>, Status> {
        crm_kit::call(request, async |access, _| {
            let schedule = self.context.db.write(access, async |tx| {
                training::schedule_now(tx).await?;
                let model = win_model::get(tx.connection(), access.organization()).await?;
                Ok(answer(&model.unwrap_or_default()))
            });
            schedule.await
        })
        .await
    }
}

/// The opportunity as it came into its stage, but with what is known of it by now.
fn snapshot(opportunity: &Model) -> Snapshot {
    let Model { source, amount_minor, currency, contacts, next_step, .. } = opportunity.clone();
    Snapshot {
        stage_id: opportunity.stage_id,
        known: Known { source, amount_minor, currency, contacts, next_step },
        age: opportunity.stage_enter_time - opportunity.create_time,
    }
}

/// True if the caller may see all that a feature tells of. What is hidden does not count at all, because the probability
/// would give it away.
fn sees(access: &Access, feature: &str) -> bool {
    let fields = FEATURES.iter().filter(|(name, _)| *name == feature).flat_map(|(_, fields)| *fields);
    fields.into_iter().all(|field| !access.hides(Entity::RESOURCE, field))
}

/// Says how many opportunities are missing; how many there are is for those who may see the model.
fn too_few(access: &Access, model: &win_model::Model) -> Error {
    let needed = format!("close more opportunities: {MINIMUM} won and {MINIMUM} lost ones are needed");
    let message = match access.allows("sales.win_model.read") {
        true => format!("{needed}, there were {} and {}", model.won, model.examples - model.won),
        false => needed,
    };
    Error::precondition("NOT_ENOUGH_EXAMPLES", message)
}

fn reason(reason: Reason) -> PredictionReason {
    PredictionReason { feature: reason.feature.to_owned(), value: reason.value, effect: reason.effect }
}

/// The model as the API shows it.
fn answer(model: &win_model::Model) -> WinModel {
    WinModel {
        examples: model.examples,
        won: model.won,
        auc: model.auc,
        stage_auc: model.stage_auc,
        train_time: convert::optional_timestamp(model.train_time),
        minimum_examples: i32::try_from(MINIMUM).unwrap_or(i32::MAX),
    }
}
