//! A neighbour that plays customers: accounts and contacts within the reach of whoever asks, idempotency keys, the feed
//! of what changes; and everything that can go wrong on the way there and back.

mod records;
mod services;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crm_kit::access::{CALLER_METADATA, Caller, Scope};
use crm_kit::channel::Channel;
use crm_kit::clock::Clock;
use crm_kit::crypto::ClusterKeys;
use crm_kit::testing::Harness;
use crm_protos::customers::v1::accounts_server::AccountsServer;
use crm_protos::customers::v1::contacts_server::ContactsServer;
use crm_protos::customers::v1::{Account, Contact};
use crm_protos::feed::v1::feed_server::{Feed, FeedServer};
use crm_protos::feed::v1::{Change, PullRequest, PullResponse};
use prost::Message;
use tokio::sync::{Semaphore, watch};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// The scripted customers service.
#[derive(Clone)]
pub(crate) struct FakeCustomers(Arc<Inner>);

struct Inner {
    keys: ClusterKeys,
    clock: Clock,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    accounts: Vec<(Uuid, Account)>,
    contacts: Vec<(Uuid, Contact)>,
    /// The requests and answers under the keys of organizations and users.
    keys: HashMap<(Uuid, Uuid, String), Kept>,
    changes: Vec<Change>,
    calls: Vec<String>,
    down: bool,
    faults: Vec<(String, Fault)>,
}

/// A request and its answer, encoded.
type Kept = (Vec<u8>, Vec<u8>);

/// What goes wrong with the next call of a method.
#[derive(Clone)]
enum Fault {
    /// It is refused.
    Refused(Status),
    /// It is done, but nobody hears of it.
    AnswerLost,
    /// It is done, but the answer waits.
    Held(Gate),
}

/// Where an answer waits.
#[derive(Clone)]
pub(crate) struct Gate {
    reached: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Gate {
    /// Waits until the call is done and its answer waits.
    pub(crate) async fn reached(&self) {
        self.reached.acquire().await.unwrap().forget();
    }

    /// Lets the answer go.
    pub(crate) fn open(&self) {
        self.opened.add_permits(1);
    }
}

impl FakeCustomers {
    /// Becomes the neighbour of the service under test.
    pub(crate) fn join(harness: &Harness) -> Self {
        let (keys, clock) = (harness.context.keys.clone(), harness.context.clock.clone());
        let (state, changed) = (Mutex::default(), watch::Sender::new(0));
        let customers = Self(Arc::new(Inner { keys, clock, state, changed }));
        let routes = tonic::service::Routes::new(AccountsServer::new(customers.clone()))
            .add_service(ContactsServer::new(customers.clone()))
            .add_service(FeedServer::new(customers.clone()));
        harness.add_neighbour("customers", Channel::local(routes.prepare()));
        customers
    }

    /// Answers no call until it is told otherwise; the feed goes on.
    pub(crate) fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Refuses the next call of a method, for example `create_account`.
    pub(crate) fn refuse(&self, method: &str, status: Status) {
        self.state().faults.push((method.to_owned(), Fault::Refused(status)));
    }

    /// Does the next call of a method and loses the answer.
    pub(crate) fn lose_answer(&self, method: &str) {
        self.state().faults.push((method.to_owned(), Fault::AnswerLost));
    }

    /// Does the next call of a method and keeps the answer back.
    pub(crate) fn hold_answer(&self, method: &str) -> Gate {
        let gate = Gate { reached: Arc::new(Semaphore::new(0)), opened: Arc::new(Semaphore::new(0)) };
        self.state().faults.push((method.to_owned(), Fault::Held(gate.clone())));
        gate
    }

    /// Forgets every idempotency key, as customers does after a day.
    pub(crate) fn forget_keys(&self) {
        self.state().keys.clear();
    }

    /// The methods that were called, in their order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// The accounts of an organization, deleted ones too.
    pub(crate) fn accounts(&self, organization: Uuid) -> Vec<Account> {
        of(&self.state().accounts, organization)
    }

    /// The contacts of an organization, deleted ones too.
    pub(crate) fn contacts(&self, organization: Uuid) -> Vec<Contact> {
        of(&self.state().contacts, organization)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }

    /// Does a call in the name of its caller, unless something goes wrong; once for each idempotency key.
    async fn answer<Q: Message, A: Message + Default>(
        &self,
        method: &str,
        permission: &str,
        request: Request<Q>,
        work: impl FnOnce(&mut State, &Asker, Q) -> Result<A, Status>,
    ) -> Result<Response<A>, Status> {
        let (metadata, _, message) = request.into_parts();
        let asker = self.asker(&metadata, permission)?;
        let (answer, fault) = {
            let mut state = self.state();
            state.calls.push(method.to_owned());
            if state.down {
                return Err(Status::unavailable("customers is down"));
            }
            let fault = state.faults.iter().position(|(faulty, _)| faulty == method);
            let fault = fault.map(|place| state.faults.remove(place).1);
            if let Some(Fault::Refused(status)) = fault {
                return Err(status);
            }
            (once(&mut state, &asker, &metadata, message, work)?, fault)
        };
        self.0.changed.send_modify(|count| *count += 1);
        match fault {
            Some(Fault::AnswerLost) => return Err(Status::unavailable("the answer is lost")),
            Some(Fault::Held(gate)) => {
                gate.reached.add_permits(1);
                gate.opened.acquire().await.unwrap().forget();
            }
            _ => {}
        }
        Ok(plain(answer))
    }

    /// Who calls, if that caller may.
    fn asker(&self, metadata: &MetadataMap, permission: &str) -> Result<Asker, Status> {
        let signed = metadata.get_bin(CALLER_METADATA).and_then(|value| value.to_bytes().ok());
        let caller = signed.and_then(|signed| Caller::verify(&signed, &self.0.keys, self.0.clock.now()));
        let caller = caller.ok_or_else(|| Status::unauthenticated("nobody calls"))?;
        let scope =
            caller.scope(permission).ok_or_else(|| Status::permission_denied(permission.to_owned()))?;
        Ok(Asker { caller, scope, now: self.0.clock.now() })
    }
}

/// Who calls, when, and how far the call reaches.
struct Asker {
    caller: Caller,
    scope: Scope,
    now: chrono::DateTime<chrono::Utc>,
}

impl Asker {
    fn reaches(&self, organization: Uuid, owner: &str, department: &str) -> bool {
        let mine = owner == self.caller.user_id.to_string();
        let among = |ids: &[Uuid]| ids.iter().any(|id| id.to_string() == department);
        organization == self.caller.organization_id
            && match self.scope {
                Scope::All => true,
                Scope::Subtree => mine || among(&self.caller.department_ids),
                Scope::Department => mine || among(self.caller.department_id.as_slice()),
                _ => mine,
            }
    }
}

fn once<Q: Message, A: Message + Default>(
    state: &mut State,
    asker: &Asker,
    metadata: &MetadataMap,
    message: Q,
    work: impl FnOnce(&mut State, &Asker, Q) -> Result<A, Status>,
) -> Result<A, Status> {
    let Some(key) = metadata.get("idempotency-key") else { return work(state, asker, message) };
    let (organization, user) = (asker.caller.organization_id, asker.caller.user_id);
    let key = (organization, user, key.to_str().unwrap().to_owned());
    let words = message.encode_to_vec();
    if let Some((known, answer)) = state.keys.get(&key) {
        assert_eq!(known, &words, "another request under the same key");
        return Ok(A::decode(answer.as_slice()).unwrap());
    }
    let answer = work(state, asker, message)?;
    state.keys.insert(key, (words, answer.encode_to_vec()));
    Ok(answer)
}

fn of<R: Clone>(records: &[(Uuid, R)], organization: Uuid) -> Vec<R> {
    let mine = records.iter().filter(|(tenant, _)| *tenant == organization);
    mine.map(|(_, record)| record.clone()).collect()
}

#[async_trait::async_trait]
impl Feed for FakeCustomers {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullResponse>, Status> {
        let mut changed = self.0.changed.subscribe();
        loop {
            let changes = self.state().changes.clone();
            let after = usize::try_from(request.get_ref().after).unwrap();
            if changes.len() > after {
                let position = i64::try_from(changes.len()).unwrap();
                return Ok(plain(PullResponse { changes: changes[after..].to_vec(), position }));
            }
            changed.changed().await.map_err(|_| Status::unavailable("the test is over"))?;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a neighbour that is not built on kit")]
fn plain<M>(message: M) -> Response<M> {
    Response::new(message)
}
