//! The records of the neighbour and the feed of their changes, in which they look as those of the real identity do.

use std::collections::HashMap;
use std::sync::Mutex;

use crm_protos::feed::v1::feed_server::Feed;
use crm_protos::feed::v1::{Change, PullRequest, PullResponse};
use serde_json::{Map, Value as Json};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{FakeIdentity, plain};
use crate::clock::Clock;
use crate::convert::{structure, timestamp};

/// The records as they are and the changes that made them so.
pub(super) struct Records {
    clock: Clock,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    fields: HashMap<(&'static str, Uuid), Map<String, Json>>,
    changes: Vec<Change>,
}

impl Records {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// Creates a record or updates it. The change holds only the fields that changed, and none that is null.
    pub(super) fn put(&self, organization: Uuid, resource: &'static str, id: Uuid, fields: Json) {
        let Json::Object(mut fields) = fields else { return };
        fields.retain(|_, value| !value.is_null());
        let mut state = self.state.lock().expect("records");
        let known = state.fields.insert((resource, id), fields.clone());
        let verb = if known.is_some() { "updated" } else { "created" };
        let before = known.unwrap_or_default();
        let different = |these: &Map<String, Json>, those: &Map<String, Json>| -> Map<String, Json> {
            let fields = these.iter().filter(|(name, value)| those.get(*name) != Some(value));
            fields.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let (before, after) = (different(&before, &fields), different(&fields, &before));
        if !before.is_empty() || !after.is_empty() {
            self.publish(&mut state, organization, (resource, id), verb, (before, after));
        }
    }

    /// Gives one field of a record another value.
    pub(super) fn set(&self, organization: Uuid, resource: &'static str, id: Uuid, field: &str, value: Json) {
        let known = self.state.lock().expect("records").fields.get(&(resource, id)).cloned();
        let mut fields = known.unwrap_or_default();
        fields.insert(field.to_owned(), value);
        self.put(organization, resource, id, Json::Object(fields));
    }

    /// Removes a record.
    pub(super) fn remove(&self, organization: Uuid, resource: &'static str, id: Uuid) {
        let mut state = self.state.lock().expect("records");
        if let Some(before) = state.fields.remove(&(resource, id)) {
            self.publish(&mut state, organization, (resource, id), "deleted", (before, Map::new()));
        }
    }

    fn publish(
        &self,
        state: &mut State,
        organization: Uuid,
        (resource, id): (&str, Uuid),
        verb: &str,
        (before, after): (Map<String, Json>, Map<String, Json>),
    ) {
        let position = i64::try_from(state.changes.len() + 1).expect("few changes");
        state.changes.push(Change {
            id: crate::id::new().to_string(),
            position,
            organization_id: organization.to_string(),
            resource: resource.to_owned(),
            record_id: id.to_string(),
            verb: verb.to_owned(),
            before: Some(structure(&Json::Object(before))),
            after: Some(structure(&Json::Object(after))),
            create_time: Some(timestamp(self.clock.now())),
            ..Change::default()
        });
        self.changed.send_modify(|count| *count += 1);
    }

    /// The changes that are asked for, if there are any.
    fn pull(&self, request: &PullRequest) -> Option<PullResponse> {
        let state = self.state.lock().expect("records");
        let wanted = |change: &&Change| {
            let resources = &request.resources;
            change.position > request.after && (resources.is_empty() || resources.contains(&change.resource))
        };
        let changes: Vec<Change> = state.changes.iter().filter(wanted).cloned().collect();
        let position = state.changes.last()?.position;
        (!changes.is_empty()).then_some(PullResponse { changes, position })
    }
}

#[async_trait::async_trait]
impl Feed for FakeIdentity {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        let mut changed = self.0.records.changed.subscribe();
        loop {
            if let Some(answer) = self.0.records.pull(request.get_ref()) {
                return Ok(plain(answer));
            }
            changed.changed().await.map_err(|_| Status::unavailable("the test is over"))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::convert::json as json_of;
    use crate::testing::start_time;

    fn pull(records: &Records, after: i64, resource: &str) -> Vec<(i64, String, Json, Json)> {
        let resources = if resource.is_empty() { vec![] } else { vec![resource.to_owned()] };
        let answer = records.pull(&PullRequest { after, resources, ..PullRequest::default() });
        let changes = answer.map(|answer| answer.changes).unwrap_or_default();
        let fields = |fields: Option<prost_types::Struct>| json_of(&fields.unwrap());
        changes.into_iter().map(|c| (c.position, c.verb, fields(c.before), fields(c.after))).collect()
    }

    #[test]
    fn changes_hold_what_changed_and_readers_get_the_resources_that_they_ask_for() {
        let records = Records::new(Clock::fixed(start_time()));
        let id = Uuid::from_u128(1);
        records.put(id, "identity.organization", id, json!({ "currency": "CNY" }));
        records.put(id, "identity.department", id, json!({ "name": "North", "parent_id": id }));
        records.put(id, "identity.department", id, json!({ "name": "North", "parent_id": null }));
        records.put(id, "identity.department", id, json!({ "name": "North" }));
        records.remove(id, "identity.department", id);
        let parent = json!({ "parent_id": id.to_string() });
        let department = [
            (2, "created".to_owned(), json!({}), json!({ "name": "North", "parent_id": id.to_string() })),
            (3, "updated".to_owned(), parent, json!({})),
            (4, "deleted".to_owned(), json!({ "name": "North" }), json!({})),
        ];
        assert_eq!(pull(&records, 0, "identity.department"), department);
        assert_eq!(pull(&records, 2, "identity.department"), department[1..]);
        assert_eq!(pull(&records, 0, "").len(), 4);
        assert!(pull(&records, 1, "identity.organization").is_empty());
    }
}
