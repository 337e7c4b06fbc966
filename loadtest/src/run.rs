//! A run from the first database to the report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use crm_protos::customers::v1::GetAccountRequest;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};

use crate::capacity;
use crate::counters::{self, Memory, Work};
use crate::data::Data;
use crate::drive::closed_with;
use crate::floor::Floors;
use crate::growth::Growth;
use crate::http::{Http, encode};
use crate::operation::{ALL, Operation, READS, good};
use crate::report::{Measured, Series, Setup};
use crate::rounds::{Plan, Subject};
use crate::scenario::{Shift, choose, person, work};
use crate::seed::{Checkout, checkout};
use crate::servers::{Durability, Servers};
use crate::suite::{Database, Suite, migrate};
use crate::worker::{Place, sign_in};

/// How many connections of HTTP/2 the workers share, as several clients would have.
const CHANNELS: usize = 4;
/// How many starts are timed.
const STARTS: usize = 5;
/// The part of saturation at which people work.
const LOAD: f64 = 0.7;
/// How long a suite is left alone before its idle memory is read.
const SETTLING: Duration = Duration::from_secs(3);
/// How many entries a deep page has before it: those of 999 pages of 10.
const DEEP: usize = 999;

/// What a run is asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where databases are kept and reports are written.
    pub root: PathBuf,
    /// How things are measured.
    pub plan: Plan,
    /// Which operations; all if none is named.
    pub only: Vec<String>,
    /// How many users with keys a new database gets.
    pub users: usize,
    /// How long people think, on average.
    pub think: Duration,
    /// How long people work.
    pub shift: Duration,
    /// How long each number of people is tried.
    pub trial: Duration,
    /// Whether operations are measured alone.
    pub operations: bool,
    /// Whether people work.
    pub mixed: bool,
    /// Whether the most people are looked for.
    pub capacity: bool,
}

/// A suite that runs on a database that may be changed.
struct Stage {
    suite: Suite,
    servers: Option<Servers>,
    place: Place,
    data: Arc<Data>,
    starts: Vec<f64>,
    idle: BTreeMap<String, Memory>,
    // Removed last.
    checkout: Checkout,
}

impl Stage {
    async fn open(wish: &Wish, setup: &Setup, starts: usize) -> Result<Self> {
        let checkout = checkout(&wish.root, setup, wish.users).await?;
        let servers = match setup.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Servers::start(&checkout.directory, Durability::Synced)?),
        };
        if servers.is_some() {
            // Data that is kept may be of a former version.
            migrate(&checkout.directory, servers.as_ref())?;
        }
        let mut times = Vec::new();
        let suite = loop {
            let suite = Suite::start(setup.topology, &checkout.directory, servers.as_ref()).await?;
            times.push(suite.start.as_secs_f64() * 1000.0);
            if times.len() >= starts {
                break suite;
            }
            suite.stop().await?;
        };
        // What a start left undone is done.
        tokio::time::sleep(SETTLING).await;
        let idle = counters::memory(&suite);
        let grpc = (0..CHANNELS).map(|_| suite.grpc("customers")).collect::<Result<_>>()?;
        let data = Arc::new(checkout.data.clone());
        let mut place = Place { gateway: suite.gateway()?, grpc, deep_page: Arc::from("") };
        place.deep_page = deep_page(&place, &data).await?;
        Ok(Self { suite, servers, place, data, starts: times, idle, checkout })
    }

    fn subject(&self) -> Subject<'_> {
        Subject { suite: &self.suite, servers: self.servers.as_ref(), place: &self.place, data: &self.data }
    }

    async fn floors(&self, wish: &Wish, setup: &Setup) -> Result<Floors> {
        let user = self.data.users_of("Administrator").next().context("nobody is administrator")?;
        let id = &self.data.account_sample.first().context("there are no accounts")?.id;
        let mut http = Http::new(self.place.gateway).with_key(&user.key)?;
        let json = good(http.send(Method::GET, &format!("/v1/accounts/{id}"), None).await?)?.body;
        let mut request = tonic::Request::new(GetAccountRequest { id: id.clone() });
        request.metadata_mut().insert("authorization", format!("Bearer {}", user.key).parse()?);
        let channel = self.place.grpc.first().cloned().context("gRPC is reached")?;
        let account = AccountsClient::new(channel).get_account(request).await?.into_inner();
        let (servers, directory) = (self.servers.as_ref(), absolute(&wish.root)?);
        let certificates = self.suite.certificates();
        Floors::start(&json, &account, servers, setup.accounts, &directory, CHANNELS, certificates).await
    }

    async fn close(self) -> Result<()> {
        self.suite.stop().await?;
        if let Some(servers) = self.servers {
            servers.stop();
        }
        drop(self.checkout);
        Ok(())
    }
}

/// The token of a page deep in the list of accounts; the last page if there are fewer.
async fn deep_page(place: &Place, data: &Data) -> Result<Arc<str>> {
    let user = data.users_of("Administrator").next().context("nobody is administrator")?;
    let mut http = Http::new(place.gateway).with_key(&user.key)?;
    let mut token = String::new();
    for _ in 0..DEEP {
        let path = format!("/v1/accounts?page_size=10&page_token={}", encode(&token));
        let page = good(http.send(Method::GET, &path, None).await?)?.json()?;
        match page["next_page_token"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => break,
        }
    }
    Ok(Arc::from(token))
}

/// Measures one setup.
pub async fn measure(wish: &Wish, setup: &Setup) -> Result<Measured> {
    let stage = Stage::open(wish, setup, if wish.operations { STARTS } else { 1 }).await?;
    let subject = stage.subject();
    if let Some(servers) = &stage.servers {
        counters::forget_statements(servers)?;
    }
    let progress = bar(&setup.name())?;
    let [mut floors, mut operations] = [Vec::new(), Vec::new()];
    if wish.operations {
        let bare = stage.floors(wish, setup).await?;
        let chosen = chosen(wish, &ALL);
        progress.set_length((wish.plan.rounds * (chosen.len() + 7)) as u64);
        [floors, operations] = subject.measure(Some(&bare), &chosen, wish.plan, &progress).await?;
    }
    let mut mixed = None;
    let mut capacity = None;
    if wish.mixed || wish.capacity {
        progress.set_message(format!("{} people sign in", stage.data.users.len()));
        let sessions = sign_in(&stage.place, &stage.data).await?;
        // All of them take turns: whose records were just read is served faster than others.
        let workers =
            (0..stage.data.users.len()).map(|number| person(&stage.place, &stage.data, &sessions, number));
        let workers = workers.collect::<Result<Vec<_>>>()?;
        progress.set_message("people at work, as fast as they are answered");
        let (at_once, time) = (wish.plan.connections, wish.shift.min(Duration::from_secs(20)));
        let (workers, _) = closed_with(workers, at_once, time / 2, choose).await;
        let (_, fast) = closed_with(workers, at_once, time, choose).await;
        let saturation = fast.throughput();
        let shift = Shift { people: 0, think: wish.think, warm_up: Duration::from_secs(5), time: wish.shift };
        if wish.mixed {
            let people = (saturation * LOAD * wish.think.as_secs_f64()).round().max(1.0) as usize;
            progress.set_message(format!("{people} people at work"));
            let before = Work::read(&stage.suite, stage.servers.as_ref()).await?;
            let mut found = work(&stage.place, &stage.data, &sessions, Shift { people, ..shift }).await?;
            found.saturation = saturation;
            let requests = found.counts.values().sum();
            found.share = Work::read(&stage.suite, stage.servers.as_ref()).await?.since(&before, requests);
            mixed = Some(found);
        }
        if wish.capacity {
            let begin = (saturation * LOAD * wish.think.as_secs_f64()) as usize;
            let shift = Shift { time: wish.trial, ..shift };
            capacity =
                Some(capacity::find(&stage.place, &stage.data, &sessions, begin, shift, &progress).await?);
        }
    }
    progress.finish_and_clear();
    let (mut counters, mut statements) = (BTreeMap::new(), Vec::new());
    if let Some(servers) = &stage.servers {
        counters = counters::servers(servers)?;
        statements = counters::statements(servers)?;
    }
    let measured = Measured {
        setup: *setup,
        counts: stage.data.counts.clone(),
        seed_seconds: stage.data.seconds,
        connections: wish.plan.connections,
        starts: stage.starts.clone(),
        idle: stage.idle.clone(),
        memory: counters::memory(&stage.suite),
        floors,
        operations,
        mixed,
        capacity,
        counters,
        statements,
    };
    stage.close().await?;
    Ok(measured)
}

/// Measures what reads cost on databases of several sizes.
pub async fn grow(wish: &Wish, setups: &[Setup]) -> Result<Growth> {
    let mut growth = Growth { setups: setups.to_vec(), series: Vec::new() };
    for setup in setups {
        let stage = Stage::open(wish, setup, 1).await?;
        let progress = bar(&format!("growth: {}", setup.name()))?;
        let chosen = chosen(wish, &READS);
        progress.set_length((wish.plan.rounds * chosen.len()) as u64);
        let subject = stage.subject();
        subject.warm_up(&chosen, wish.plan, &progress).await?;
        let [_, series]: [Vec<Series>; 2] = subject.measure(None, &chosen, wish.plan, &progress).await?;
        growth.series.push(series);
        progress.finish_and_clear();
        stage.close().await?;
    }
    Ok(growth)
}

fn chosen(wish: &Wish, all: &[Operation]) -> Vec<Operation> {
    let is_wanted = |operation: &&Operation| {
        wish.only.is_empty() || wish.only.iter().any(|name| *name == operation.name())
    };
    all.iter().filter(is_wanted).copied().collect()
}

fn bar(name: &str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {elapsed} {msg}")?;
    let bar = ProgressBar::new(0).with_style(style).with_prefix(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(500));
    Ok(bar)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(path)?)
}
