use crm_kit::Error;
use crm_protos::feed::v1::{Change, ListChangesResponse, ListRecordChangesRequest, SearchChangesRequest};
use crm_protos::search::v1::{FindResponse, Hit};
use prost::Message;
use serde_json::json;

use crate::fake::{Call, gateway};

fn found(call: &Call) -> Vec<u8> {
    let hit = Hit { resource: call.service.to_owned(), title: "北京".to_owned(), ..Default::default() };
    FindResponse { hits: vec![hit] }.encode_to_vec()
}

#[tokio::test]
async fn a_resource_or_a_service_in_the_path_names_the_service() {
    let gateway = gateway(|call| {
        let change = Change { resource: call.service.to_owned(), position: 5, ..Default::default() };
        Ok(ListChangesResponse { changes: vec![change], ..Default::default() }.encode_to_vec())
    });
    let history = gateway.get("/v1/history/customers.account/7").await.json();
    assert_eq!(
        (&history["changes"][0]["resource"], &history["changes"][0]["position"]),
        (&"customers".into(), &"5".into())
    );
    let audit = gateway.get("/v1/audit/identity/changes?filter=verb%3Dupdated").await.json();
    assert_eq!(audit["changes"][0]["resource"], "identity");
    let calls = gateway.calls();
    assert_eq!(calls[0].decode::<ListRecordChangesRequest>().record_id, "7");
    assert_eq!(calls[1].decode::<SearchChangesRequest>().filter, ["verb=updated"]);
    assert_eq!(calls.len(), 2);

    for path in ["/v1/history/warehouse.order/7", "/v1/audit/warehouse/changes"] {
        assert_eq!(gateway.get(path).await.problem(), (404, "NOT_FOUND".to_owned()));
    }
    assert_eq!(gateway.calls().len(), 2);
}

#[tokio::test]
async fn a_search_asks_every_service_and_merges_what_they_find() {
    let gateway = gateway(|call| Ok(found(call)));
    let reply = gateway.get("/v1/search?query=%E5%8C%97%E4%BA%AC").await.json();
    let kinds: Vec<_> = reply["hits"].as_array().unwrap().iter().map(|hit| hit["resource"].clone()).collect();
    assert_eq!(kinds, [json!("customers"), json!("identity"), json!("sales")]);
}

#[tokio::test]
async fn a_service_that_fails_does_not_hide_what_others_find() {
    let gateway = gateway(|call| match call.service {
        "customers" => Err(Error::Unavailable.into()),
        _ => Ok(found(call)),
    });
    assert_eq!(gateway.get("/v1/search?query=x").await.json()["hits"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_search_fails_when_every_service_fails() {
    let gateway = gateway(|_| Err(Error::invalid("query", "REQUIRED", "give words").into()));
    let reply = gateway.get("/v1/search").await;
    assert_eq!(reply.problem(), (400, "INVALID".to_owned()));
    assert_eq!(reply.violations(), ["query REQUIRED"]);
}
