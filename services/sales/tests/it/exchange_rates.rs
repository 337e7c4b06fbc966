//! Exchange rates and which of them is in force.

use std::collections::HashMap;

use chrono::NaiveDate;
use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::{
    CreateExchangeRateRequest, DeleteExchangeRateRequest, ExchangeRate, GetExchangeRateRequest,
    ListExchangeRatesRequest, UpdateExchangeRateRequest,
};
use crm_sales::store;
use crm_sales::store::exchange_rate::rates_on;
use prost_types::FieldMask;
use tonic::{Code, Status};

use super::{assert_refused, organization, run, violations};

fn rates(harness: &Harness) -> ExchangeRatesClient<crm_kit::channel::Channel> {
    ExchangeRatesClient::new(harness.channel.clone())
}

fn rate(currency: &str, date: &str, rate: &str) -> ExchangeRate {
    let [currency, date, rate] = [currency, date, rate].map(str::to_owned);
    ExchangeRate { currency, date, rate, ..ExchangeRate::default() }
}

async fn create(harness: &Harness, caller: &TestCaller, rate: ExchangeRate) -> Result<ExchangeRate, Status> {
    let request = caller.request(CreateExchangeRateRequest { exchange_rate: Some(rate) });
    Ok(rates(harness).create_exchange_rate(request).await?.into_inner())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_rate_is_created_changed_listed_and_deleted() {
    run(async |harness| {
        let caller = organization(harness).await;
        let created = create(harness, &caller, rate("usd", "2026-01-01", " 7.1200 ")).await.unwrap();
        assert_eq!((created.currency.as_str(), created.rate.as_str()), ("USD", "7.12"));
        let again = create(harness, &caller, rate("USD", "2026-01-01", "7")).await;
        assert_refused(again, Code::AlreadyExists, "RATE_EXISTS");
        create(harness, &caller, rate("USD", "2026-02-01", "7.2")).await.unwrap();
        create(harness, &caller, rate("EUR", "2026-01-01", "8")).await.unwrap();
        let update = UpdateExchangeRateRequest {
            exchange_rate: Some(ExchangeRate { rate: "7.13".to_owned(), ..created.clone() }),
            update_mask: Some(FieldMask { paths: vec!["rate".to_owned()] }),
        };
        let updated = rates(harness).update_exchange_rate(caller.request(update)).await.unwrap().into_inner();
        let get = GetExchangeRateRequest { id: created.id.clone() };
        assert_eq!(
            rates(harness).get_exchange_rate(caller.request(get)).await.unwrap().into_inner(),
            updated
        );
        let list = ListExchangeRatesRequest {
            filter: vec!["currency=USD".to_owned(), "date>=2026-01-01".to_owned()],
            order_by: "date desc".to_owned(),
            ..Default::default()
        };
        let list = rates(harness).list_exchange_rates(caller.request(list)).await.unwrap().into_inner();
        let list: Vec<String> = list.exchange_rates.into_iter().map(|rate| rate.rate).collect();
        assert_eq!(list, ["7.2", "7.13"]);
        let delete = |etag: &str| DeleteExchangeRateRequest { id: created.id.clone(), etag: etag.to_owned() };
        let stale = rates(harness).delete_exchange_rate(caller.request(delete(&created.etag))).await;
        assert_refused(stale, Code::Aborted, "STALE");
        rates(harness).delete_exchange_rate(caller.request(delete(&updated.etag))).await.unwrap();
        create(harness, &caller, rate("USD", "2026-01-01", "7")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_rate_that_means_nothing_is_refused() {
    run(async |harness| {
        let caller = organization(harness).await;
        for (given, field, reason) in [
            (rate("CNY", "2026-01-01", "1"), "exchange_rate.currency", "OWN_CURRENCY"),
            (rate("RMB", "2026-01-01", "1"), "exchange_rate.currency", "CURRENCY_UNKNOWN"),
            (rate("", "2026-01-01", "1"), "exchange_rate.currency", "REQUIRED"),
            (rate("USD", "2026-1-1", "1"), "exchange_rate.date", "DATE_INVALID"),
            (rate("USD", "2026-02-29", "1"), "exchange_rate.date", "DATE_INVALID"),
            (rate("USD", "+12026-01-01", "1"), "exchange_rate.date", "DATE_INVALID"),
            (rate("USD", "", "1"), "exchange_rate.date", "REQUIRED"),
            (rate("USD", "2026-01-01", "0"), "exchange_rate.rate", "RATE_INVALID"),
            (rate("USD", "2026-01-01", "7.0000000001"), "exchange_rate.rate", "RATE_INVALID"),
            (rate("USD", "2026-01-01", " "), "exchange_rate.rate", "REQUIRED"),
        ] {
            let status = create(harness, &caller, given).await.unwrap_err();
            assert_eq!(violations(&status), [(field.to_owned(), reason.to_owned())]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_rate_is_in_force_until_the_next_of_its_currency() {
    run(async |harness| {
        let caller = organization(harness).await;
        for given in [
            rate("USD", "2025-06-01", "7.3"),
            rate("USD", "2026-01-31", "7.1"),
            rate("USD", "2026-02-01", "7.2"),
            rate("EUR", "2026-02-15", "8"),
        ] {
            create(harness, &caller, given).await.unwrap();
        }
        let stranger = organization(harness).await;
        create(harness, &stranger, rate("USD", "2026-02-10", "1")).await.unwrap();
        let days = ["2025-05-31", "2026-01-30", "2026-01-31", "2026-02-28", "2026-02-28"].map(day);
        let asked = ["USD", "EUR", "GBP", "USD"].map(str::to_owned);
        let connection = harness.context.db.connection();
        let found = rates_on(connection, caller.organization(), "CNY", asked, &days).await.unwrap();
        let found: HashMap<(String, NaiveDate), String> =
            found.into_iter().map(|(key, rate)| (key, rate.to_string())).collect();
        let expected = [
            ("USD", "2026-01-30", "7.3"),
            ("USD", "2026-01-31", "7.1"),
            ("USD", "2026-02-28", "7.2"),
            ("EUR", "2026-02-28", "8"),
        ];
        let expected = expected.map(|(currency, on, rate)| ((currency.to_owned(), day(on)), rate.to_owned()));
        assert_eq!(found, HashMap::from(expected));
        assert!(rates_on(connection, caller.organization(), "CNY", [], &days).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_rate_stays_in_the_currency_that_it_was_given_in() {
    run(async |harness| {
        let caller = organization(harness).await;
        let old = create(harness, &caller, rate("USD", "2026-01-01", "7.2")).await.unwrap();
        assert_eq!(old.base_currency, "CNY");
        let connection = harness.context.db.connection();
        let own =
            async || store::organization::get(connection, caller.organization()).await.unwrap().currency;
        harness.identity.put_organization(caller.organization(), "EUR", "Asia/Shanghai");
        crm_kit::testing::eventually("the new currency is known", async || own().await == "EUR").await;

        let in_force = async |base: &str| {
            let usd = "USD".to_owned();
            let found = rates_on(connection, caller.organization(), base, [usd], &[day("2026-03-01")]).await;
            found.unwrap().into_values().map(|rate| rate.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(in_force("EUR").await, [] as [String; 0]);
        let new = create(harness, &caller, rate("USD", "2026-01-01", "0.9")).await.unwrap();
        assert_eq!(new.base_currency, "EUR");
        create(harness, &caller, rate("CNY", "2026-01-01", "0.13")).await.unwrap();
        assert_eq!(in_force("EUR").await, ["0.9"]);

        let update = UpdateExchangeRateRequest {
            exchange_rate: Some(ExchangeRate { rate: "7.3".to_owned(), ..old }),
            update_mask: Some(FieldMask { paths: vec!["rate".to_owned()] }),
        };
        let old = rates(harness).update_exchange_rate(caller.request(update)).await.unwrap().into_inner();
        assert_eq!((old.base_currency.as_str(), old.rate.as_str()), ("CNY", "7.3"));
        assert_eq!(in_force("CNY").await, ["7.3"]);
    })
    .await;
}
