//! What wins opportunities is learned from those that are closed.

use chrono::TimeDelta;
use crm_kit::access::{FieldAccess, Scope};
use crm_kit::channel::Channel;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::predictions_client::PredictionsClient;
use crm_protos::sales::v1::{
    GetWinModelRequest, LostReason, MoveOpportunityRequest, Opportunity, PredictOpportunityRequest,
    Prediction, TrainWinModelRequest, WinModel,
};
use crm_sales::store::win_model;
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::opportunities::{create, deal, lose, place, put, stages, win};
use crate::{assert_refused, organization, run};

fn predictions(harness: &Harness) -> PredictionsClient<Channel> {
    PredictionsClient::new(harness.channel.clone())
}

/// Creates an opportunity.
async fn open(harness: &Harness, caller: &TestCaller, source: Source) -> Opportunity {
    let opportunity = Opportunity { source: source.into(), ..deal(source.as_str_name(), 1_000_000) };
    create(harness, caller, opportunity).await.unwrap()
}

/// Wins or loses an opportunity.
async fn end(harness: &Harness, caller: &TestCaller, id: &str, won: bool) {
    let ended =
        if won { win(harness, caller, id).await } else { lose(harness, caller, id, LostReason::Price).await };
    ended.unwrap();
}

async fn predict(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Prediction, Status> {
    let request = caller.request(PredictOpportunityRequest { id: id.to_owned() });
    Ok(predictions(harness).predict_opportunity(request).await?.into_inner())
}

async fn model(harness: &Harness, caller: &TestCaller) -> WinModel {
    let request = caller.request(GetWinModelRequest {});
    predictions(harness).get_win_model(request).await.unwrap().into_inner()
}

/// Trains the model and waits until it knows of so many opportunities.
async fn train(harness: &Harness, caller: &TestCaller, examples: i32) -> WinModel {
    let request = caller.request(TrainWinModelRequest {});
    predictions(harness).train_win_model(request).await.unwrap();
    eventually("the model is trained", async || model(harness, caller).await.examples == examples).await;
    model(harness, caller).await
}

/// Closes opportunities of a market in which partners bring most of what is won, and events most of what is lost. Only on
/// its last day what is won gets its next step and another amount.
async fn close(harness: &Harness, caller: &TestCaller, number: usize) {
    let stages = stages(harness, caller).await;
    let mut ended = Vec::new();
    for number in 0..number {
        let (won, usual) = (number % 2 == 0, number % 10 < 8);
        let source = if won == usual { Source::Partner } else { Source::Event };
        ended.push((open(harness, caller, source).await.id, won));
    }
    harness.context.clock.advance(TimeDelta::hours(2));
    for (number, (id, _)) in ended.iter().enumerate().filter(|(number, _)| number % 3 == 0) {
        let stage_id = stages[1 + number % 2].clone();
        let request = MoveOpportunityRequest { id: id.clone(), stage_id, ..Default::default() };
        place(harness, caller, request).await.unwrap();
    }
    harness.context.clock.advance(TimeDelta::hours(2));
    for (id, won) in ended {
        if won {
            let next_step = "send the contract".to_owned();
            let opportunity =
                Opportunity { id: id.clone(), next_step, amount_minor: 9, ..Default::default() };
            put(harness, caller, opportunity, &["next_step", "amount_minor"]).await.unwrap();
        }
        end(harness, caller, &id, won).await;
    }
}

#[tokio::test]
async fn without_enough_examples_nothing_is_predicted() {
    run(async |harness| {
        let caller = organization(harness).await;
        let asked = open(harness, &caller, Source::Partner).await;
        let untrained = WinModel { minimum_examples: 50, ..Default::default() };
        assert_eq!(model(harness, &caller).await, untrained);
        let refused = predict(harness, &caller, &asked.id).await;
        assert_refused(refused, Code::FailedPrecondition, "NOT_ENOUGH_EXAMPLES");
        for won in [true, false, true] {
            let id = open(harness, &caller, Source::Partner).await.id;
            end(harness, &caller, &id, won).await;
        }
        let trained = train(harness, &caller, 3).await;
        assert_eq!(trained, WinModel { examples: 3, won: 2, ..untrained });
        let status = predict(harness, &caller, &asked.id).await.unwrap_err();
        assert!(status.message().ends_with("there were 2 and 1"), "{}", status.message());
        assert_refused::<()>(Err(status), Code::FailedPrecondition, "NOT_ENOUGH_EXAMPLES");
        let reader = harness.caller(caller.organization()).grant("sales.opportunity.read", Scope::All);
        let status = predict(harness, &reader, &asked.id).await.unwrap_err();
        assert!(status.message().ends_with("are needed"), "{}", status.message());
    })
    .await;
}

#[tokio::test]
async fn what_wins_is_learned_from_opportunities_as_they_were_while_open() {
    run(async |harness| {
        let caller = organization(harness).await;
        close(harness, &caller, 120).await;
        let trained = train(harness, &caller, 120).await;
        assert_eq!((trained.won, trained.train_time.is_some()), (60, true));
        assert!(trained.auc > 0.7 && trained.auc < 0.9, "{trained:?}");
        assert!(trained.auc > trained.stage_auc + 0.1, "{trained:?}");

        let hot = open(harness, &caller, Source::Partner).await;
        let cold = open(harness, &caller, Source::Event).await;
        let [likely, unlikely] =
            [&hot, &cold].map(async |asked| predict(harness, &caller, &asked.id).await.unwrap());
        let (likely, unlikely) = (likely.await, unlikely.await);
        assert!(likely.probability > 65 && unlikely.probability < 35, "{likely:?} {unlikely:?}");
        assert_eq!((likely.stage_probability, likely.train_time), (10, trained.train_time));
        let reason = &likely.reasons[0];
        assert_eq!((reason.feature.as_str(), reason.value.as_str()), ("source", "SOURCE_PARTNER"));
        assert!(reason.effect > 0.5 && unlikely.reasons[0].effect < -0.5, "{likely:?} {unlikely:?}");
        // All were worth ten thousand and had no next step until their last day.
        let late = harness.context.db.connection();
        let kept = win_model::get(late, caller.organization()).await.unwrap().unwrap().weights.effects;
        assert!(kept.contains_key("amount=CNY 10000-20000") && kept.contains_key("next_step=no"), "{kept:?}");
        assert!(!kept.contains_key("amount=CNY 0-1") && !kept.contains_key("next_step=yes"), "{kept:?}");
        assert!(kept.contains_key("age=0-6"), "{kept:?}");

        end(harness, &caller, &hot.id, true).await;
        assert_refused(
            predict(harness, &caller, &hot.id).await,
            Code::FailedPrecondition,
            "OPPORTUNITY_CLOSED",
        );
    })
    .await;
}

#[tokio::test]
async fn predictions_tell_nobody_more_than_they_may_see() {
    run(async |harness| {
        let caller = organization(harness).await;
        close(harness, &caller, 120).await;
        train(harness, &caller, 120).await;
        let [hot, cold] =
            [open(harness, &caller, Source::Partner).await, open(harness, &caller, Source::Event).await];
        let seller = harness.caller(caller.organization()).grant("sales.opportunity.*", Scope::Own);
        assert_refused(predict(harness, &seller, &hot.id).await, Code::NotFound, "NOT_FOUND");
        let stranger = organization(harness).await;
        assert_refused(predict(harness, &stranger, &hot.id).await, Code::NotFound, "NOT_FOUND");
        assert_eq!(model(harness, &stranger).await.examples, 0);
        let reading = seller.request(GetWinModelRequest {});
        let refused = predictions(harness).get_win_model(reading).await;
        assert_refused(refused, Code::PermissionDenied, "PERMISSION_DENIED");

        // The sources differ and nothing else: whoever may not see them is told the same of both.
        let mut blind = harness.caller(caller.organization()).grant("sales.opportunity.read", Scope::All);
        blind = blind.restrict("sales.opportunity.source", FieldAccess::Hidden);
        let [one, other] =
            [&hot, &cold].map(async |asked| predict(harness, &blind, &asked.id).await.unwrap());
        let (one, other) = (one.await, other.await);
        assert_eq!((one.probability, &one.reasons), (other.probability, &other.reasons));
        assert!(!one.reasons.is_empty() && one.reasons.iter().all(|reason| reason.feature != "source"));
        blind = blind.restrict("sales.opportunity.stage_id", FieldAccess::Hidden);
        assert_eq!(predict(harness, &blind, &hot.id).await.unwrap().stage_probability, 0);
    })
    .await;
}

#[tokio::test]
async fn a_model_is_trained_once_a_day() {
    run(async |harness| {
        let caller = organization(harness).await;
        let jobs = async || scheduled(harness, caller.organization()).await;
        let [first] = &jobs().await[..] else { panic!("one training is expected") };
        let id = open(harness, &caller, Source::Partner).await.id;
        end(harness, &caller, &id, true).await;
        train(harness, &caller, 1).await;
        eventually("no other day is added", async || jobs().await == [first.clone()]).await;
        let id = open(harness, &caller, Source::Event).await.id;
        end(harness, &caller, &id, false).await;
        harness.context.clock.advance(TimeDelta::days(2));
        eventually("the day's training is done", async || model(harness, &caller).await.examples == 2).await;
        eventually(
            "the next day's is scheduled once",
            async || matches!(&jobs().await[..], [next] if next > first),
        )
        .await;
    })
    .await;
}

/// The names of the trainings of an organization that are to come.
async fn scheduled(harness: &Harness, organization: Uuid) -> Vec<String> {
    let query =
        format!("SELECT name FROM jobs WHERE name LIKE 'train_win_model {organization}%' ORDER BY name");
    let query = Statement::from_string(harness.context.db.backend(), query);
    let rows = harness.context.db.connection().query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}
