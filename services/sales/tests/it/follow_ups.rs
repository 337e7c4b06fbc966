//! Reminders come once, when it is time, to whoever is responsible.

use chrono::TimeDelta;
use crm_kit::convert::timestamp;
use crm_kit::testing::eventually;
use crm_protos::sales::v1::{ListOpportunitiesRequest, Opportunity};

use crate::opportunities::{create, deal, opportunities, put, win};
use crate::{organization, run};

#[tokio::test]
async fn the_owner_is_reminded_once_at_the_time_that_was_set_last() {
    run(async |harness| {
        let caller = organization(harness).await;
        let at = |hours| Some(timestamp(harness.context.clock.now() + TimeDelta::hours(hours)));
        let due = Opportunity { next_follow_up_time: at(1), ..deal("Due", 1) };
        let due = create(harness, &caller, due).await.unwrap();
        let later = Opportunity { next_follow_up_time: at(1), ..deal("Put off", 1) };
        let later = create(harness, &caller, later).await.unwrap();
        let put_off =
            Opportunity { id: later.id.clone(), next_follow_up_time: at(3), ..Opportunity::default() };
        put(harness, &caller, put_off, &["next_follow_up_time"]).await.unwrap();
        let won = Opportunity { next_follow_up_time: at(1), ..deal("Won", 1) };
        let won = create(harness, &caller, won).await.unwrap();
        win(harness, &caller, &won.id).await.unwrap();
        assert!(harness.identity.notifications().is_empty());
        let told = || -> Vec<String> {
            harness.identity.notifications().into_iter().map(|notification| notification.title).collect()
        };
        harness.context.clock.advance(TimeDelta::hours(2));
        eventually("the first reminder", async || told() == ["Due"]).await;
        let notification = harness.identity.notifications().remove(0);
        assert_eq!(notification.record_id, due.id);
        assert_eq!(notification.user_id, caller.id().to_string());
        harness.context.clock.advance(TimeDelta::hours(2));
        eventually("the second reminder", async || told() == ["Due", "Put off"]).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_due_is_found_in_order() {
    run(async |harness| {
        let caller = organization(harness).await;
        let at = |hours| Some(timestamp(harness.context.clock.now() + TimeDelta::hours(hours)));
        for (name, time) in [("tomorrow", at(30)), ("soon", at(2)), ("never", None), ("late", at(-5))] {
            let opportunity = Opportunity { next_follow_up_time: time, ..deal(name, 1) };
            create(harness, &caller, opportunity).await.unwrap();
        }
        let listed = async |filter: &str| -> Vec<String> {
            let request = ListOpportunitiesRequest {
                filter: vec![filter.to_owned()],
                order_by: "next_follow_up_time".to_owned(),
                ..Default::default()
            };
            let answer = opportunities(harness).list_opportunities(caller.request(request)).await.unwrap();
            answer.into_inner().opportunities.into_iter().map(|opportunity| opportunity.name).collect()
        };
        let now = harness.context.clock.now();
        let rfc =
            |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        assert_eq!(listed(&format!("next_follow_up_time<{}", rfc(now))).await, ["late"]);
        let day = rfc(now + TimeDelta::hours(24));
        assert_eq!(listed(&format!("next_follow_up_time<{day}")).await, ["late", "soon"]);
        assert_eq!(listed("next_follow_up_time<9999-01-01").await, ["late", "soon", "tomorrow"]);
    })
    .await;
}
