//! Requests at a steady rate, unless too many of the former ones are not answered yet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::{Account, CreateAccountRequest, GetAccountRequest};
use crm_protos::sales::v1::leads_client::LeadsClient;
use crm_protos::sales::v1::{CreateLeadRequest, Lead, ListLeadsRequest};
use crm_tests::{Balancer, Target, text};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tonic::{Code, Request, Status};

use crate::outcome::{Call, Outcome, Write};

/// How often a client sends a request at most, and how long it pauses in between, if it repeats requests.
const ATTEMPTS: usize = 4;
const PAUSE: Duration = Duration::from_millis(100);
/// How many requests wait for an answer at once at most: what is drilled is not too much load for the machine.
const IN_FLIGHT: usize = 24;

/// What clients do when a request fails without an answer that says why.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// They give up.
    None,
    /// Programs that call services over gRPC send it again, as docs/api.md says: reads, and writes with the same
    /// idempotency key. Clients of the gateway give up.
    OfPrograms,
    /// All send it again.
    OfAll,
}

/// Requests that are being sent.
pub struct Load {
    stop: oneshot::Sender<()>,
    sending: JoinHandle<Outcome>,
    sent: Arc<AtomicU64>,
}

impl Load {
    /// Starts to send so many requests a second, of all kinds in turn.
    pub fn start(balancer: &Balancer, per_second: u32, patience: Patience) -> Self {
        let (stop, stopped) = oneshot::channel();
        let sent = Arc::new(AtomicU64::new(0));
        let client = Client { balancer: balancer.clone(), patience, written: Arc::default() };
        let sending = tokio::spawn(send(client, per_second, stopped, sent.clone()));
        Self { stop, sending, sent }
    }

    /// How many requests have been sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until so many more requests have been sent.
    pub async fn send_more(&self, requests: u64) {
        let target = self.sent() + requests;
        while self.sent() < target {
            sleep(PAUSE).await;
        }
    }

    /// Sends no more, waits for the last answers and tells what came of all.
    pub async fn finish(self) -> Outcome {
        let _ = self.stop.send(());
        self.sending.await.unwrap()
    }
}

async fn send(
    client: Client,
    per_second: u32,
    mut stopped: oneshot::Receiver<()>,
    sent: Arc<AtomicU64>,
) -> Outcome {
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    // A client that is late does not make up for it with a flood, which no steady rate would contain.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let started = Instant::now();
    let mut calls = JoinSet::new();
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    loop {
        let admitted = async {
            ticks.tick().await;
            room.clone().acquire_owned().await.unwrap()
        };
        let place = tokio::select! {
            place = admitted => place,
            _ = &mut stopped => break,
        };
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let client = client.clone();
        calls.spawn(async move {
            let _place = place;
            client.call(number, started).await
        });
    }
    let calls = calls.join_all().await;
    let writes = std::mem::take(&mut *client.written.lock().unwrap());
    Outcome { calls, writes }
}

#[derive(Clone)]
struct Client {
    balancer: Balancer,
    patience: Patience,
    written: Arc<Mutex<Vec<Write>>>,
}

/// Why one attempt failed.
struct Failure {
    text: String,
    /// Whether the same request may be sent again.
    repeatable: bool,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let repeatable = matches!(
            status.code(),
            Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled
        );
        Self { text: format!("{:?} {}", status.code(), status.message()), repeatable }
    }
}

/// One kind of request, to the process that the balancer has chosen.
const KINDS: [(&str, &str, bool); 8] = [
    ("rest create account", "customers", true),
    ("grpc create account", "customers", false),
    ("rest get account", "customers", true),
    ("grpc get account", "customers", false),
    ("rest create lead", "sales", true),
    ("grpc create lead", "sales", false),
    ("rest get me", "identity", true),
    ("grpc list leads", "sales", false),
];

impl Client {
    async fn call(&self, number: u64, started: Instant) -> Call {
        let (kind, service, over_rest) = KINDS[number as usize % KINDS.len()];
        let (at, began) = (started.elapsed(), Instant::now());
        let known = self.known(number);
        let mut tried = Vec::new();
        let result = loop {
            let through = if over_rest { "gateway" } else { service };
            let failure = match self.balancer.choose(through, &tried) {
                None => Failure { text: format!("no {through} is ready"), repeatable: true },
                Some(target) => {
                    tried.push(target.name.clone());
                    match self.attempt(kind, &target, number, known.as_ref()).await {
                        Ok(()) => break Ok(()),
                        Err(failure) => {
                            Failure { text: format!("{}: {}", target.name, failure.text), ..failure }
                        }
                    }
                }
            };
            let repeats = match self.patience {
                Patience::None => false,
                Patience::OfPrograms => !over_rest,
                Patience::OfAll => true,
            };
            if !repeats || !failure.repeatable || tried.len() >= ATTEMPTS {
                break Err(failure.text);
            }
            sleep(PAUSE).await;
        };
        Call { kind, service, at, took: began.elapsed(), result }
    }

    /// An account that was acknowledged before.
    fn known(&self, number: u64) -> Option<Write> {
        let written = self.written.lock().unwrap();
        let accounts: Vec<_> =
            written.iter().rev().take(64).filter(|write| write.resource == "account").collect();
        accounts.get(number as usize % accounts.len().max(1)).map(|write| (*write).clone())
    }

    async fn attempt(
        &self,
        kind: &str,
        target: &Target,
        number: u64,
        known: Option<&Write>,
    ) -> Result<(), Failure> {
        let name = format!("drill {number}");
        match kind {
            "rest create account" => {
                let answer = self.rest(target, Method::POST, "/v1/accounts", number, json!({ "name": name }));
                self.acknowledge("account", &name, &text(&answer.await?["id"]));
            }
            "grpc create account" => {
                let account = Account { name: name.clone(), ..Account::default() };
                let request = keyed(CreateAccountRequest { account: Some(account) }, number);
                let created =
                    AccountsClient::new(target.grpc.clone()).create_account(request).await?.into_inner();
                self.acknowledge("account", &name, &created.id);
            }
            "rest get account" => {
                let path = known.map_or("/v1/accounts?page_size=1".to_owned(), |known| {
                    format!("/v1/accounts/{}", known.id)
                });
                let answer = self.rest(target, Method::GET, &path, number, Value::Null).await?;
                known.map_or(Ok(()), |known| same(&text(&answer["name"]), &known.name))?;
            }
            "grpc get account" => {
                let Some(known) = known else { return Ok(()) };
                let request = GetAccountRequest { id: known.id.clone() };
                let account =
                    AccountsClient::new(target.grpc.clone()).get_account(request).await?.into_inner();
                same(&account.name, &known.name)?;
            }
            "rest create lead" => {
                let answer = self.rest(target, Method::POST, "/v1/leads", number, json!({ "name": name }));
                self.acknowledge("lead", &name, &text(&answer.await?["id"]));
            }
            "grpc create lead" => {
                let lead = Lead { name: name.clone(), ..Lead::default() };
                let request = keyed(CreateLeadRequest { lead: Some(lead), ..Default::default() }, number);
                let created = LeadsClient::new(target.grpc.clone()).create_lead(request).await?.into_inner();
                self.acknowledge("lead", &name, &created.id);
            }
            "rest get me" => {
                let answer = self.rest(target, Method::GET, "/v1/me", number, Value::Null).await?;
                same(&text(&answer["user"]["display_name"]), "Program")?;
            }
            _ => {
                let request = ListLeadsRequest { page_size: 5, ..Default::default() };
                LeadsClient::new(target.grpc.clone()).list_leads(request).await?;
            }
        }
        Ok(())
    }

    async fn rest(
        &self,
        target: &Target,
        method: Method,
        path: &str,
        number: u64,
        body: Value,
    ) -> Result<Value, Failure> {
        let mut request = target.rest.request(method.clone(), path);
        if method == Method::POST {
            request = request.header("idempotency-key", key(number)).json(&body);
        }
        let answer = target.rest.try_send(request).await;
        let answer = answer.map_err(|error| Failure { text: format!("{error:?}"), repeatable: true })?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let waits = answer.headers.get("retry-after").is_some();
        let text = format!("{} {} retry-after={waits}", answer.status, text(&answer.body["reason"]));
        Err(Failure { text, repeatable: matches!(answer.status, 503 | 504) })
    }

    fn acknowledge(&self, resource: &'static str, name: &str, id: &str) {
        let write = Write { resource, name: name.to_owned(), id: id.to_owned() };
        self.written.lock().unwrap().push(write);
    }
}

fn key(number: u64) -> String {
    format!("drill-{number}")
}

fn keyed<M>(message: M, number: u64) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key(number).parse().unwrap());
    request
}

fn same(found: &str, expected: &str) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(Failure { text: format!("answered {found:?} instead of {expected:?}"), repeatable: false })
}
