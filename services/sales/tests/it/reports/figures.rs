//! The figures of the funnel, of the pipeline, of outcomes and of sales.

use chrono::TimeDelta;
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{
    GetFunnelRequest, GetOutcomeReportRequest, GetPipelineReportRequest, GetSalesReportRequest, LostReason,
    MoveOpportunityRequest, Opportunity, OutcomeDimension, OutcomeReport,
};
use tonic::Code;

use super::*;
use crate::opportunities::{lose, place, win};
use crate::{assert_refused, run, violations};

async fn step(harness: &Harness, world: &World, id: &str, stage: usize) {
    let request = MoveOpportunityRequest {
        id: id.to_owned(),
        stage_id: world.stages[stage].clone(),
        ..Default::default()
    };
    place(harness, &world.administrator, request).await.unwrap();
}

#[tokio::test]
async fn a_funnel_tells_who_came_how_far_and_how_long_it_took() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        let first = world.give(harness, world.ann, 0, deal("First", 1)).await;
        let second = world.give(harness, world.ann, 0, deal("Second", 1)).await;
        let third = world.give(harness, world.eve, 0, deal("Third", 1)).await;
        world.give(harness, world.eve, 0, deal("Fourth", 1)).await;
        harness.context.clock.advance(TimeDelta::seconds(100));
        step(harness, &world, &first.id, 2).await;
        harness.context.clock.advance(TimeDelta::seconds(101));
        step(harness, &world, &second.id, 1).await;
        // Back again, which does not undo how far it came.
        step(harness, &world, &second.id, 0).await;
        win(harness, caller, &first.id).await.unwrap();
        lose(harness, caller, &third.id, LostReason::Price).await.unwrap();
        let found = funnel(harness, caller, funnel_request()).await.unwrap();
        assert_eq!((found.won, found.lost, found.open), (1, 1, 2));
        let rows: Vec<_> = found
            .stages
            .iter()
            .map(|s| {
                (
                    s.name.as_str(),
                    s.reached,
                    s.conversion_percent,
                    s.overall_percent,
                    s.visits,
                    s.average_seconds,
                )
            })
            .collect();
        let expected = [
            // (100 + 201 + 201) / 3 = 167.33
            ("Prospecting", 4, 100.0, 100.0, 3, 167),
            ("Qualification", 2, 50.0, 50.0, 1, 0),
            ("Proposal", 1, 50.0, 25.0, 1, 101),
            ("Negotiation", 1, 100.0, 25.0, 0, 0),
            ("Closed won", 1, 100.0, 25.0, 0, 0),
        ];
        assert_eq!(rows, expected);
        let of_eve = GetFunnelRequest { owner_id: world.eve.to_string(), ..funnel_request() };
        let found = funnel(harness, caller, of_eve).await.unwrap();
        assert_eq!((found.won, found.lost, found.open, found.stages[0].reached), (0, 1, 1, 2));
        let earlier = GetFunnelRequest {
            start_month: "2025-01".into(),
            end_month: "2025-12".into(),
            ..Default::default()
        };
        let found = funnel(harness, caller, earlier).await.unwrap();
        assert_eq!((found.won, found.lost, found.open), (0, 0, 0));
        let percents = found.stages.iter().map(|stage| (stage.conversion_percent, stage.overall_percent));
        assert_eq!(percents.collect::<Vec<_>>()[..2], [(100.0, 0.0), (0.0, 0.0)]);
        let unknown = GetFunnelRequest { pipeline_id: crm_kit::id::new().to_string(), ..funnel_request() };
        assert_refused(funnel(harness, caller, unknown).await, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn the_pipeline_is_told_by_stage() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        world.give(harness, world.ann, 0, expected(1_000, "2026-02-01")).await;
        world.give(harness, world.bob, 0, expected(500, "2031-02-01")).await;
        world.give(harness, world.eve, 3, expected(10_000, "2024-02-01")).await;
        let won = world.give(harness, world.eve, 3, expected(7, "2026-02-01")).await;
        win(harness, caller, &won.id).await.unwrap();
        let found = pipeline(harness, caller, GetPipelineReportRequest::default()).await.unwrap();
        assert_eq!((found.currency.as_str(), found.total), ("CNY", Some(totals(3, 11_500, 8_150))));
        let rows: Vec<_> =
            found.stages.into_iter().map(|stage| (stage.name, stage.totals.unwrap())).collect();
        let expected = [
            ("Prospecting", totals(2, 1_500, 150)),
            ("Qualification", totals(0, 0, 0)),
            ("Proposal", totals(0, 0, 0)),
            ("Negotiation", totals(1, 10_000, 8_000)),
        ];
        assert_eq!(rows, expected.map(|(name, totals)| (name.to_owned(), totals)));
        let east = GetPipelineReportRequest { department_id: world.east.to_string(), ..Default::default() };
        assert_eq!(pipeline(harness, caller, east).await.unwrap().total, Some(totals(2, 1_500, 150)));
        let centre =
            GetPipelineReportRequest { department_id: world.centre.to_string(), ..Default::default() };
        assert_eq!(pipeline(harness, caller, centre).await.unwrap().total, Some(totals(3, 11_500, 8_150)));
    })
    .await;
}

fn rows(report: &OutcomeReport) -> Vec<(&str, &str, i64, i64, f64)> {
    let row = |row: &'_ crm_protos::sales::v1::OutcomeRow| {
        (row.won.as_ref().unwrap().amount_minor, row.lost.as_ref().unwrap().amount_minor, row.win_percent)
    };
    let rows = report.rows.iter().map(|one| (one.value.as_str(), one.name.as_str(), row(one)));
    rows.map(|(value, name, (won, lost, percent))| (value, name, won, lost, percent)).collect()
}

#[tokio::test]
async fn outcomes_are_told_by_reason_source_owner_and_department() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        let from =
            |source: Source, amount: i64| Opportunity { source: source.into(), ..deal("Deal", amount) };
        let nobody = crm_kit::id::new();
        harness.identity.put_user(caller.organization(), nobody, "Noa", None);
        for (owner, source, amount, lost) in [
            (world.ann, Source::Call, 1, None),
            (world.ann, Source::Email, 2, Some(LostReason::Price)),
            (world.bob, Source::Call, 4, Some(LostReason::Price)),
            (world.bob, Source::Call, 8, Some(LostReason::Competitor)),
            (world.eve, Source::Unspecified, 16, None),
            (nobody, Source::Email, 32, None),
        ] {
            let made = world.give(harness, owner, 1, from(source, amount)).await;
            match lost {
                None => win(harness, caller, &made.id).await.unwrap(),
                Some(reason) => lose(harness, caller, &made.id, reason).await.unwrap(),
            };
        }
        world.give(harness, world.eve, 1, deal("Open", 64)).await;
        use OutcomeDimension::{Department, LostReason as Reason, Owner, Source as BySource};
        let report = async |dimension| outcomes(harness, caller, outcome_request(dimension)).await.unwrap();
        let by_reason = report(Reason).await;
        let expected = [
            ("", "", 49, 0, 100.0),
            ("LOST_REASON_PRICE", "", 0, 6, 0.0),
            ("LOST_REASON_COMPETITOR", "", 0, 8, 0.0),
        ];
        assert_eq!(rows(&by_reason), expected);
        let total = by_reason.total.clone().unwrap();
        assert_eq!((total.won, total.lost), (Some(totals(3, 49, 49)), Some(totals(3, 14, 0))));
        assert_eq!(total.win_percent, 50.0);
        let by_source = report(BySource).await;
        let expected =
            [("SOURCE_CALL", "", 1, 12, 33.33), ("SOURCE_EMAIL", "", 32, 2, 50.0), ("", "", 16, 0, 100.0)];
        assert_eq!(rows(&by_source), expected);
        assert_eq!(by_source.total, by_reason.total);
        let by_owner = report(Owner).await;
        let [ann, bob, eve, noa] = [world.ann, world.bob, world.eve, nobody].map(|id| id.to_string());
        let expected = [
            (ann.as_str(), "Ann", 1, 2, 50.0),
            (bob.as_str(), "Bob", 0, 12, 0.0),
            (eve.as_str(), "Eve", 16, 0, 100.0),
            (noa.as_str(), "Noa", 32, 0, 100.0),
        ];
        assert_eq!(rows(&by_owner), expected);
        assert_eq!(by_owner.total, by_reason.total);
        let by_department = report(Department).await;
        let [east, west] = [world.east, world.west].map(|id| id.to_string());
        let expected = [
            (east.as_str(), "East", 1, 14, 25.0),
            ("", "", 32, 0, 100.0),
            (west.as_str(), "West", 16, 0, 100.0),
        ];
        assert_eq!(rows(&by_department), expected);
        assert_eq!(by_department.total, by_reason.total);
        let of_bob = GetOutcomeReportRequest { owner_id: bob.clone(), ..outcome_request(BySource) };
        assert_eq!(
            rows(&outcomes(harness, caller, of_bob).await.unwrap()),
            [("SOURCE_CALL", "", 0, 12, 0.0)]
        );
        let elsewhere =
            GetOutcomeReportRequest { pipeline_id: crm_kit::id::new().to_string(), ..outcome_request(Owner) };
        assert!(outcomes(harness, caller, elsewhere).await.unwrap().rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn sales_are_told_month_by_month() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        let first = world.give(harness, world.ann, 0, deal("First", 100)).await;
        let second = world.give(harness, world.bob, 0, deal("Second", 10)).await;
        win(harness, caller, &first.id).await.unwrap();
        harness.context.clock.advance(TimeDelta::days(62));
        lose(harness, caller, &second.id, LostReason::Timing).await.unwrap();
        // The first of April has begun in Shanghai before it has in London.
        harness.context.clock.advance(TimeDelta::days(23) + TimeDelta::hours(8));
        world.give(harness, world.ann, 0, deal("Third", 1)).await;
        let found = sales(harness, caller, sales_request("2025-12", "2026-05")).await.unwrap();
        let rows: Vec<_> = found
            .months
            .into_iter()
            .map(|month| (month.month, month.won.unwrap(), month.lost.unwrap(), month.created))
            .collect();
        let none = || totals(0, 0, 0);
        let expected = [
            ("2025-12", none(), none(), 0),
            ("2026-01", totals(1, 100, 100), none(), 2),
            ("2026-02", none(), none(), 0),
            ("2026-03", none(), totals(1, 10, 0), 0),
            ("2026-04", none(), none(), 1),
            ("2026-05", none(), none(), 0),
        ];
        assert_eq!(rows, expected.map(|(month, won, lost, created)| (month.to_owned(), won, lost, created)));
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_question_is_named() {
    run(async |harness| {
        let caller = crate::organization(harness).await;
        let request = GetSalesReportRequest {
            start_month: "2026-1".to_owned(),
            end_month: "2026-13".to_owned(),
            pipeline_id: "a".to_owned(),
            owner_id: "b".to_owned(),
            department_id: "c".to_owned(),
            currency: "RMB".to_owned(),
        };
        let status = sales(harness, &caller, request).await.unwrap_err();
        let expected = [
            ("start_month", "MONTH_INVALID"),
            ("end_month", "MONTH_INVALID"),
            ("pipeline_id", "ID_MALFORMED"),
            ("owner_id", "ID_MALFORMED"),
            ("department_id", "ID_MALFORMED"),
            ("currency", "CURRENCY_UNKNOWN"),
        ];
        assert_eq!(
            violations(&status),
            expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()))
        );
        let status = forecast(harness, &caller, forecast_request("2020-01", "2026-01")).await.unwrap_err();
        assert_eq!(violations(&status), [("end_month".to_owned(), "PERIOD_INVALID".to_owned())]);
        let status =
            outcomes(harness, &caller, outcome_request(OutcomeDimension::Unspecified)).await.unwrap_err();
        assert_eq!(violations(&status), [("dimension".to_owned(), "REQUIRED".to_owned())]);
        let status = funnel(harness, &caller, GetFunnelRequest::default()).await.unwrap_err();
        let expected = ["start_month", "end_month"].map(|field| (field.to_owned(), "REQUIRED".to_owned()));
        assert_eq!(violations(&status), expected);
    })
    .await;
}
