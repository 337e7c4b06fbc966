//! Pipelines and their stages.

use crm_kit::access::Scope;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::pipelines_client::PipelinesClient;
use crm_protos::sales::v1::{
    CreatePipelineRequest, DeletePipelineRequest, ForecastCategory, GetPipelineRequest, ListPipelinesRequest,
    Pipeline, Stage, StageType, UpdatePipelineRequest,
};
use crm_sales::store::{opportunity, pipeline};
use prost_types::FieldMask;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{assert_refused, organization, run, violations};

pub(crate) fn pipelines(harness: &Harness) -> PipelinesClient<crm_kit::channel::Channel> {
    PipelinesClient::new(harness.channel.clone())
}

fn stage(name: &str, kind: StageType) -> Stage {
    Stage { name: name.to_owned(), r#type: kind.into(), probability: 40, ..Stage::default() }
}

fn three(name: &str) -> Pipeline {
    let stages =
        vec![stage("Talks", StageType::Open), stage("Won", StageType::Won), stage("Lost", StageType::Lost)];
    Pipeline { name: name.to_owned(), stages, ..Pipeline::default() }
}

async fn create(harness: &Harness, caller: &TestCaller, pipeline: Pipeline) -> Result<Pipeline, Status> {
    let request = caller.request(CreatePipelineRequest { pipeline: Some(pipeline) });
    Ok(pipelines(harness).create_pipeline(request).await?.into_inner())
}

async fn update(
    harness: &Harness,
    caller: &TestCaller,
    pipeline: Pipeline,
    fields: &[&str],
) -> Result<Pipeline, Status> {
    let paths = fields.iter().map(|field| (*field).to_owned()).collect();
    let request = UpdatePipelineRequest { pipeline: Some(pipeline), update_mask: Some(FieldMask { paths }) };
    Ok(pipelines(harness).update_pipeline(caller.request(request)).await?.into_inner())
}

async fn delete(harness: &Harness, caller: &TestCaller, id: &str) -> Result<(), Status> {
    let request = DeletePipelineRequest { id: id.to_owned(), etag: String::new() };
    pipelines(harness).delete_pipeline(caller.request(request)).await.map(|_| ())
}

/// The pipelines by their place.
async fn listed(harness: &Harness, caller: &TestCaller) -> Vec<Pipeline> {
    let list = ListPipelinesRequest { order_by: "position".to_owned(), ..Default::default() };
    pipelines(harness).list_pipelines(caller.request(list)).await.unwrap().into_inner().pipelines
}

/// An opportunity for a stage, to be put there past the API.
fn deal(harness: &Harness, caller: &TestCaller, pipeline: &Pipeline, stage: usize) -> opportunity::Model {
    let id = |text: &str| Uuid::parse_str(text).unwrap();
    let stage_id = id(&pipeline.stages[stage].id);
    opportunity::Model {
        organization_id: caller.organization(),
        owner_id: caller.id(),
        name: "Deal".to_owned(),
        pipeline_id: id(&pipeline.id),
        stage_id,
        furthest_stage_id: stage_id,
        status: "OPPORTUNITY_STATUS_OPEN".to_owned(),
        currency: "CNY".to_owned(),
        stage_enter_time: harness.context.clock.now(),
        ..Default::default()
    }
}

async fn enter(
    harness: &Harness,
    caller: &TestCaller,
    pipeline: &Pipeline,
    stage: usize,
) -> opportunity::Model {
    let model = deal(harness, caller, pipeline, stage);
    let db = &harness.context.db;
    db.transact(async |tx| opportunity::insert(tx, model.clone()).await).await.unwrap()
}

async fn leave(harness: &Harness, caller: &TestCaller, before: opportunity::Model, stage: &str) {
    let stage_id = Uuid::parse_str(stage).unwrap();
    let access = harness.context.db.system(caller.organization());
    let after = opportunity::Model { stage_id, ..before.clone() };
    let work =
        async |tx: &crm_kit::Tx| opportunity::update(tx, "moved", before.clone(), after.clone(), "").await;
    harness.context.db.transact_as(&access, work).await.unwrap();
}

#[tokio::test]
async fn a_pipeline_has_the_stages_that_it_was_given() {
    run(async |harness| {
        let caller = organization(harness).await;
        let given = Pipeline { position: 3, ..three(" Key  accounts ") };
        let created = create(harness, &caller, given).await.unwrap();
        assert_eq!((created.name.as_str(), created.position), ("Key accounts", 3));
        let stages = &created.stages;
        let probabilities: Vec<i32> = stages.iter().map(|stage| stage.probability).collect();
        assert_eq!(probabilities, [40, 100, 0]);
        let category = ForecastCategory::Pipeline as i32;
        assert!(stages.iter().all(|stage| !stage.id.is_empty() && stage.forecast_category == category));
        let request = caller.request(GetPipelineRequest { id: created.id.clone() });
        assert_eq!(pipelines(harness).get_pipeline(request).await.unwrap().into_inner(), created);
        let names: Vec<String> = listed(harness, &caller).await.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Sales", "Key accounts"]);
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_pipeline_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let mut pipeline = three("");
        pipeline.position = -1;
        pipeline.stages[0].rot_days = 3651;
        pipeline.stages[1].id = "stage".to_owned();
        pipeline.stages[2] = Stage { probability: 101, ..Stage::default() };
        let status = create(harness, &caller, pipeline).await.unwrap_err();
        let expected = [
            ("pipeline.name", "REQUIRED"),
            ("pipeline.stages[2].name", "REQUIRED"),
            ("pipeline.stages[2].type", "REQUIRED"),
            ("pipeline.position", "NEGATIVE"),
            ("pipeline.stages[1].id", "ID_MALFORMED"),
            ("pipeline.stages[0].rot_days", "OUT_OF_RANGE"),
            ("pipeline.stages[2].probability", "OUT_OF_RANGE"),
            ("pipeline.stages", "STAGE_MISSING"),
        ];
        assert_eq!(
            violations(&status),
            expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()))
        );
        let status =
            create(harness, &caller, Pipeline { stages: vec![], ..three("Empty") }).await.unwrap_err();
        assert_eq!(violations(&status), [("pipeline.stages".to_owned(), "REQUIRED".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn stages_keep_their_ids_when_they_are_renamed_moved_and_joined_by_others() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, three("Key accounts")).await.unwrap();
        let mut wanted = created.clone();
        wanted.stages[0].name = "Negotiation".to_owned();
        wanted.stages.insert(0, stage("First call", StageType::Open));
        wanted.name = "not in the mask".to_owned();
        let updated = update(harness, &caller, wanted, &["stages"]).await.unwrap();
        let names: Vec<&str> = updated.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["First call", "Negotiation", "Won", "Lost"]);
        assert_eq!(updated.name, "Key accounts");
        let ids = |stages: &[Stage]| stages.iter().map(|stage| stage.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&updated.stages[1..]), ids(&created.stages));
        let mut other = updated.clone();
        other.stages[1].r#type = StageType::Won.into();
        let status = update(harness, &caller, other, &["stages"]).await.unwrap_err();
        assert_eq!(violations(&status), [("pipeline.stages[1].type".to_owned(), "TYPE_FIXED".to_owned())]);
        let stale = Pipeline { etag: created.etag, ..updated.clone() };
        let stale = Pipeline { name: "Late".to_owned(), ..stale };
        assert_refused(update(harness, &caller, stale, &["name"]).await, Code::Aborted, "STALE");
    })
    .await;
}

#[tokio::test]
async fn a_stage_that_opportunities_are_or_were_in_is_archived_not_left_out() {
    run(async |harness| {
        let caller = organization(harness).await;
        let mut pipeline = three("Key accounts");
        pipeline.stages.insert(1, stage("Offer", StageType::Open));
        pipeline.stages.insert(2, stage("Unused", StageType::Open));
        let created = create(harness, &caller, pipeline).await.unwrap();
        let without = |pipeline: &Pipeline, index: usize| {
            let mut other = pipeline.clone();
            other.stages.remove(index);
            other
        };
        let deal = enter(harness, &caller, &created, 0).await;
        leave(harness, &caller, deal, &created.stages[1].id).await;
        for used in [0, 1] {
            let answer = update(harness, &caller, without(&created, used), &["stages"]).await;
            assert_refused(answer, Code::FailedPrecondition, "STAGE_IN_USE");
        }
        let updated = update(harness, &caller, without(&created, 2), &["stages"]).await.unwrap();
        assert_eq!(updated.stages.len(), 4);
        let mut archived = updated.clone();
        archived.stages[0].archived = true;
        let archived = update(harness, &caller, archived, &["stages"]).await.unwrap();
        assert!(archived.stages[0].archived && !archived.stages[1].archived);
        assert_refused(
            delete(harness, &caller, &created.id).await,
            Code::FailedPrecondition,
            "PIPELINE_IN_USE",
        );
    })
    .await;
}

#[tokio::test]
async fn a_stage_stays_for_an_opportunity_that_is_about_to_enter_it() {
    run(async |harness| {
        let caller = organization(harness).await;
        let mut pipeline = three("Key accounts");
        pipeline.stages.insert(1, stage("Offer", StageType::Open));
        let created = create(harness, &caller, pipeline).await.unwrap();
        let model = deal(harness, &caller, &created, 1);
        let held = tokio::sync::Notify::new();
        let entering = async |tx: &crm_kit::Tx| {
            pipeline::hold(tx, model.pipeline_id).await?;
            held.notify_one();
            opportunity::insert(tx, model.clone()).await
        };
        let access = harness.context.db.system(caller.organization());
        let entering = harness.context.db.transact_as(&access, entering);
        let removing = async {
            held.notified().await;
            let mut without = created.clone();
            without.stages.remove(1);
            update(harness, &caller, without, &["stages"]).await
        };
        let (entered, removed) = tokio::join!(entering, removing);
        entered.unwrap();
        assert_refused(removed, Code::FailedPrecondition, "STAGE_IN_USE");
    })
    .await;
}

#[tokio::test]
async fn one_pipeline_is_always_left() {
    run(async |harness| {
        let caller = organization(harness).await;
        let [first] = <[Pipeline; 1]>::try_from(listed(harness, &caller).await).unwrap();
        let archived = Pipeline { archived: true, ..first.clone() };
        let answer = update(harness, &caller, archived.clone(), &["archived"]).await;
        assert_refused(answer, Code::FailedPrecondition, "LAST_PIPELINE");
        assert_refused(delete(harness, &caller, &first.id).await, Code::FailedPrecondition, "LAST_PIPELINE");
        let second = create(harness, &caller, three("Second")).await.unwrap();
        update(harness, &caller, archived, &["archived"]).await.unwrap();
        assert_refused(delete(harness, &caller, &second.id).await, Code::FailedPrecondition, "LAST_PIPELINE");
        delete(harness, &caller, &first.id).await.unwrap();
        let gone = pipelines(harness).get_pipeline(caller.request(GetPipelineRequest { id: first.id })).await;
        assert_refused(gone, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn of_two_pipelines_that_are_archived_at_once_one_stays() {
    run(async |harness| {
        let caller = organization(harness).await;
        create(harness, &caller, three("Second")).await.unwrap();
        let both = listed(harness, &caller).await;
        let archive = |pipeline: &Pipeline| {
            let archived = Pipeline { archived: true, ..pipeline.clone() };
            let caller = &caller;
            async move { update(harness, caller, archived, &["archived"]).await }
        };
        let (one, other) = tokio::join!(archive(&both[0]), archive(&both[1]));
        assert_eq!([&one, &other].iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(listed(harness, &caller).await.iter().filter(|pipeline| !pipeline.archived).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_organization_has_a_hundred_pipelines_at_most() {
    run(async |harness| {
        let caller = organization(harness).await;
        for number in 2..=100 {
            create(harness, &caller, three(&format!("Number {number}"))).await.unwrap();
        }
        let answer = create(harness, &caller, three("One more")).await;
        assert_refused(answer, Code::FailedPrecondition, "TOO_MANY_PIPELINES");
        create(harness, &organization(harness).await, three("Elsewhere")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn representatives_see_pipelines_and_leave_them_as_they_are() {
    run(async |harness| {
        let caller = organization(harness).await;
        let member = harness.caller(caller.organization()).grant("sales.pipeline.read", Scope::All);
        assert_eq!(listed(harness, &member).await.len(), 1);
        let answer = create(harness, &member, three("Mine")).await;
        assert_refused(answer, Code::PermissionDenied, "PERMISSION_DENIED");
        assert!(listed(harness, &organization(harness).await).await.len() == 1);
    })
    .await;
}
