//! The sales service: leads, opportunities, and what they amount to.

pub mod api;
pub mod assignment;
pub mod conversion;
pub mod demo;
pub mod domain;
pub mod duplicates;
pub mod feeds;
pub mod follow_up;
pub mod migrations;
pub mod store;
pub mod totals;
pub mod training;

use async_trait::async_trait;
use crm_kit::Result;
use crm_kit::job::Jobs;
use crm_kit::registry::Records;
use crm_kit::service::{Context, Parts, Service};
use crm_protos::sales::v1::assignment_rules_server::AssignmentRulesServer;
use crm_protos::sales::v1::exchange_rates_server::ExchangeRatesServer;
use crm_protos::sales::v1::lead_forms_server::LeadFormsServer;
use crm_protos::sales::v1::leads_server::LeadsServer;
use crm_protos::sales::v1::opportunities_server::OpportunitiesServer;
use crm_protos::sales::v1::pipelines_server::PipelinesServer;
use crm_protos::sales::v1::predictions_server::PredictionsServer;
use crm_protos::sales::v1::products_server::ProductsServer;
use crm_protos::sales::v1::reports_server::ReportsServer;
use crm_protos::sales::v1::representatives_server::RepresentativesServer;
use crm_protos::sales::v1::targets_server::TargetsServer;
use sea_orm_migration::MigrationTrait;
use tonic::service::Routes;

use crate::api::assignment_rules::AssignmentRulesService;
use crate::api::exchange_rates::ExchangeRatesService;
use crate::api::lead_forms::LeadFormsService;
use crate::api::leads::LeadsService;
use crate::api::opportunities::OpportunitiesService;
use crate::api::pipelines::PipelinesService;
use crate::api::predictions::PredictionsService;
use crate::api::products::ProductsService;
use crate::api::reports::ReportsService;
use crate::api::representatives::RepresentativesService;
use crate::api::targets::TargetsService;

/// The sales service.
pub struct Sales;

#[async_trait]
impl Service for Sales {
    fn name(&self) -> &'static str {
        "sales"
    }

    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>> {
        migrations::all
    }

    async fn start(&self, context: &Context) -> Result<Parts> {
        let (converting, notifying) = (context.clone(), context.clone());
        let (reminding, training) = (context.clone(), context.clone());
        Ok(Parts {
            routes: Routes::default()
                .add_service(AssignmentRulesServer::new(AssignmentRulesService { context: context.clone() }))
                .add_service(RepresentativesServer::new(RepresentativesService { context: context.clone() }))
                .add_service(LeadFormsServer::new(LeadFormsService { context: context.clone() }))
                .add_service(PredictionsServer::new(PredictionsService { context: context.clone() }))
                .add_service(PipelinesServer::new(PipelinesService { context: context.clone() }))
                .add_service(ProductsServer::new(ProductsService { context: context.clone() }))
                .add_service(ExchangeRatesServer::new(ExchangeRatesService { context: context.clone() }))
                .add_service(TargetsServer::new(TargetsService { context: context.clone() }))
                .add_service(LeadsServer::new(LeadsService { context: context.clone() }))
                .add_service(ReportsServer::new(ReportsService { context: context.clone() }))
                .add_service(OpportunitiesServer::new(OpportunitiesService { context: context.clone() })),
            records: Records::default()
                .with::<store::assignment_rule::Entity>()
                .with::<store::representative::Entity>()
                .with::<store::lead_form::Entity>()
                .with::<store::account::Entity>()
                .with::<store::contact::Entity>()
                .with::<store::pipeline::Entity>()
                .with::<store::product::Entity>()
                .with::<store::exchange_rate::Entity>()
                .with::<store::target::Entity>()
                .with::<store::lead::Entity>()
                .with::<store::opportunity::Entity>()
                // What is derived from the opportunities moves with their owners too.
                .with::<store::total::Entity>()
                .with::<store::stamp::Entity>(),
            jobs: Jobs::default()
                .on(conversion::KIND, move |job| conversion::resume(converting.clone(), job))
                .on(assignment::NOTIFY, move |job| assignment::notify(notifying.clone(), job))
                .on(follow_up::KIND, move |job| follow_up::remind(reminding.clone(), job))
                .on(training::KIND, move |job| training::train(training.clone(), job)),
            subscriptions: feeds::all(&context.db),
        })
    }
}
