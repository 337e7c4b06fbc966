//! Whatever happens to opportunities, every report says what they themselves say one by one.

mod life;
mod oracle;
mod rows;

use crm_kit::access::Scope;
use crm_kit::testing::Harness;
use crm_protos::sales::v1::{
    GetForecastRequest, GetFunnelRequest, GetOutcomeReportRequest, GetPipelineReportRequest,
    GetSalesReportRequest, OutcomeDimension,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::reports::{forecast, funnel, outcomes, pipeline, sales};
use crate::run;
use life::Life;
use oracle::{Oracle, Question, Viewer};
use rows::Rows;

/// How much happens before the reports are looked at again.
const OPERATIONS: usize = 30;
const LOOKS: usize = 10;

#[tokio::test]
async fn reports_agree_with_the_rows_one() {
    agree(1).await;
}

#[tokio::test]
async fn reports_agree_with_the_rows_two() {
    agree(2).await;
}

#[tokio::test]
async fn reports_agree_with_the_rows_three() {
    agree(3).await;
}

async fn agree(seed: u64) {
    run(async |harness| {
        let mut random = StdRng::seed_from_u64(seed);
        let mut life = Life::begin(harness, &mut random).await;
        for look in 0..LOOKS {
            for _ in 0..OPERATIONS {
                life.go_on(harness, &mut random).await;
            }
            let all = Rows::read(harness, &life.world.administrator).await;
            let visits = all.visits(harness, &life.world.administrator).await;
            for viewer in viewers(harness, &life) {
                let (rows, question) =
                    (Rows::read(harness, &viewer.caller).await, question(&life, &mut random));
                let oracle = Oracle {
                    life: &life,
                    viewer: &viewer,
                    rows: &rows,
                    visits: &visits,
                    question: &question,
                };
                compare(harness, &oracle, &format!("seed {seed} look {look}")).await;
            }
        }
    })
    .await;
}

fn viewers(harness: &Harness, life: &Life) -> Vec<Viewer> {
    let world = &life.world;
    let viewer = |user, scope, departments: &[uuid::Uuid]| Viewer {
        caller: world.caller(harness, user, scope),
        departments: departments.to_vec(),
    };
    vec![
        Viewer {
            caller: world.administrator.clone(),
            departments: vec![world.centre, world.east, world.west],
        },
        viewer(world.zoe, Scope::Subtree, &[world.centre, world.east, world.west]),
        viewer(world.bob, Scope::Department, &[world.east]),
        viewer(world.ann, Scope::Own, &[]),
        viewer(world.eve, Scope::Subtree, &[world.west]),
    ]
}

fn question(life: &Life, random: &mut StdRng) -> Question {
    let months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-06", "2026-09"];
    let (one, other) = (random.random_range(0..months.len()), random.random_range(0..months.len()));
    let mut maybe = |chance: f64, choices: Vec<String>, otherwise: &str| match random.random_bool(chance) {
        true => choices.choose(random).cloned().unwrap_or_default(),
        false => otherwise.to_owned(),
    };
    let world = &life.world;
    Question {
        start: months[one.min(other)].to_owned(),
        end: months[one.max(other)].to_owned(),
        pipeline: maybe(0.3, life.pipelines.iter().map(|pipeline| pipeline.id.clone()).collect(), ""),
        owner: maybe(0.2, life.users.iter().map(|id| id.to_string()).collect(), ""),
        department: maybe(0.2, [world.centre, world.east, world.west].map(|id| id.to_string()).into(), ""),
        currency: maybe(0.5, ["USD", "JPY", "GBP", "KWD"].map(str::to_owned).into(), "CNY"),
    }
}

/// Asks for every report and compares it with what the rows say.
async fn compare(harness: &Harness, oracle: &Oracle<'_>, context: &str) {
    let caller = &oracle.viewer.caller;
    let Question { start, end, pipeline: pipeline_id, owner, department, currency } = oracle.question.clone();
    let context = format!("{context}: {:?} {:?}", oracle.question, caller.caller().grants);
    let request = GetFunnelRequest {
        start_month: start.clone(),
        end_month: end.clone(),
        pipeline_id: pipeline_id.clone(),
        owner_id: owner.clone(),
        department_id: department.clone(),
        currency: currency.clone(),
    };
    assert_eq!(funnel(harness, caller, request).await.unwrap(), oracle.funnel(), "{context}");
    let request = GetPipelineReportRequest {
        pipeline_id: pipeline_id.clone(),
        owner_id: owner.clone(),
        department_id: department.clone(),
        currency: currency.clone(),
    };
    assert_eq!(pipeline(harness, caller, request).await.unwrap(), oracle.pipeline(), "{context}");
    use OutcomeDimension::{Department, LostReason, Owner, Source};
    for dimension in [LostReason, Source, Owner, Department] {
        let request = GetOutcomeReportRequest {
            start_month: start.clone(),
            end_month: end.clone(),
            pipeline_id: pipeline_id.clone(),
            owner_id: owner.clone(),
            department_id: department.clone(),
            currency: currency.clone(),
            dimension: dimension.into(),
        };
        let expected = oracle.outcomes(dimension);
        assert_eq!(outcomes(harness, caller, request).await.unwrap(), expected, "{dimension:?} {context}");
    }
    let request = GetSalesReportRequest {
        start_month: start.clone(),
        end_month: end.clone(),
        pipeline_id: pipeline_id.clone(),
        owner_id: owner.clone(),
        department_id: department.clone(),
        currency: currency.clone(),
    };
    assert_eq!(sales(harness, caller, request).await.unwrap(), oracle.sales(), "{context}");
    let request = GetForecastRequest {
        start_month: start,
        end_month: end,
        pipeline_id,
        owner_id: owner,
        department_id: department,
        currency,
    };
    assert_eq!(forecast(harness, caller, request).await.unwrap(), oracle.forecast(), "{context}");
}
