//! What an amount can be told from is hidden with it.

use crm_kit::access::FieldAccess;
use crm_protos::feed::v1::ListRecordChangesRequest;
use crm_protos::feed::v1::history_client::HistoryClient;
use crm_protos::sales::v1::{ListOpportunitiesRequest, Opportunity, OpportunityLineItem};
use tonic::Code;

use super::opportunities::{create, deal, get, opportunities, put};
use super::{assert_refused, organization, run, violations};

const AMOUNT: &str = "sales.opportunity.amount_minor";

fn line() -> OpportunityLineItem {
    OpportunityLineItem {
        description: "Installation".to_owned(),
        quantity_milli: 1_000,
        unit_price_minor: Some(900),
        ..OpportunityLineItem::default()
    }
}

#[tokio::test]
async fn whoever_may_not_see_an_amount_is_not_told_it_in_another_way() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wanted = Opportunity { line_items: vec![line()], ..deal("Lines", 0) };
        let deal = create(harness, &caller, wanted).await.unwrap();
        assert!(deal.amount_minor == 900 && deal.weighted_amount_minor > 0);

        let blind = caller.clone().restrict(AMOUNT, FieldAccess::Hidden);
        let seen = get(harness, &blind, &deal.id).await.unwrap();
        assert_eq!((seen.amount_minor, seen.weighted_amount_minor, seen.line_items.len()), (0, 0, 0));
        let changes = ListRecordChangesRequest {
            resource: "sales.opportunity".to_owned(),
            record_id: deal.id.clone(),
            ..Default::default()
        };
        let mut history = HistoryClient::new(harness.channel.clone());
        let changes = history.list_record_changes(blind.request(changes)).await.unwrap().into_inner();
        let [created] = &changes.changes[..] else { panic!("one change is expected") };
        let fields = &created.after.as_ref().unwrap().fields;
        assert!(fields.contains_key("probability"));
        for told in ["amount_minor", "weighted_amount_minor", "line_items"] {
            assert!(!fields.contains_key(told), "{told}");
        }
        let filtered = ListOpportunitiesRequest {
            filter: vec!["weighted_amount_minor>=1".to_owned()],
            ..Default::default()
        };
        let refused = opportunities(harness).list_opportunities(blind.request(filtered)).await.unwrap_err();
        assert_eq!(violations(&refused), [("filter[0]".to_owned(), "FIELD_UNKNOWN".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_change_an_amount_does_not_change_its_parts() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wanted = Opportunity { line_items: vec![line()], ..deal("Lines", 0) };
        let deal = create(harness, &caller, wanted).await.unwrap();
        let reader = caller.clone().restrict(AMOUNT, FieldAccess::ReadOnly);
        assert_eq!(get(harness, &reader, &deal.id).await.unwrap().line_items.len(), 1);
        let emptied = Opportunity { id: deal.id.clone(), ..Opportunity::default() };
        let refused = put(harness, &reader, emptied, &["line_items"]).await;
        assert_refused(refused, Code::PermissionDenied, "FIELD_DENIED");
    })
    .await;
}
