//! What is kept is found again, and never when it is wrong.

use crm_protos::sales::v1::{GetPipelineReportRequest, Opportunity, OutcomeDimension};
use futures::future::join_all;

use super::*;
use crate::opportunities::{put, win};
use crate::run;

async fn open(harness: &Harness, caller: &TestCaller) -> i64 {
    let report = pipeline(harness, caller, GetPipelineReportRequest::default()).await.unwrap();
    report.total.unwrap().amount_minor
}

#[tokio::test]
async fn an_answer_is_kept_until_something_changes() {
    run(async |harness| {
        let world = World::new(harness).await;
        let callers = [
            world.administrator.clone(),
            world.caller(harness, world.zoe, Scope::Subtree),
            world.caller(harness, world.ann, Scope::Own),
        ];
        world.give(harness, world.ann, 0, deal("Deal", 1)).await;
        let all = async || {
            let mut found = Vec::new();
            for caller in &callers {
                found.push(open(harness, caller).await);
            }
            found
        };
        assert_eq!(all().await, [1, 1, 1]);
        // Totals that change behind everybody's back are not looked at.
        harness.tamper("UPDATE totals SET amount_minor = amount_minor + 100").await;
        assert_eq!(all().await, [1, 1, 1]);
        harness.tamper("UPDATE totals SET amount_minor = amount_minor - 100").await;
        let more = world.give(harness, world.ann, 0, deal("Deal", 2)).await;
        assert_eq!(all().await, [3, 3, 3]);
        win(harness, &world.administrator, &more.id).await.unwrap();
        assert_eq!(all().await, [1, 1, 1]);
        // What others change leaves one's own answer as it is.
        world.give(harness, world.eve, 0, deal("Deal", 4)).await;
        harness.tamper("UPDATE totals SET amount_minor = amount_minor + 100").await;
        assert_eq!(open(harness, &callers[2]).await, 1);
        harness.tamper("UPDATE totals SET amount_minor = amount_minor - 100").await;
        assert_eq!(all().await, [5, 5, 1]);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_owner_is_seen_at_once() {
    run(async |harness| {
        let world = World::new(harness).await;
        let made = world.give(harness, world.ann, 0, deal("Deal", 1)).await;
        let [ann, bob] = [world.ann, world.bob].map(|user| world.caller(harness, user, Scope::Own));
        for (owner, expected) in
            [(world.ann, [1, 0]), (world.bob, [0, 1]), (world.ann, [1, 0]), (world.bob, [0, 1])]
        {
            let changed =
                Opportunity { id: made.id.clone(), owner_id: owner.to_string(), ..Default::default() };
            put(harness, &world.administrator, changed, &["owner_id"]).await.unwrap();
            assert_eq!([open(harness, &ann).await, open(harness, &bob).await], expected);
            assert_eq!(open(harness, &world.administrator).await, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_moves_takes_everything_along() {
    run(async |harness| {
        let world = World::new(harness).await;
        let organization = world.administrator.organization();
        let made = world.give(harness, world.ann, 0, deal("Deal", 1)).await;
        win(harness, &world.administrator, &made.id).await.unwrap();
        world.give(harness, world.ann, 0, deal("Deal", 2)).await;
        world.give(harness, world.bob, 0, deal("Deal", 4)).await;
        world.give(harness, world.eve, 0, deal("Deal", 8)).await;
        let [bob, eve] = [world.bob, world.eve].map(|user| world.caller(harness, user, Scope::Department));
        let both = async || [open(harness, &bob).await, open(harness, &eve).await];
        let departments = async || {
            let request = outcome_request(OutcomeDimension::Department);
            let report = outcomes(harness, &world.administrator, request).await.unwrap();
            report.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        for (department, expected, name) in
            [(world.east, [6, 8], "East"), (world.west, [4, 10], "West"), (world.east, [6, 8], "East")]
        {
            harness.identity.put_user(organization, world.ann, "Ann", Some(department));
            eventually("the totals have moved", async || both().await == expected).await;
            assert_eq!(departments().await, [name]);
        }
    })
    .await;
}

#[tokio::test]
async fn whatever_happens_at_once_is_counted() {
    run(async |harness| {
        let world = World::new(harness).await;
        let owners = [world.zoe, world.ann, world.bob, world.eve];
        let zoe = world.caller(harness, world.zoe, Scope::Subtree);
        // Everybody works in the same stages and months, while others look.
        let work = (0..40).map(async |number: usize| {
            let made = world.give(harness, owners[number % 4], number % 2, deal("Deal", 1)).await;
            let total = open(harness, &zoe).await;
            if number.is_multiple_of(3) {
                win(harness, &world.administrator, &made.id).await.unwrap();
            } else {
                let other = owners[(number + 1) % 4].to_string();
                let changed = Opportunity { id: made.id.clone(), owner_id: other, ..Default::default() };
                put(harness, &world.administrator, changed, &["owner_id"]).await.unwrap();
            }
            assert!((1..=40).contains(&total), "{total}");
        });
        join_all(work).await;
        let everything = [zoe, world.administrator.clone()];
        for caller in &everything {
            let report = outcomes(harness, caller, outcome_request(OutcomeDimension::Owner)).await.unwrap();
            assert_eq!(
                (open(harness, caller).await, report.total.unwrap().won),
                (26, Some(totals(14, 14, 14)))
            );
            let found = funnel(harness, caller, funnel_request()).await.unwrap();
            assert_eq!((found.won, found.open, found.lost), (14, 26, 0));
        }
        let mut sum = 0;
        for user in owners {
            sum += open(harness, &world.caller(harness, user, Scope::Own)).await;
        }
        assert_eq!(sum, 26);
    })
    .await;
}
