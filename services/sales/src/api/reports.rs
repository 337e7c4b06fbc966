//! `Reports`.

mod forecast;
mod frame;
mod funnel;
mod outcomes;
mod pipeline;
mod sales;

use crm_kit::Result;
use crm_kit::service::Context;
use crm_protos::sales::v1::reports_server::Reports;
use crm_protos::sales::v1::{
    Forecast, Funnel, GetForecastRequest, GetFunnelRequest, GetOutcomeReportRequest,
    GetPipelineReportRequest, GetSalesReportRequest, OutcomeReport, PipelineReport, SalesReport,
};
use tonic::{Request, Response, Status};

/// Serves `Reports`.
pub struct ReportsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Reports for ReportsService {
    async fn get_funnel(&self, request: Request<GetFunnelRequest>) -> Result<Response<Funnel>, Status> {
        crm_kit::call(request, async |access, request| funnel::report(&self.context, access, request).await)
            .await
    }

    async fn get_pipeline_report(
        &self,
        request: Request<GetPipelineReportRequest>,
    ) -> Result<Response<PipelineReport>, Status> {
        crm_kit::call(request, async |access, request| pipeline::report(&self.context, access, request).await)
            .await
    }

    async fn get_outcome_report(
        &self,
        request: Request<GetOutcomeReportRequest>,
    ) -> Result<Response<OutcomeReport>, Status> {
        crm_kit::call(request, async |access, request| outcomes::report(&self.context, access, request).await)
            .await
    }

    async fn get_sales_report(
        &self,
        request: Request<GetSalesReportRequest>,
    ) -> Result<Response<SalesReport>, Status> {
        crm_kit::call(request, async |access, request| sales::report(&self.context, access, request).await)
            .await
    }

    async fn get_forecast(&self, request: Request<GetForecastRequest>) -> Result<Response<Forecast>, Status> {
        crm_kit::call(request, async |access, request| forecast::report(&self.context, access, request).await)
            .await
    }
}
