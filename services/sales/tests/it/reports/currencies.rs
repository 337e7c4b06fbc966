//! Amounts in several currencies, at rates that change.

use chrono::TimeDelta;
use crm_protos::sales::v1::{GetPipelineReportRequest, GetSalesReportRequest, Opportunity};

use super::*;
use crate::opportunities::win;
use crate::run;

fn in_currency(currency: &str, amount: i64, date: &str) -> Opportunity {
    Opportunity { currency: currency.to_owned(), ..expected(amount, date) }
}

#[tokio::test]
async fn amounts_are_converted_at_the_rate_of_the_last_day_of_their_month() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        for (amount, date) in
            [(100, "2026-01-10"), (101, "2026-01-20"), (100, "2026-02-10"), (100, "2030-01-01")]
        {
            world.give(harness, world.ann, 3, in_currency("USD", amount, date)).await;
        }
        world.give(harness, world.ann, 3, in_currency("CNY", 1, "2026-01-10")).await;
        let total = async |currency: &str| {
            let request = GetPipelineReportRequest { currency: currency.to_owned(), ..Default::default() };
            let report = pipeline(harness, caller, request).await.unwrap();
            assert_eq!(report.currency, if currency.is_empty() { "CNY" } else { currency });
            report.total.unwrap()
        };
        let unconverted = Totals { unconverted: vec![money(401, "USD")], ..totals(5, 1, 1) };
        assert_eq!(total("").await, unconverted);
        let unconverted = Totals { unconverted: vec![money(1, "CNY")], ..totals(5, 401, 321) };
        assert_eq!(total("USD").await, unconverted);
        world.rate(harness, "USD", "2026-01-31", "7.1").await;
        world.rate(harness, "USD", "2026-02-01", "7.2").await;
        world.rate(harness, "USD", "2026-03-01", "7.3").await;
        // 201 × 7.1 = 1427.1 in January, together; 720 in February; 730 in the future; weighted 161, 80 and 80.
        assert_eq!(total("").await, totals(5, 1 + 1_427 + 720 + 730, 1 + 1_143 + 576 + 584));
        // Nothing is converted that need not be.
        assert_eq!(total("USD").await.unconverted, []);
        assert_eq!(total("USD").await.amount_minor, 401);
        let unconverted = total("JPY").await;
        assert_eq!(
            (unconverted.amount_minor, unconverted.unconverted),
            (0, vec![money(1, "CNY"), money(401, "USD")])
        );
        // By way of the yuan, rounded once: 0.05 yuan cost one yen, 7.1 one dollar.
        world.rate(harness, "JPY", "2026-01-01", "0.05").await;
        // January: 2.01 × 7.1 / 0.05 = 285.42; 0.01 / 0.05 = 0.2; then 144 and 146.
        assert_eq!(total("JPY").await.amount_minor, 285 + 144 + 146);
    })
    .await;
}

#[tokio::test]
async fn a_rate_that_is_older_than_the_month_is_in_force() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        world.rate(harness, "EUR", "2020-01-01", "8").await;
        world.rate(harness, "EUR", "2026-02-15", "9").await;
        for _ in 0..2 {
            let made = world.give(harness, world.ann, 0, in_currency("EUR", 10, "2026-01-10")).await;
            win(harness, caller, &made.id).await.unwrap();
            harness.context.clock.advance(TimeDelta::days(31));
        }
        let months = async |request| {
            let report = sales(harness, caller, request).await.unwrap();
            report.months.into_iter().map(|month| month.won.unwrap().amount_minor).collect::<Vec<_>>()
        };
        assert_eq!(months(sales_request("2026-01", "2026-03")).await, [80, 90, 0]);
        let in_euro =
            GetSalesReportRequest { currency: "eur".to_owned(), ..sales_request("2026-01", "2026-03") };
        assert_eq!(months(in_euro).await, [10, 10, 0]);
    })
    .await;
}
