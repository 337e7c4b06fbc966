//! `crm demo`: a believable company and the last year of its sales, sent through the same API that everybody uses.
//!
//! The clock of the process stands still and is moved to the time of each request, so that everything has happened when
//! it would have. Every part first looks what is there, and goes on after it.

mod bulk;
mod customers;
mod history;
mod people;
mod sales;
mod stories;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use crm_customers::demo::company;
use crm_identity::bootstrap;
use crm_kit::access::{Caller, Origin, Scope, signed_request};
use crm_kit::channel::Channel;
use crm_kit::clock::Clock;
use crm_kit::config::Settings;
use crm_protos::identity::v1::GetOrganizationRequest;
use crm_protos::identity::v1::organizations_client::OrganizationsClient;
use crm_sales::demo::year::Year;
use indicatif::{ProgressBar, ProgressStyle};
use tonic::{Request, Status};

use crate::print;
use crate::process::{Process, every_service};
use people::Company;

/// The same seed makes the same company.
const SEED: u64 = 20_260_101;
/// How long services may take to hear of one another's changes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(5);
/// How long a request to another service of this process is on the way at most, usually.
const ON_THE_WAY: Duration = Duration::from_millis(2);

/// Fills the oldest organization; repeated, it goes on where it was and doubles nothing.
pub(crate) async fn demo(mut settings: Settings, count: usize) -> Result<()> {
    // Making up a company is nobody's request.
    settings.traces.endpoint.clear();
    let _nothing = crm_kit::telemetry::init_logs(&settings, "crm")?;
    // Nobody of the company is real, so nobody gets mail.
    settings.mail.smtp_url = String::new().into();
    let clock = Clock::fixed(Clock::default().now());
    let process = Process::start_with(settings, &every_service(), clock).await?;
    let identity = process.service("identity").context("identity must run in this process")?;
    if let Some(first) = bootstrap::first_organization(&identity.context).await? {
        print(&format!("Sign in as: {}\nPassword: {}", first.email, first.password));
    }
    let Some(administrator) = bootstrap::oldest_administrator(&identity.context).await? else {
        bail!("there is no organization with an administrator");
    };
    let caller = Caller {
        organization_id: administrator.organization_id,
        user_id: administrator.user_id,
        grants: vec![("*".to_owned(), Scope::All)],
        ..Caller::default()
    };
    let sender = Sender { process: &process, administrator: caller };
    let company = sender.company().await?;
    let password =
        bootstrap::open_demo_users(&identity.context, administrator.organization_id, company.user_ids())
            .await?;
    sender.year_of_sales(&company, count).await?;
    if let Some(password) = password {
        print(&format!("The company's users sign in with the password {password}, for example:"));
        company::USERS
            .iter()
            .take(4)
            .for_each(|user| print(&format!("  {} ({}, {})", user.email, user.role, user.department)));
    }
    process.stop().await
}

/// Sends what people would have sent, in their names.
struct Sender<'a> {
    process: &'a Process,
    administrator: Caller,
}

impl Sender<'_> {
    /// Customers, and what was sold to them in the last year.
    async fn year_of_sales(&self, company: &Company, count: usize) -> Result<()> {
        let mut client = OrganizationsClient::new(self.channel("identity")?);
        let asked = client.get_organization(self.request(GetOrganizationRequest {})).await?;
        let organization = asked.into_inner();
        let now = self.process.clock.now();
        let year = Year::ending(now, organization.time_zone.parse().unwrap_or_default());
        let pipeline = self.pipeline().await?;
        self.at(year.start()).await;
        let told = bulk::told(count);
        let customers = self.customers(company, told).await?;
        self.many(company, count).await?;
        let stories = self.stories(&year, &pipeline, company, &customers, told).await?;
        let office = self.office(&year, company, &stories).await?;
        let rates = self.missing_rates(&year, &organization.currency).await?;
        let told = self.history(&year, company, &pipeline, &office, stories, rates).await?;
        self.at(now).await;
        if told > 0 {
            self.train().await?;
        }
        Ok(())
    }

    /// Moves the clock.
    async fn at(&self, time: DateTime<Utc>) {
        // Services sign what they ask one another for a minute of this clock: what is on the way arrives first.
        tokio::time::sleep(ON_THE_WAY).await;
        self.process.clock.advance(time - self.process.clock.now());
    }

    fn channel(&self, service: &str) -> Result<Channel> {
        Ok(self.process.peers.get(service)?)
    }

    /// A request of the administrator.
    fn request<M>(&self, message: M) -> Request<M> {
        self.request_of(&self.administrator, message)
    }

    /// A request of somebody, signed at the time that the clock tells.
    fn request_of<M>(&self, caller: &Caller, message: M) -> Request<M> {
        let expire_time = self.process.clock.now() + TimeDelta::minutes(10);
        let caller = Caller { expire_time, ..caller.clone() };
        signed_request(message, &caller, &self.process.keys, &Origin::default())
    }

    /// Tries again while one service has not heard of what another one was told.
    async fn patiently<T>(&self, attempt: impl AsyncFn() -> Result<T, Status>) -> Result<T> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match attempt().await {
                Ok(done) => return Ok(done),
                Err(status) if tokio::time::Instant::now() > deadline => return Err(status.into()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Waits until something has happened that a request brings about, so that it happens at its time; not for long,
    /// because it may be that it does not happen in this company.
    async fn settle(&self, has_happened: impl AsyncFn() -> Result<bool>) -> Result<()> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
        while !has_happened().await? && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// A bar that shows how many of some things are done.
fn progress(count: usize, things: &str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {things}, {{eta}} left"))?;
    Ok(ProgressBar::new(count as u64).with_style(style))
}
