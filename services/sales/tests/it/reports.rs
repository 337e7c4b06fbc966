//! Reports on what a small company has sold.

mod cache;
mod currencies;
mod figures;
mod forecasts;
mod scopes;

use crm_kit::access::Scope;
use crm_kit::channel::Channel;
use crm_kit::directory;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::reports_client::ReportsClient;
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::{
    CreateExchangeRateRequest, CreateTargetRequest, ExchangeRate, Forecast, Funnel, GetForecastRequest,
    GetFunnelRequest, GetOutcomeReportRequest, GetPipelineReportRequest, GetSalesReportRequest, Money,
    Opportunity, OutcomeDimension, OutcomeReport, PipelineReport, SalesReport, Target, TargetPeriod, Totals,
};
use tonic::Status;
use uuid::Uuid;

use crate::opportunities::{create, deal, stages};

/// A company with a centre, and east and west below it.
pub(crate) struct World {
    pub(crate) administrator: TestCaller,
    pub(crate) stages: Vec<String>,
    pub(crate) centre: Uuid,
    pub(crate) east: Uuid,
    pub(crate) west: Uuid,
    /// Leads the centre.
    pub(crate) zoe: Uuid,
    /// Sells in the east.
    pub(crate) ann: Uuid,
    /// Sells in the east.
    pub(crate) bob: Uuid,
    /// Sells in the west.
    pub(crate) eve: Uuid,
}

impl World {
    pub(crate) async fn new(harness: &Harness) -> Self {
        let administrator = crate::organization(harness).await;
        let organization = administrator.organization();
        let [centre, east, west, zoe, ann, bob, eve] = [(); 7].map(|()| crm_kit::id::new());
        let identity = &harness.identity;
        for (id, name, parent) in
            [(centre, "Centre", None), (east, "East", Some(centre)), (west, "West", Some(centre))]
        {
            identity.put_department(organization, id, name, parent);
        }
        let users = [(zoe, "Zoe", centre), (ann, "Ann", east), (bob, "Bob", east), (eve, "Eve", west)];
        for (id, name, department) in users {
            identity.put_user(organization, id, name, Some(department));
        }
        let db = &harness.context.db;
        eventually("the company is known", async || {
            let known = directory::users(db, organization, users.map(|(id, ..)| id)).await.unwrap();
            let departments = crm_sales::store::department::all(db.connection(), organization).await.unwrap();
            (known.len(), departments.len()) == (4, 3)
        })
        .await;
        let stages = stages(harness, &administrator).await;
        Self { administrator, stages, centre, east, west, zoe, ann, bob, eve }
    }

    /// Somebody of the company who may read opportunities and targets in a scope.
    pub(crate) fn caller(&self, harness: &Harness, user: Uuid, scope: Scope) -> TestCaller {
        let caller = harness.caller(self.administrator.organization()).user(user);
        let caller = match user {
            zoe if zoe == self.zoe => caller.department(self.centre, &[self.east, self.west]),
            eve if eve == self.eve => caller.department(self.west, &[]),
            _ => caller.department(self.east, &[]),
        };
        caller.grant("sales.*", scope)
    }

    /// Lets somebody have an opportunity, in the stage of a number.
    pub(crate) async fn give(
        &self,
        harness: &Harness,
        owner: Uuid,
        stage: usize,
        opportunity: Opportunity,
    ) -> Opportunity {
        let stage_id = self.stages[stage].clone();
        let name = if opportunity.name.is_empty() { "Deal".to_owned() } else { opportunity.name.clone() };
        let opportunity = Opportunity { owner_id: owner.to_string(), stage_id, name, ..opportunity };
        create(harness, &self.administrator, opportunity).await.unwrap()
    }

    pub(crate) async fn rate(&self, harness: &Harness, currency: &str, date: &str, rate: &str) {
        let [currency, date, rate] = [currency, date, rate].map(str::to_owned);
        let exchange_rate = Some(ExchangeRate { currency, date, rate, ..ExchangeRate::default() });
        let request = self.administrator.request(CreateExchangeRateRequest { exchange_rate });
        ExchangeRatesClient::new(harness.channel.clone()).create_exchange_rate(request).await.unwrap();
    }

    pub(crate) async fn target(&self, harness: &Harness, target: Target) {
        self.try_target(harness, target).await.unwrap();
    }

    /// Sets a target, of a month unless it says otherwise.
    pub(crate) async fn try_target(&self, harness: &Harness, target: Target) -> Result<(), Status> {
        let period = TargetPeriod::try_from(target.period).unwrap_or_default();
        let period = if period == TargetPeriod::Unspecified { TargetPeriod::Month } else { period };
        let target = Some(Target { period: period.into(), ..target });
        let request = self.administrator.request(CreateTargetRequest { target });
        TargetsClient::new(harness.channel.clone()).create_target(request).await.map(drop)
    }
}

/// An opportunity of an amount that is expected to close on a day.
pub(crate) fn expected(amount_minor: i64, date: &str) -> Opportunity {
    Opportunity { expected_close_date: date.to_owned(), ..deal("Deal", amount_minor) }
}

pub(crate) fn totals(count: i64, amount_minor: i64, weighted_amount_minor: i64) -> Totals {
    Totals { count, amount_minor, weighted_amount_minor, unconverted: Vec::new() }
}

pub(crate) fn money(amount_minor: i64, currency: &str) -> Money {
    Money { amount_minor, currency: currency.to_owned() }
}

pub(crate) fn reports(harness: &Harness) -> ReportsClient<Channel> {
    ReportsClient::new(harness.channel.clone())
}

/// The months that most tests ask for.
pub(crate) const YEAR: [&str; 2] = ["2026-01", "2026-12"];

pub(crate) fn funnel_request() -> GetFunnelRequest {
    let [start_month, end_month] = YEAR.map(str::to_owned);
    GetFunnelRequest { start_month, end_month, ..Default::default() }
}

pub(crate) fn outcome_request(dimension: OutcomeDimension) -> GetOutcomeReportRequest {
    let [start_month, end_month] = YEAR.map(str::to_owned);
    GetOutcomeReportRequest { start_month, end_month, dimension: dimension.into(), ..Default::default() }
}

pub(crate) fn sales_request(start_month: &str, end_month: &str) -> GetSalesReportRequest {
    let [start_month, end_month] = [start_month, end_month].map(str::to_owned);
    GetSalesReportRequest { start_month, end_month, ..Default::default() }
}

pub(crate) fn forecast_request(start_month: &str, end_month: &str) -> GetForecastRequest {
    let [start_month, end_month] = [start_month, end_month].map(str::to_owned);
    GetForecastRequest { start_month, end_month, ..Default::default() }
}

pub(crate) async fn funnel(
    harness: &Harness,
    caller: &TestCaller,
    request: GetFunnelRequest,
) -> Result<Funnel, Status> {
    Ok(reports(harness).get_funnel(caller.request(request)).await?.into_inner())
}

pub(crate) async fn pipeline(
    harness: &Harness,
    caller: &TestCaller,
    request: GetPipelineReportRequest,
) -> Result<PipelineReport, Status> {
    Ok(reports(harness).get_pipeline_report(caller.request(request)).await?.into_inner())
}

pub(crate) async fn outcomes(
    harness: &Harness,
    caller: &TestCaller,
    request: GetOutcomeReportRequest,
) -> Result<OutcomeReport, Status> {
    Ok(reports(harness).get_outcome_report(caller.request(request)).await?.into_inner())
}

pub(crate) async fn sales(
    harness: &Harness,
    caller: &TestCaller,
    request: GetSalesReportRequest,
) -> Result<SalesReport, Status> {
    Ok(reports(harness).get_sales_report(caller.request(request)).await?.into_inner())
}

pub(crate) async fn forecast(
    harness: &Harness,
    caller: &TestCaller,
    request: GetForecastRequest,
) -> Result<Forecast, Status> {
    Ok(reports(harness).get_forecast(caller.request(request)).await?.into_inner())
}
