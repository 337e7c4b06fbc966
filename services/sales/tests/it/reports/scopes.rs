//! Nobody learns from a report what rows would not show.

use crm_kit::access::FieldAccess;
use crm_protos::sales::v1::{
    GetOutcomeReportRequest, GetPipelineReportRequest, LostReason, OutcomeDimension,
};
use tonic::Code;

use super::*;
use crate::opportunities::{lose, win};
use crate::{assert_refused, run};

/// Each has won one, lost one and has an open one; the amounts tell whose they are.
async fn set_up(harness: &Harness) -> World {
    let world = World::new(harness).await;
    for (owner, amount) in [(world.zoe, 1), (world.ann, 10), (world.bob, 100), (world.eve, 1_000)] {
        let [won, lost] = [
            world.give(harness, owner, 0, expected(amount, "2026-02-01")).await,
            world.give(harness, owner, 0, expected(amount, "2026-02-01")).await,
        ];
        win(harness, &world.administrator, &won.id).await.unwrap();
        lose(harness, &world.administrator, &lost.id, LostReason::Price).await.unwrap();
        world.give(harness, owner, 0, expected(amount, "2026-02-01")).await;
    }
    world
}

/// What all reports say the caller has won, or has open.
async fn amounts(harness: &Harness, caller: &TestCaller, owner: &str, department: &str) -> Vec<i64> {
    let (owner_id, department_id) = (owner.to_owned(), department.to_owned());
    let request = GetPipelineReportRequest {
        owner_id: owner_id.clone(),
        department_id: department_id.clone(),
        ..Default::default()
    };
    let mut found = vec![pipeline(harness, caller, request).await.unwrap().total.unwrap().amount_minor];
    for dimension in [
        OutcomeDimension::LostReason,
        OutcomeDimension::Source,
        OutcomeDimension::Owner,
        OutcomeDimension::Department,
    ] {
        let request = GetOutcomeReportRequest {
            owner_id: owner_id.clone(),
            department_id: department_id.clone(),
            ..outcome_request(dimension)
        };
        let total = outcomes(harness, caller, request).await.unwrap().total.unwrap();
        found.extend([total.won, total.lost].map(|totals| totals.unwrap().amount_minor));
    }
    let request = GetSalesReportRequest {
        owner_id: owner_id.clone(),
        department_id: department_id.clone(),
        ..sales_request("2026-01", "2026-12")
    };
    let months = sales(harness, caller, request).await.unwrap().months;
    found.push(months.into_iter().map(|month| month.won.unwrap().amount_minor).sum());
    let request = GetForecastRequest {
        owner_id: owner_id.clone(),
        department_id: department_id.clone(),
        ..forecast_request("2026-01", "2026-12")
    };
    let forecast = forecast(harness, caller, request).await.unwrap();
    found.push(forecast.total.as_ref().unwrap().closed.as_ref().unwrap().amount_minor);
    found.push(forecast.owners.iter().map(|row| row.pipeline.as_ref().unwrap().amount_minor).sum());
    let request = GetFunnelRequest { owner_id, department_id, ..funnel_request() };
    let funnel = funnel(harness, caller, request).await.unwrap();
    assert_eq!(funnel.stages[0].reached, 3 * funnel.won);
    assert_eq!((funnel.lost, funnel.open), (funnel.won, funnel.won));
    found
}

/// The amount, if all reports agree.
async fn agreed(harness: &Harness, caller: &TestCaller, owner: &str, department: &str) -> i64 {
    let found = amounts(harness, caller, owner, department).await;
    assert!(found.iter().all(|amount| *amount == found[0]), "{found:?}");
    found[0]
}

#[tokio::test]
async fn reports_count_what_the_caller_reaches() {
    run(async |harness| {
        let world = set_up(harness).await;
        for (user, scope, expected) in [
            (world.zoe, Scope::Subtree, 1_111),
            (world.zoe, Scope::Department, 1),
            (world.zoe, Scope::Own, 1),
            (world.ann, Scope::All, 1_111),
            (world.ann, Scope::Subtree, 110),
            (world.ann, Scope::Department, 110),
            (world.ann, Scope::Own, 10),
            (world.eve, Scope::Subtree, 1_000),
        ] {
            let caller = world.caller(harness, user, scope);
            assert_eq!(agreed(harness, &caller, "", "").await, expected, "{scope:?}");
        }
        let stranger = crate::organization(harness).await;
        assert_eq!(agreed(harness, &stranger, "", "").await, 0);
        let nobody = harness.caller(world.administrator.organization());
        let refused = funnel(harness, &nobody, funnel_request()).await;
        assert_refused(refused, Code::PermissionDenied, "PERMISSION_DENIED");
    })
    .await;
}

#[tokio::test]
async fn a_question_about_others_finds_nothing() {
    run(async |harness| {
        let world = set_up(harness).await;
        let [ann, bob] = [world.ann, world.bob].map(|user| world.caller(harness, user, Scope::Own));
        let [east, west, centre] = [world.east, world.west, world.centre].map(|id| id.to_string());
        for (caller, owner, department, expected) in [
            (&ann, world.ann.to_string(), "", 10),
            (&ann, world.bob.to_string(), "", 0),
            (&bob, String::new(), east.as_str(), 100),
            (&bob, String::new(), centre.as_str(), 100),
            (&bob, String::new(), west.as_str(), 0),
            (&bob, world.eve.to_string(), west.as_str(), 0),
            (&world.administrator, world.eve.to_string(), west.as_str(), 1_000),
            (&world.administrator, String::new(), east.as_str(), 110),
        ] {
            assert_eq!(agreed(harness, caller, &owner, department).await, expected, "{owner} {department}");
        }
    })
    .await;
}

#[tokio::test]
async fn hidden_amounts_are_in_no_report() {
    run(async |harness| {
        let world = set_up(harness).await;
        let mut pounds = expected(5, "2026-02-01");
        pounds.currency = "GBP".to_owned();
        world.give(harness, world.ann, 0, pounds).await;
        let target = Target {
            owner_id: world.ann.to_string(),
            start_month: "2026-01".into(),
            amount_minor: 7,
            ..Default::default()
        };
        world.target(harness, target).await;
        let without = |field: &str| world.administrator.clone().restrict(field, FieldAccess::Hidden);
        let found =
            pipeline(harness, &without("sales.opportunity.amount_minor"), Default::default()).await.unwrap();
        assert_eq!(found.total, Some(totals(5, 0, 0)));
        let found =
            pipeline(harness, &without("sales.opportunity.currency"), Default::default()).await.unwrap();
        assert_eq!(found.total, Some(totals(5, 0, 0)));
        let hidden = without("sales.opportunity.weighted_amount_minor");
        let found = pipeline(harness, &hidden, Default::default()).await.unwrap().total.unwrap();
        assert_eq!((found.amount_minor, found.weighted_amount_minor), (1_111, 0));
        assert_eq!(found.unconverted, [money(5, "GBP")]);
        let months = || forecast_request("2026-01", "2026-12");
        let seen = async |field: &str| {
            let found = forecast(harness, &without(field), months()).await.unwrap().total.unwrap();
            (found.closed.unwrap().amount_minor, found.target_minor, found.attainment_percent.is_some())
        };
        assert_eq!(seen("sales.opportunity.name").await, (1_111, 7, true));
        assert_eq!(seen("sales.opportunity.amount_minor").await, (0, 7, false));
        assert_eq!(seen("sales.target.amount_minor").await, (1_111, 0, false));
    })
    .await;
}

#[tokio::test]
async fn a_hidden_field_tells_nothing_apart() {
    run(async |harness| {
        let world = set_up(harness).await;
        let without = |field: &str| world.administrator.clone().restrict(field, FieldAccess::Hidden);
        let outcome = async |field: &str, dimension| {
            outcomes(harness, &without(field), outcome_request(dimension)).await.map(|_| ())
        };
        use OutcomeDimension::{Department, LostReason as Reason, Owner, Source};
        for (field, dimension) in [
            ("lost_reason", Reason),
            ("source", Source),
            ("owner_id", Owner),
            ("department_id", Department),
            ("status", Owner),
        ] {
            let field = format!("sales.opportunity.{field}");
            assert_refused(outcome(&field, dimension).await, Code::PermissionDenied, "FIELD_HIDDEN");
        }
        outcome("sales.opportunity.source", Reason).await.unwrap();
        outcome("sales.opportunity.lost_reason", Source).await.unwrap();
        let request = GetPipelineReportRequest { owner_id: world.ann.to_string(), ..Default::default() };
        let refused = pipeline(harness, &without("sales.opportunity.owner_id"), request).await;
        assert_refused(refused, Code::PermissionDenied, "FIELD_HIDDEN");
    })
    .await;
}
