//! Opportunities from the first to the last stage.

use crm_kit::access::Scope;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::opportunities_client::OpportunitiesClient;
use crm_protos::sales::v1::{
    CreateOpportunityRequest, DeleteOpportunityRequest, GetOpportunityRequest, ListOpportunitiesRequest,
    ListStageVisitsRequest, LoseOpportunityRequest, LostReason, MoveOpportunityRequest, Opportunity,
    OpportunityLineItem, OpportunityStatus, ReopenOpportunityRequest, RestoreOpportunityRequest, StageVisit,
    UpdateOpportunityRequest, WinOpportunityRequest,
};
use crm_sales::store::pipeline;
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::{assert_refused, organization, run, violations};

pub(crate) fn opportunities(harness: &Harness) -> OpportunitiesClient<crm_kit::channel::Channel> {
    OpportunitiesClient::new(harness.channel.clone())
}

pub(crate) fn deal(name: &str, amount_minor: i64) -> Opportunity {
    Opportunity { name: name.to_owned(), amount_minor, ..Opportunity::default() }
}

pub(crate) async fn create(
    harness: &Harness,
    caller: &TestCaller,
    opportunity: Opportunity,
) -> Result<Opportunity, Status> {
    let request = caller.request(CreateOpportunityRequest { opportunity: Some(opportunity) });
    Ok(opportunities(harness).create_opportunity(request).await?.into_inner())
}

pub(crate) async fn get(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Opportunity, Status> {
    let request = caller.request(GetOpportunityRequest { id: id.to_owned() });
    Ok(opportunities(harness).get_opportunity(request).await?.into_inner())
}

pub(crate) async fn put(
    harness: &Harness,
    caller: &TestCaller,
    opportunity: Opportunity,
    paths: &[&str],
) -> Result<Opportunity, Status> {
    let mask = FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
    let request = UpdateOpportunityRequest { opportunity: Some(opportunity), update_mask: Some(mask) };
    Ok(opportunities(harness).update_opportunity(caller.request(request)).await?.into_inner())
}

pub(crate) async fn place(
    harness: &Harness,
    caller: &TestCaller,
    request: MoveOpportunityRequest,
) -> Result<Opportunity, Status> {
    Ok(opportunities(harness).move_opportunity(caller.request(request)).await?.into_inner())
}

pub(crate) async fn win(harness: &Harness, caller: &TestCaller, id: &str) -> Result<Opportunity, Status> {
    let request = WinOpportunityRequest { id: id.to_owned(), ..Default::default() };
    Ok(opportunities(harness).win_opportunity(caller.request(request)).await?.into_inner())
}

pub(crate) async fn lose(
    harness: &Harness,
    caller: &TestCaller,
    id: &str,
    reason: LostReason,
) -> Result<Opportunity, Status> {
    let request =
        LoseOpportunityRequest { id: id.to_owned(), lost_reason: reason.into(), ..Default::default() };
    Ok(opportunities(harness).lose_opportunity(caller.request(request)).await?.into_inner())
}

/// The ids of the stages of the default pipeline.
pub(crate) async fn stages(harness: &Harness, caller: &TestCaller) -> Vec<String> {
    let pipeline = pipeline::default(harness.context.db.connection(), caller.organization()).await.unwrap();
    pipeline.stages.0.iter().map(|stage| stage.id.to_string()).collect()
}

async fn visits(harness: &Harness, caller: &TestCaller, id: &str) -> Vec<StageVisit> {
    let request = ListStageVisitsRequest { opportunity_id: id.to_owned(), ..Default::default() };
    opportunities(harness).list_stage_visits(caller.request(request)).await.unwrap().into_inner().stage_visits
}

#[tokio::test]
async fn an_opportunity_needs_only_a_name() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, deal("First", 100_050)).await.unwrap();
        assert_eq!(created.stage_id, stages(harness, &caller).await[0]);
        assert_eq!(created.status(), OpportunityStatus::Open);
        assert_eq!((created.currency.as_str(), created.probability), ("CNY", Some(10)));
        assert_eq!(created.weighted_amount_minor, 10_005);
        assert_eq!(created.owner_id, caller.id().to_string());
        assert_eq!(created.expected_close_date, "2026-02-04");
        assert_eq!(get(harness, &caller, &created.id).await.unwrap(), created);
    })
    .await;
}

#[tokio::test]
async fn every_violation_is_named_at_once() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wrong = Opportunity {
            amount_minor: -1,
            currency: "RMB".to_owned(),
            probability: Some(101),
            expected_close_date: "31.12.2026".to_owned(),
            stage_id: crm_kit::id::new().to_string(),
            owner_id: crm_kit::id::new().to_string(),
            ..Opportunity::default()
        };
        // Dates that other programs read, and sort elsewhere.
        for date in ["+2026-1-01", "2026- 1- 1", "2026-1-01"] {
            let wrong = Opportunity { expected_close_date: date.to_owned(), ..deal("Date", 1) };
            let status = create(harness, &caller, wrong).await.unwrap_err();
            let expected = ("opportunity.expected_close_date".to_owned(), "DATE_INVALID".to_owned());
            assert_eq!(violations(&status), [expected], "{date}");
        }
        let status = create(harness, &caller, wrong).await.unwrap_err();
        let mut fields: Vec<_> = violations(&status).into_iter().map(|(field, _)| field).collect();
        fields.sort();
        let expected = [
            "amount_minor",
            "currency",
            "expected_close_date",
            "name",
            "owner_id",
            "probability",
            "stage_id",
        ];
        assert_eq!(fields, expected.map(|field| format!("opportunity.{field}")));
    })
    .await;
}

#[tokio::test]
async fn stages_give_the_probability_until_somebody_says_another() {
    run(async |harness| {
        let caller = organization(harness).await;
        let stages = stages(harness, &caller).await;
        let created = create(harness, &caller, deal("Deal", 1_000)).await.unwrap();
        let to = |stage: &str| MoveOpportunityRequest {
            id: created.id.clone(),
            stage_id: stage.to_owned(),
            ..Default::default()
        };
        let moved = place(harness, &caller, to(&stages[2])).await.unwrap();
        assert_eq!((moved.probability, moved.weighted_amount_minor), (Some(50), 500));
        let said = Opportunity { id: created.id.clone(), probability: Some(65), ..Opportunity::default() };
        let said = put(harness, &caller, said, &["probability"]).await.unwrap();
        assert_eq!((said.probability, said.weighted_amount_minor), (Some(65), 650));
        let moved = place(harness, &caller, to(&stages[3])).await.unwrap();
        assert_eq!(moved.probability, Some(65));
        let unsaid = Opportunity { id: created.id.clone(), ..Opportunity::default() };
        let unsaid = put(harness, &caller, unsaid, &["probability"]).await.unwrap();
        assert_eq!(unsaid.probability, Some(80));
    })
    .await;
}

#[tokio::test]
async fn an_opportunity_is_won_once_and_can_be_taken_up_again() {
    run(async |harness| {
        let caller = organization(harness).await;
        let stages = stages(harness, &caller).await;
        let created = create(harness, &caller, deal("Deal", 1_000)).await.unwrap();
        let to = MoveOpportunityRequest {
            id: created.id.clone(),
            stage_id: stages[1].clone(),
            ..Default::default()
        };
        place(harness, &caller, to.clone()).await.unwrap();
        let won = win(harness, &caller, &created.id).await.unwrap();
        assert_eq!(won.status(), OpportunityStatus::Won);
        assert_eq!((won.stage_id.as_str(), won.probability), (stages[4].as_str(), Some(100)));
        assert_eq!((won.close_date.as_str(), won.weighted_amount_minor), ("2026-01-05", 1_000));
        assert_refused(
            win(harness, &caller, &created.id).await,
            Code::FailedPrecondition,
            "OPPORTUNITY_CLOSED",
        );
        assert_refused(place(harness, &caller, to).await, Code::FailedPrecondition, "OPPORTUNITY_CLOSED");
        let reopen = ReopenOpportunityRequest { id: created.id.clone(), ..Default::default() };
        let request = caller.request(reopen.clone());
        let opened = opportunities(harness).reopen_opportunity(request).await.unwrap().into_inner();
        assert_eq!((opened.stage_id.as_str(), opened.close_date.as_str()), (stages[1].as_str(), ""));
        assert_eq!((opened.status(), opened.probability), (OpportunityStatus::Open, Some(20)));
        let again = opportunities(harness).reopen_opportunity(caller.request(reopen)).await;
        assert_refused(again, Code::FailedPrecondition, "OPPORTUNITY_OPEN");
        let been: Vec<_> =
            visits(harness, &caller, &created.id).await.into_iter().map(|visit| visit.stage_id).collect();
        assert_eq!(been, [&stages[1], &stages[4], &stages[1], &stages[0]].map(Clone::clone));
    })
    .await;
}

#[tokio::test]
async fn losing_needs_a_reason_and_no_day_to_come() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, deal("Deal", 1_000)).await.unwrap();
        let unreasoned = lose(harness, &caller, &created.id, LostReason::Unspecified).await;
        assert_eq!(violations(&unreasoned.unwrap_err())[0].0, "lost_reason");
        let tomorrow = LoseOpportunityRequest {
            id: created.id.clone(),
            lost_reason: LostReason::Price.into(),
            close_date: "2026-01-06".to_owned(),
            ..Default::default()
        };
        let refused = opportunities(harness).lose_opportunity(caller.request(tomorrow)).await;
        assert_eq!(violations(&refused.unwrap_err())[0].0, "close_date");
        let lost = lose(harness, &caller, &created.id, LostReason::Price).await.unwrap();
        assert_eq!((lost.status(), lost.lost_reason()), (OpportunityStatus::Lost, LostReason::Price));
        assert_eq!(lost.weighted_amount_minor, 0);
    })
    .await;
}

#[tokio::test]
async fn the_amount_is_the_sum_of_the_lines_without_tax() {
    run(async |harness| {
        let caller = organization(harness).await;
        let line = |quantity_milli, price, discount, tax| OpportunityLineItem {
            description: "Work".to_owned(),
            quantity_milli,
            unit_price_minor: Some(price),
            discount_basis_points: discount,
            tax_basis_points: Some(tax),
            ..OpportunityLineItem::default()
        };
        let lines = vec![line(1_500, 333, 0, 1_300), line(2_000, 10_000, 1_000, 600)];
        let wanted = Opportunity { line_items: lines, amount_minor: 5, ..deal("Lines", 0) };
        let created = create(harness, &caller, wanted).await.unwrap();
        // 1.5 × 333 = 499.5, which is rounded to 500; 2 × 10000 less 10 % is 18000.
        assert_eq!(created.amount_minor, 18_500);
        let first = &created.line_items[0];
        assert_eq!((first.net_minor, first.tax_minor, first.gross_minor), (500, 65, 565));
        let priceless = OpportunityLineItem { quantity_milli: 1_000, ..OpportunityLineItem::default() };
        let wanted = Opportunity { line_items: vec![priceless], ..deal("Priceless", 0) };
        let status = create(harness, &caller, wanted).await.unwrap_err();
        let expected = ("opportunity.line_items[0].unit_price_minor".to_owned(), "PRICE_MISSING".to_owned());
        assert_eq!(violations(&status), [expected]);
    })
    .await;
}

#[tokio::test]
async fn a_representative_sees_and_changes_only_own_opportunities() {
    run(async |harness| {
        let administrator = organization(harness).await;
        let own = |name| harness.caller(administrator.organization()).grant(name, Scope::Own);
        let (anna, ben) = (own("sales.opportunity.*"), own("sales.opportunity.*"));
        let hers = create(harness, &anna, deal("Hers", 1)).await.unwrap();
        let his = create(harness, &ben, deal("His", 1)).await.unwrap();
        let list = ListOpportunitiesRequest::default();
        let listed =
            opportunities(harness).list_opportunities(anna.request(list)).await.unwrap().into_inner();
        assert_eq!(listed.opportunities, [hers]);
        assert_refused(get(harness, &anna, &his.id).await, Code::NotFound, "NOT_FOUND");
        assert_refused(win(harness, &anna, &his.id).await, Code::NotFound, "NOT_FOUND");
        assert_eq!(get(harness, &administrator, &his.id).await.unwrap().name, "His");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_opportunity_comes_back_as_it_was() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, deal("Deal", 1_000)).await.unwrap();
        let delete = DeleteOpportunityRequest { id: created.id.clone(), etag: created.etag.clone() };
        opportunities(harness).delete_opportunity(caller.request(delete)).await.unwrap();
        assert_refused(get(harness, &caller, &created.id).await, Code::NotFound, "NOT_FOUND");
        let restore = caller.request(RestoreOpportunityRequest { id: created.id.clone() });
        let restored = opportunities(harness).restore_opportunity(restore).await.unwrap().into_inner();
        let unchanged = |opportunity: &Opportunity| Opportunity {
            etag: String::new(),
            update_time: None,
            ..opportunity.clone()
        };
        assert_eq!(unchanged(&restored), unchanged(&created));
    })
    .await;
}
