//! What is expected, against what was to be won.

use crm_protos::sales::v1::{ForecastRow, GetForecastRequest, Opportunity};

use super::*;
use crate::opportunities::win;
use crate::run;

/// The name of a row with the amounts: pipeline, best case, commit, closed, target.
fn figures(row: &ForecastRow) -> (&str, [i64; 5], Option<f64>) {
    let amount = |totals: &Option<Totals>| totals.as_ref().unwrap().amount_minor;
    let amounts = [&row.pipeline, &row.best_case, &row.commit, &row.closed].map(amount);
    let [pipeline, best_case, commit, closed] = amounts;
    (row.name.as_str(), [pipeline, best_case, commit, closed, row.target_minor], row.attainment_percent)
}

fn all(rows: &[ForecastRow]) -> Vec<(&str, [i64; 5], Option<f64>)> {
    rows.iter().map(figures).collect()
}

async fn won(harness: &Harness, world: &World, owner: Uuid, opportunity: Opportunity) {
    let made = world.give(harness, owner, 3, opportunity).await;
    win(harness, &world.administrator, &made.id).await.unwrap();
}

fn target(month: &str, amount_minor: i64) -> Target {
    Target { start_month: month.to_owned(), amount_minor, ..Target::default() }
}

async fn set_up(harness: &Harness) -> World {
    let world = World::new(harness).await;
    world.give(harness, world.ann, 0, expected(1, "2026-01-31")).await;
    world.give(harness, world.ann, 2, expected(2, "2026-02-28")).await;
    world.give(harness, world.ann, 3, expected(4, "2026-03-01")).await;
    world.give(harness, world.bob, 3, expected(8, "2026-02-01")).await;
    won(harness, &world, world.bob, expected(16, "2026-12-01")).await;
    won(harness, &world, world.eve, expected(32, "2024-12-01")).await;
    let of = |owner: Uuid, target: Target| Target { owner_id: owner.to_string(), ..target };
    let inside =
        |department: Uuid, target: Target| Target { department_id: department.to_string(), ..target };
    world.target(harness, of(world.ann, target("2026-01", 10))).await;
    world.target(harness, of(world.ann, target("2026-02", 20))).await;
    world.target(harness, of(world.ann, target("2026-03", 40))).await;
    world.target(harness, of(world.zoe, target("2026-01", 100))).await;
    world.target(harness, of(world.eve, target("2026-01", 5))).await;
    world.target(harness, inside(world.west, target("2026-01", 64))).await;
    world
}

#[tokio::test]
async fn a_forecast_is_rolled_up_by_department() {
    run(async |harness| {
        let world = set_up(harness).await;
        let caller = &world.administrator;
        let found = forecast(harness, caller, forecast_request("2026-01", "2026-02")).await.unwrap();
        let expected = [
            ("Ann", [1, 2, 0, 0, 30], Some(0.0)),
            ("Bob", [0, 0, 8, 16, 0], None),
            ("Eve", [0, 0, 0, 32, 5], Some(640.0)),
            ("Zoe", [0, 0, 0, 0, 100], Some(0.0)),
        ];
        assert_eq!(all(&found.owners), expected);
        let expected = [
            ("Centre", [1, 2, 8, 48, 194], Some(24.74)),
            ("East", [1, 2, 8, 16, 30], Some(53.33)),
            ("West", [0, 0, 0, 32, 64], Some(50.0)),
        ];
        assert_eq!(all(&found.departments), expected);
        assert_eq!(figures(found.total.as_ref().unwrap()), ("", [1, 2, 8, 48, 194], Some(24.74)));
        let [centre, east, west] = [world.centre, world.east, world.west].map(|id| id.to_string());
        let tree =
            found.departments.iter().map(|row| (row.department_id.clone(), row.parent_department_id.clone()));
        assert_eq!(
            tree.collect::<Vec<_>>(),
            [(centre.clone(), String::new()), (east.clone(), centre.clone()), (west, centre)]
        );
        assert_eq!(
            (found.owners[0].owner_id.clone(), found.owners[0].department_id.clone()),
            (world.ann.to_string(), east)
        );
    })
    .await;
}

#[tokio::test]
async fn a_forecast_may_be_about_a_department_or_an_owner() {
    run(async |harness| {
        let world = set_up(harness).await;
        let caller = &world.administrator;
        let months = || forecast_request("2026-01", "2026-02");
        let of_west = GetForecastRequest { department_id: world.west.to_string(), ..months() };
        let found = forecast(harness, caller, of_west).await.unwrap();
        assert_eq!(all(&found.owners), [("Eve", [0, 0, 0, 32, 5], Some(640.0))]);
        assert_eq!(all(&found.departments), [("West", [0, 0, 0, 32, 64], Some(50.0))]);
        assert_eq!(figures(found.total.as_ref().unwrap()), ("", [0, 0, 0, 32, 64], Some(50.0)));
        let of_ann = GetForecastRequest { owner_id: world.ann.to_string(), ..months() };
        let found = forecast(harness, caller, of_ann).await.unwrap();
        assert_eq!(all(&found.owners), [("Ann", [1, 2, 0, 0, 30], Some(0.0))]);
        assert!(found.departments.is_empty());
        assert_eq!(figures(found.total.as_ref().unwrap()), ("", [1, 2, 0, 0, 30], Some(0.0)));
    })
    .await;
}

#[tokio::test]
async fn everybody_sees_the_forecast_of_their_own_scope() {
    run(async |harness| {
        let world = set_up(harness).await;
        let months = || forecast_request("2026-01", "2026-02");
        let everything = forecast(harness, &world.administrator, months()).await.unwrap();
        let zoe = world.caller(harness, world.zoe, Scope::Subtree);
        assert_eq!(forecast(harness, &zoe, months()).await.unwrap(), everything);
        let bob = world.caller(harness, world.bob, Scope::Department);
        let found = forecast(harness, &bob, months()).await.unwrap();
        assert_eq!(found.owners, everything.owners[..2]);
        assert_eq!(found.departments, everything.departments[1..2]);
        assert_eq!(figures(found.total.as_ref().unwrap()), ("", [1, 2, 8, 16, 30], Some(53.33)));
        let ann = world.caller(harness, world.ann, Scope::Own);
        let found = forecast(harness, &ann, months()).await.unwrap();
        assert_eq!(found.owners, everything.owners[..1]);
        assert!(found.departments.is_empty());
        assert_eq!(figures(found.total.as_ref().unwrap()), ("", [1, 2, 0, 0, 30], Some(0.0)));
        // Whoever sees all targets is still not told those of owners beyond reach, and without the permission there are none.
        let ann =
            harness.caller(world.administrator.organization()).user(world.ann).department(world.east, &[]);
        let ann = ann.grant("sales.opportunity.*", Scope::Own);
        let found =
            forecast(harness, &ann.clone().grant("sales.target.read", Scope::All), months()).await.unwrap();
        assert_eq!(all(&found.owners), [("Ann", [1, 2, 0, 0, 30], Some(0.0))]);
        assert_eq!(found.total.unwrap().target_minor, 30);
        let found = forecast(harness, &ann, months()).await.unwrap();
        assert_eq!(all(&found.owners), [("Ann", [1, 2, 0, 0, 0], None)]);
    })
    .await;
}

#[tokio::test]
async fn targets_are_converted_and_one_without_rate_is_never_attained() {
    run(async |harness| {
        let world = World::new(harness).await;
        let caller = &world.administrator;
        won(harness, &world, world.ann, expected(7_200, "2026-01-31")).await;
        let of_ann = |target: Target| Target { owner_id: world.ann.to_string(), ..target };
        let dollars = Target { currency: "USD".to_owned(), ..target("2026-01", 1_000) };
        world.target(harness, of_ann(dollars)).await;
        let row = async || {
            let found = forecast(harness, caller, forecast_request("2026-01", "2026-02")).await.unwrap();
            (found.owners[0].target_minor, found.owners[0].attainment_percent)
        };
        assert_eq!(row().await, (0, None));
        world.rate(harness, "USD", "2026-01-01", "7").await;
        assert_eq!(row().await, (7_000, Some(102.86)));
        // The rate in force on the last day of the last month counts.
        world.rate(harness, "USD", "2026-02-28", "7.2").await;
        assert_eq!(row().await, (7_200, Some(100.0)));
        let pounds = Target { currency: "GBP".to_owned(), ..target("2026-02", 1_000) };
        world.target(harness, of_ann(pounds)).await;
        assert_eq!(row().await, (7_200, None));
    })
    .await;
}
