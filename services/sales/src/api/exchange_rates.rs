//! `ExchangeRates`.

use crm_kit::service::Context;
use crm_kit::{Access, ListQuery, Result, Tx, Violations, convert, message, store};
use crm_protos::sales::v1::exchange_rates_server::ExchangeRates;
use crm_protos::sales::v1::{
    CreateExchangeRateRequest, DeleteExchangeRateRequest, ExchangeRate, GetExchangeRateRequest,
    ListExchangeRatesRequest, ListExchangeRatesResponse, UpdateExchangeRateRequest,
};
use crm_values::money::Rate;
use crm_values::{currency, date};
use tonic::{Request, Response, Status};

use crate::store::exchange_rate::{Entity, Model};
use crate::store::organization;

/// Serves `ExchangeRates`.
pub struct ExchangeRatesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl ExchangeRates for ExchangeRatesService {
    async fn create_exchange_rate(
        &self,
        request: Request<CreateExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        crm_kit::call(request, async |access, request| {
            let rate = request.exchange_rate.unwrap_or_default();
            self.context
                .db
                .write(access, async |tx| {
                    let model = model(tx, access, Model::default(), &rate).await?;
                    tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn get_exchange_rate(
        &self,
        request: Request<GetExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_exchange_rates(
        &self,
        request: Request<ListExchangeRatesRequest>,
    ) -> Result<Response<ListExchangeRatesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListExchangeRatesRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            Ok(ListExchangeRatesResponse {
                exchange_rates: page.items.iter().map(answer).collect(),
                next_page_token: page.next_page_token,
            })
        })
        .await
    }

    async fn update_exchange_rate(
        &self,
        request: Request<UpdateExchangeRateRequest>,
    ) -> Result<Response<ExchangeRate>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.exchange_rate.unwrap_or_default();
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(tx, access, before.clone(), &merged).await?;
                    tx.update::<Entity>("updated", before, after, &patch.etag)
                        .await
                        .map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn delete_exchange_rate(
        &self,
        request: Request<DeleteExchangeRateRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.remove::<Entity>("deleted", before, &request.etag).await
                })
                .await
        })
        .await
    }
}

/// The rate with the values of the message in the form that is stored. Every violation is named at once.
async fn model(tx: &Tx, access: &Access, base: Model, rate: &ExchangeRate) -> Result<Model> {
    let base_currency = match base.base_currency.is_empty() {
        true => organization::get(tx.connection(), access.organization()).await?.currency,
        false => base.base_currency.clone(),
    };
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(rate, "exchange_rate", check)?;
    let currency = currency::normalize(&rate.currency, "exchange_rate.currency", check);
    if currency == base_currency {
        check.add("exchange_rate.currency", "OWN_CURRENCY", "give another currency than the base currency");
    }
    let date = date::parse(&rate.date);
    if date.is_none() && !rate.date.is_empty() {
        check.add("exchange_rate.date", "DATE_INVALID", "give a date of the calendar as YYYY-MM-DD");
    }
    // That it is missing is said already.
    let parsed = match rate.rate.trim() {
        "" => Rate::ONE,
        text => Rate::parse(text, "exchange_rate.rate", check),
    };
    let model = Model { currency, date: rate.date.clone(), rate: parsed.to_nanos(), base_currency, ..base };
    violations.finish()?;
    Ok(model)
}

/// The rate as the API shows it.
fn answer(model: &Model) -> ExchangeRate {
    ExchangeRate {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        currency: model.currency.clone(),
        date: model.date.clone(),
        rate: Rate::from_nanos(model.rate).map(|rate| rate.to_string()).unwrap_or_default(),
        base_currency: model.base_currency.clone(),
    }
}
