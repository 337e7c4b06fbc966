//! What sales does with the changes of its neighbours.

use std::sync::{Arc, Mutex};

use crm_kit::channel::Channel;
use crm_kit::convert::structure;
use crm_kit::record::{Record, column};
use crm_kit::store;
use crm_kit::testing::{Harness, TestCaller, eventually};
use crm_protos::feed::v1::feed_server::{Feed, FeedServer};
use crm_protos::feed::v1::{Change, PullRequest, PullResponse};
use crm_protos::sales::v1::{ContactRole, ListOpportunitiesRequest};
use crm_sales::store::values::{Contact, Contacts};
use crm_sales::store::{account, contact, department, lead, opportunity, organization, pipeline};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::opportunities::opportunities;
use super::{known, organization as known_organization, run};

/// A neighbour that plays the feed of customers.
#[derive(Clone, Default)]
struct CustomersFeed(Arc<(Mutex<Vec<Change>>, watch::Sender<u64>)>);

impl CustomersFeed {
    fn join(&self, harness: &Harness) {
        let routes = tonic::service::Routes::new(FeedServer::new(self.clone()));
        harness.add_neighbour("customers", Channel::local(routes.prepare()));
    }

    /// Says that a record has changed, in the words of customers.
    fn publish(&self, organization: Uuid, resource: &str, id: Uuid, before: Json, after: Json) {
        let mut changes = self.0.0.lock().unwrap();
        let position = i64::try_from(changes.len() + 1).unwrap();
        changes.push(Change {
            position,
            organization_id: organization.to_string(),
            resource: format!("customers.{resource}"),
            record_id: id.to_string(),
            before: Some(structure(&before)),
            after: Some(structure(&after)),
            ..Change::default()
        });
        self.0.1.send_modify(|count| *count += 1);
    }
}

#[async_trait::async_trait]
impl Feed for CustomersFeed {
    #[expect(clippy::disallowed_methods, reason = "a neighbour that is not built on kit")]
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        let mut changed = self.0.1.subscribe();
        loop {
            let changes = self.0.0.lock().unwrap().clone();
            let after = usize::try_from(request.get_ref().after).unwrap();
            if changes.len() > after {
                let position = i64::try_from(changes.len()).unwrap();
                return Ok(Response::new(PullResponse { changes: changes[after..].to_vec(), position }));
            }
            changed.changed().await.map_err(|_| Status::unavailable("the test is over"))?;
        }
    }
}

async fn row<E: Record>(harness: &Harness, id: Uuid) -> Option<E::Model> {
    let query = store::everywhere::<E>().filter(column::<E>("id").unwrap().eq(id));
    query.one(harness.context.db.connection()).await.unwrap()
}

async fn account(harness: &Harness, id: Uuid) -> Option<account::Model> {
    row::<account::Entity>(harness, id).await
}

async fn contact(harness: &Harness, id: Uuid) -> Option<contact::Model> {
    row::<contact::Entity>(harness, id).await
}

async fn opportunity(harness: &Harness, id: Uuid) -> opportunity::Model {
    row::<opportunity::Entity>(harness, id).await.unwrap()
}

async fn lead(harness: &Harness, id: Uuid) -> lead::Model {
    row::<lead::Entity>(harness, id).await.unwrap()
}

/// Puts opportunities of an account and with some contacts past the API.
async fn put(
    harness: &Harness,
    caller: &TestCaller,
    number: usize,
    account_id: Option<Uuid>,
    contacts: &[Uuid],
) -> Vec<opportunity::Model> {
    let connection = harness.context.db.connection();
    let pipeline = pipeline::default(connection, caller.organization()).await.unwrap();
    let role = ContactRole::DecisionMaker.as_str_name().to_owned();
    let person = |id: &Uuid| Contact { contact_id: id.to_string(), role: role.clone() };
    let model = opportunity::Model {
        organization_id: caller.organization(),
        owner_id: caller.id(),
        name: "Deal".to_owned(),
        account_id,
        contacts: Contacts(contacts.iter().map(person).collect()),
        pipeline_id: pipeline.id,
        stage_id: pipeline.stages.0[0].id,
        furthest_stage_id: pipeline.stages.0[0].id,
        status: "OPPORTUNITY_STATUS_OPEN".to_owned(),
        currency: "CNY".to_owned(),
        stage_enter_time: harness.context.clock.now(),
        ..Default::default()
    };
    let work = async |tx: &crm_kit::Tx| {
        let mut inserted = Vec::new();
        for _ in 0..number {
            inserted.push(opportunity::insert(tx, model.clone()).await?);
        }
        Ok(inserted)
    };
    harness.context.db.transact(work).await.unwrap()
}

/// Puts a converted lead past the API.
async fn convert(harness: &Harness, caller: &TestCaller, account: Uuid, contact: Uuid) -> lead::Model {
    let model = lead::Model {
        organization_id: caller.organization(),
        owner_id: caller.id(),
        account_id: Some(account),
        contact_id: Some(contact),
        ..Default::default()
    };
    let work = async |tx: &crm_kit::Tx| tx.insert::<lead::Entity>("created", model.clone()).await;
    harness.context.db.transact(work).await.unwrap()
}

async fn delete(harness: &Harness, model: opportunity::Model) {
    let work = async |tx: &crm_kit::Tx| opportunity::delete(tx, model.clone(), "").await;
    harness.context.db.transact(work).await.unwrap();
}

async fn pipelines(harness: &Harness, organization: Uuid) -> Vec<pipeline::Model> {
    let query = store::tenant::<pipeline::Entity>(organization);
    query.all(harness.context.db.connection()).await.unwrap()
}

#[tokio::test]
async fn an_organization_begins_with_one_pipeline_and_keeps_it() {
    run(async |harness| {
        let [first, second] = [crm_kit::id::new(), crm_kit::id::new()];
        harness.identity.put_organization(first, "CNY", "Asia/Shanghai");
        known(harness, first).await;
        harness.identity.put_organization(first, "USD", "America/New_York");
        harness.identity.put_organization(second, "CNY", "Asia/Shanghai");
        known(harness, second).await;
        let connection = harness.context.db.connection();
        let kept = organization::get(connection, first).await.unwrap();
        assert_eq!(
            (kept.currency.as_str(), kept.region.as_str(), kept.time_zone.as_str()),
            ("USD", "CN", "America/New_York")
        );
        let [pipeline] = &pipelines(harness, first).await[..] else { panic!("one pipeline is expected") };
        assert_eq!((pipeline.name.as_str(), pipeline.stages.0.len(), pipeline.version), ("Sales", 6, 1));
        let [other] = &pipelines(harness, second).await[..] else { panic!("one pipeline is expected") };
        assert!(
            pipeline.stages.0.iter().all(|one| other.stages.0.iter().all(|another| one.id != another.id))
        );
    })
    .await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
async fn departments_are_followed_until_they_are_gone() {
    run(async |harness| {
        let caller = known_organization(harness).await;
        let [head, east] = [crm_kit::id::new(), crm_kit::id::new()];
        let stored = async || {
            let query = department::Entity::find().filter(department::Column::Id.eq(east));
            query.one(harness.context.db.connection()).await.unwrap()
        };
        let expected = async |name: &str, parent_id: Option<Uuid>| {
            eventually("the department is as it was put", async || {
                stored().await.is_some_and(|row| row.name == name && row.parent_id == parent_id)
            })
            .await;
        };
        harness.identity.put_department(caller.organization(), east, "East", Some(head));
        expected("East", Some(head)).await;
        assert_eq!(stored().await.unwrap().organization_id, caller.organization());
        harness.identity.put_department(caller.organization(), east, "Far East", None);
        expected("Far East", None).await;
        harness.identity.remove_department(caller.organization(), east);
        eventually("the department is gone", async || stored().await.is_none()).await;
    })
    .await;
}

#[tokio::test]
async fn an_account_is_followed_from_its_creation_to_its_return() {
    run(async |harness| {
        let feed = CustomersFeed::default();
        feed.join(harness);
        let [organization, id, ann, bob, east, north] = std::array::from_fn(|_| crm_kit::id::new());
        harness.identity.put_user(organization, ann, "Ann", Some(east));
        let publish = |before: Json, after: Json| feed.publish(organization, "account", id, before, after);
        let becomes = async |what: &str, is_so: fn(&account::Model) -> bool| {
            eventually(what, async || account(harness, id).await.is_some_and(|row| is_so(&row))).await;
        };
        publish(json!({}), json!({ "name": "Acme", "owner_id": ann, "department_id": east }));
        becomes("the account is there", |row| row.name == "Acme").await;
        let row = account(harness, id).await.unwrap();
        assert_eq!((row.organization_id, row.owner_id, row.delete_time), (organization, ann, None));
        eventually("the account is in its owner's department", async || {
            account(harness, id).await.unwrap().department_id == Some(east)
        })
        .await;
        publish(json!({ "name": "Acme" }), json!({ "name": "Acme Ltd" }));
        becomes("the account is renamed", |row| row.name == "Acme Ltd").await;
        let time = "2026-01-05T09:00:00.000001Z";
        publish(json!({}), json!({ "delete_time": time }));
        becomes("the account is deleted", |row| row.delete_time.is_some()).await;
        let deleted = account(harness, id).await.unwrap();
        assert_eq!(deleted.delete_time, Some(time.parse().unwrap()));
        assert_eq!((deleted.name.as_str(), deleted.owner_id), ("Acme Ltd", ann));
        publish(json!({ "delete_time": time }), json!({}));
        becomes("the account is back", |row| row.delete_time.is_none()).await;
        harness.identity.put_user(organization, ann, "Ann", Some(north));
        eventually("the account moves with its owner", async || {
            account(harness, id).await.unwrap().department_id == Some(north)
        })
        .await;
        harness.identity.put_user(organization, bob, "Bob", Some(east));
        publish(json!({ "owner_id": ann }), json!({ "owner_id": bob }));
        eventually("the account has another owner", async || {
            let row = account(harness, id).await.unwrap();
            (row.owner_id, row.department_id) == (bob, Some(east))
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_contact_is_known_by_its_whole_name() {
    run(async |harness| {
        let feed = CustomersFeed::default();
        feed.join(harness);
        let [organization, id, owner] = std::array::from_fn(|_| crm_kit::id::new());
        feed.publish(
            organization,
            "contact",
            id,
            json!({}),
            json!({ "full_name": "张伟", "owner_id": owner }),
        );
        eventually("the contact is there", async || contact(harness, id).await.is_some()).await;
        let row = contact(harness, id).await.unwrap();
        assert_eq!((row.name.as_str(), row.owner_id, row.department_id), ("张伟", owner, None));
        feed.publish(
            organization,
            "contact",
            id,
            json!({}),
            json!({ "delete_time": "2026-01-05T09:00:00Z" }),
        );
        eventually("the contact is deleted", async || {
            contact(harness, id).await.unwrap().delete_time.is_some()
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_refers_to_an_account_refers_to_the_one_that_it_is_merged_into() {
    run(async |harness| {
        let feed = CustomersFeed::default();
        feed.join(harness);
        let (caller, stranger) = (known_organization(harness).await, known_organization(harness).await);
        let [gone, survivor, other] = std::array::from_fn(|_| crm_kit::id::new());
        let mut concerned = put(harness, &caller, 201, Some(gone), &[]).await;
        delete(harness, concerned[0].clone()).await;
        let [apart] = <[_; 1]>::try_from(put(harness, &caller, 1, Some(other), &[]).await).unwrap();
        let [foreign] = <[_; 1]>::try_from(put(harness, &stranger, 1, Some(gone), &[]).await).unwrap();
        let untouched = [opportunity(harness, apart.id).await, opportunity(harness, foreign.id).await];
        let converted = convert(harness, &caller, gone, other).await;
        let after = json!({ "merged_into_id": survivor, "delete_time": "2026-01-05T09:00:00Z" });
        feed.publish(caller.organization(), "account", gone, json!({}), after);
        eventually("the merge is followed", async || {
            account(harness, gone).await.is_some_and(|row| row.delete_time.is_some())
        })
        .await;
        let last = concerned.pop().unwrap();
        for before in [&concerned[0], &concerned[1], &last] {
            let row = opportunity(harness, before.id).await;
            assert_eq!(row.account_id, Some(survivor));
            let changes = if before.id == concerned[0].id { 2 } else { 1 };
            assert_eq!(row.version, 1 + changes);
        }
        assert!(opportunity(harness, concerned[0].id).await.delete_time.is_some());
        let row = lead(harness, converted.id).await;
        assert_eq!((row.account_id, row.contact_id, row.version), (Some(survivor), Some(other), 2));
        for untouched in untouched {
            assert_eq!(opportunity(harness, untouched.id).await, untouched);
        }
        let left = store::tenant::<opportunity::Entity>(caller.organization());
        let left = left.filter(opportunity::Column::AccountId.eq(gone));
        assert_eq!(left.all(harness.context.db.connection()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_refers_to_a_contact_refers_to_the_one_that_it_is_merged_into() {
    run(async |harness| {
        let feed = CustomersFeed::default();
        let caller = known_organization(harness).await;
        let [gone, survivor, last, other] = std::array::from_fn(|_| crm_kit::id::new());
        let mut rows = put(harness, &caller, 2, None, &[other, gone]).await;
        rows.extend(put(harness, &caller, 1, None, &[survivor, gone]).await);
        rows.extend(put(harness, &caller, 1, None, &[other]).await);
        delete(harness, rows[1].clone()).await;
        let converted = convert(harness, &caller, other, gone).await;
        let merge = |from: Uuid, into: Uuid| {
            let after = json!({ "merged_into_id": into, "delete_time": "2026-01-05T09:00:00Z" });
            feed.publish(caller.organization(), "contact", from, json!({}), after);
        };
        // Both are applied in one transaction, in which the second finds what the first has left.
        merge(gone, survivor);
        merge(survivor, last);
        feed.join(harness);
        eventually("the merges are followed", async || {
            contact(harness, survivor).await.is_some_and(|row| row.delete_time.is_some())
        })
        .await;
        let expected = [vec![other, last], vec![other, last], vec![last], vec![other]];
        for (before, expected) in rows.iter().zip(expected) {
            let contacts = opportunity(harness, before.id).await.contacts.0;
            let contacts: Vec<Uuid> = contacts.iter().map(|one| one.contact_id.parse().unwrap()).collect();
            assert_eq!(contacts, expected);
        }
        assert_eq!(lead(harness, converted.id).await.contact_id, Some(last));
        for (id, number) in [(gone, 0), (survivor, 0), (last, 2)] {
            let list = ListOpportunitiesRequest {
                filter: vec![format!("contacts.contact_id={id}")],
                ..Default::default()
            };
            let list = opportunities(harness).list_opportunities(caller.request(list)).await.unwrap();
            assert_eq!(list.into_inner().opportunities.len(), number);
        }
    })
    .await;
}
