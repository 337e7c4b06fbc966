//! Organizations are apart, whatever the method.

use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::pipelines_client::PipelinesClient;
use crm_protos::sales::v1::products_client::ProductsClient;
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::{
    AssignmentMethod, CreateExchangeRateRequest, CreateLeadRequest, CreateProductRequest,
    CreateTargetRequest, ExchangeRate, GetBoardRequest, Lead, ListLeadAssignmentsRequest,
    ListPipelinesRequest, ListStageVisitsRequest, Opportunity, Product, Representative, Target, TargetPeriod,
};
use tonic::Code;

use super::opportunities::opportunities;
use super::team::{create_representative, create_rule, form, leads, rule_by};
use super::{assert_refused, organization, run};

/// One record of every kind, by resource.
async fn samples(harness: &Harness, caller: &TestCaller) -> Vec<(&'static str, String)> {
    let channel = || harness.channel.clone();
    let me = caller.id().to_string();
    let lead = Lead { name: "Lin".to_owned(), ..Lead::default() };
    let lead = CreateLeadRequest { lead: Some(lead), ..Default::default() };
    let lead = leads(harness).create_lead(caller.request(lead)).await.unwrap().into_inner();
    let representative = Representative { user_id: me.clone(), ..Default::default() };
    let representative = create_representative(harness, caller, representative).await.unwrap();
    let rule = create_rule(harness, caller, rule_by(AssignmentMethod::RoundRobin)).await.unwrap();
    let form = form(harness, caller).await;
    let pipelines = caller.request(ListPipelinesRequest::default());
    let pipelines = PipelinesClient::new(channel()).list_pipelines(pipelines).await.unwrap().into_inner();
    let deal = Opportunity { name: "Pumps".to_owned(), ..Opportunity::default() };
    let deal = super::opportunities::create(harness, caller, deal).await.unwrap();
    let product = Product { code: "P-1".to_owned(), name: "Pump".to_owned(), ..Product::default() };
    let product = caller.request(CreateProductRequest { product: Some(product) });
    let product = ProductsClient::new(channel()).create_product(product).await.unwrap().into_inner();
    let rate = ExchangeRate {
        currency: "USD".to_owned(),
        date: "2026-01-01".to_owned(),
        rate: "7.1".to_owned(),
        ..ExchangeRate::default()
    };
    let rate = caller.request(CreateExchangeRateRequest { exchange_rate: Some(rate) });
    let rate = ExchangeRatesClient::new(channel()).create_exchange_rate(rate).await.unwrap().into_inner();
    let target = Target {
        owner_id: me,
        period: TargetPeriod::Month.into(),
        start_month: "2026-01".to_owned(),
        amount_minor: 100_000,
        ..Target::default()
    };
    let target = caller.request(CreateTargetRequest { target: Some(target) });
    let target = TargetsClient::new(channel()).create_target(target).await.unwrap().into_inner();
    vec![
        ("sales.lead", lead.id),
        ("sales.representative", representative.id),
        ("sales.assignment_rule", rule.id),
        ("sales.lead_form", form.id),
        ("sales.pipeline", pipelines.pipelines[0].id.clone()),
        ("sales.opportunity", deal.id),
        ("sales.product", product.id),
        ("sales.exchange_rate", rate.id),
        ("sales.target", target.id),
    ]
}

#[tokio::test]
async fn no_method_reaches_another_organizations_records() {
    run(async |harness| {
        let caller = organization(harness).await;
        let samples = samples(harness, &caller).await;
        let stranger = organization(harness).await;
        let called = harness.assert_apart_from(&stranger, &samples).await;
        let named = |service: &str| called.iter().filter(|path| path.contains(service)).count();
        // Get, update and delete of each, batch get and restore of some, and the verbs.
        let services = ["Leads", "Representatives", "AssignmentRules", "LeadForms", "Pipelines"];
        assert_eq!(services.map(named), [11, 3, 3, 4, 3], "{called:?}");
        let services = ["Opportunities", "Predictions", "Products", "ExchangeRates", "Targets"];
        assert_eq!(services.map(named), [9, 1, 5, 3, 3], "{called:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_reached_through_another_record_is_apart_too() {
    run(async |harness| {
        let caller = organization(harness).await;
        let samples = samples(harness, &caller).await;
        let id = |resource: &str| samples.iter().find(|(name, _)| *name == resource).unwrap().1.clone();
        let stranger = organization(harness).await;
        let decisions = ListLeadAssignmentsRequest { lead_id: id("sales.lead"), ..Default::default() };
        let decisions = leads(harness).list_lead_assignments(stranger.request(decisions)).await;
        assert_refused(decisions, Code::NotFound, "NOT_FOUND");
        let visits = ListStageVisitsRequest { opportunity_id: id("sales.opportunity"), ..Default::default() };
        let visits = opportunities(harness).list_stage_visits(stranger.request(visits)).await;
        assert_refused(visits, Code::NotFound, "NOT_FOUND");
        let board = GetBoardRequest { pipeline_id: id("sales.pipeline"), ..Default::default() };
        let board = opportunities(harness).get_board(stranger.request(board)).await;
        assert_refused(board, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn every_list_has_the_index_that_it_counts_on() {
    run(async |harness| harness.assert_lists_have_indexes().await).await;
}
