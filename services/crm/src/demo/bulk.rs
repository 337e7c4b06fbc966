//! More customers than a year can be told of: inserted many at a time, with what is sold to them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use crm_customers::demo::bulk::{Entered, Entry, Prepared, enter, prepare};
use crm_customers::demo::company::USERS;
use crm_customers::demo::customers;
use crm_kit::db::Sealer;
use crm_kit::directory::Owner;
use crm_kit::{feed, id, service};
use crm_protos::customers::v1::CountAccountsRequest;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_sales::demo::bulk::{Buyer, hold};
use crm_sales::store::{account, contact};
use tokio::sync::mpsc;

use super::people::Company;
use super::{PAUSE, SEED, Sender, progress};

/// A company with so many customers at most has a history of each.
const MOST_TOLD: usize = 2_000;
/// A larger one is for measuring; it has a history of so many, and the others are only there.
const FEW_TOLD: usize = 200;
/// How many accounts one transaction inserts.
const BATCH: usize = 4_000;
/// How long sales copies one batch after another until it lets others write.
const STRETCH: Duration = Duration::from_secs(5);

/// How many of some customers have a history.
pub(super) fn told(count: usize) -> usize {
    if count > MOST_TOLD { FEW_TOLD } else { count }
}

/// What a batch brings.
struct Batch {
    prepared: Prepared,
    facts: Vec<Fact>,
}

/// What sales must know of a customer beside its records.
struct Fact {
    number: u64,
    currency: String,
    industry: String,
}

impl Sender<'_> {
    /// The customers beyond those with a history; repeated, it goes on after those that are there.
    pub(super) async fn many(&self, company: &Company, count: usize) -> Result<()> {
        let mut client = AccountsClient::new(self.channel("customers")?);
        let counted = client.count_accounts(self.request(CountAccountsRequest::default())).await?;
        let there = usize::try_from(counted.into_inner().count)?.max(told(count));
        if there >= count {
            return Ok(());
        }
        let context =
            |name: &str| Ok(&self.process.service(name).context("every service runs here")?.context);
        let (of_customers, of_sales): (&service::Context, _) = match (context("customers"), context("sales"))
        {
            (Ok(customers), Ok(sales)) => (customers, sales),
            (Err(error), _) | (_, Err(error)) => return Err::<_, anyhow::Error>(error),
        };
        while feed::is_behind(&of_sales.db, crm_sales::demo::bulk::FEED, &of_customers.db).await? {
            tokio::time::sleep(PAUSE).await;
        }
        let organization = self.administrator.organization_id;
        let sealer = of_customers.db.sealer(organization).await?;
        let (sender, mut batches) = mpsc::channel(2);
        let (maker, owners) = (of_customers.clone(), owners(company)?);
        let making =
            tokio::task::spawn_blocking(move || make(&maker, &sealer, &owners, there..count, &sender));
        let progress = progress(count - there, "more accounts")?;
        while let Some(first) = batches.recv().await {
            let access = of_sales.db.system(organization);
            let work = of_sales.db.transact_as(&access, async |tx| {
                hold(tx).await?;
                // Customers has its own database and transactions, committed before this one: if this one fails, the feed
                // brings what it would have copied.
                let enter = async |batch: Batch| {
                    let access = of_customers.db.system(organization);
                    let entered = enter(of_customers, &access, batch.prepared).await?;
                    progress.inc(entered.accounts.models.len() as u64);
                    self.process.clock.advance(TimeDelta::seconds(1));
                    Ok::<_, crm_kit::Error>((entered, batch.facts))
                };
                let sell = async |(entered, facts): (Entered, Vec<Fact>)| {
                    let positions = (entered.accounts.before, entered.contacts.last);
                    let buyers = buyers(entered, facts);
                    crm_sales::demo::bulk::insert(tx, of_sales, SEED, buyers, positions).await
                };
                let begun = Instant::now();
                let mut entered = enter(first).await?;
                while begun.elapsed() < STRETCH
                    && let Some(next) = batches.recv().await
                {
                    (_, entered) = tokio::try_join!(sell(entered), enter(next))?;
                }
                sell(entered).await
            });
            work.await?;
        }
        making.await??;
        progress.finish();
        Ok(())
    }
}

/// The owners of customers by their addresses.
fn owners(company: &Company) -> Result<HashMap<&'static str, Owner>> {
    let owner = |person: &'static crm_customers::demo::company::User| {
        let department = Some(id::parse(company.department(person.department)?)?);
        Ok((person.email, Owner { id: id::parse(company.user(person)?)?, department }))
    };
    USERS.iter().map(owner).collect()
}

/// Makes customers ahead of those who insert them.
fn make(
    context: &service::Context,
    sealer: &Sealer,
    owners: &HashMap<&'static str, Owner>,
    numbers: std::ops::Range<usize>,
    batches: &mpsc::Sender<Batch>,
) -> Result<()> {
    let mut wanted = customers(SEED).enumerate().skip(numbers.start).take(numbers.len()).peekable();
    while wanted.peek().is_some() {
        let (mut entries, mut facts) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        for (number, mut customer) in wanted.by_ref().take(BATCH) {
            // Three contacts for two accounts.
            customer.contacts.truncate(1 + number % 2);
            let (currency, industry) = (customer.account.currency.clone(), customer.account.industry.clone());
            facts.push(Fact { number: number as u64, currency, industry });
            let owner = *owners.get(customer.owner.email).context("everybody is hired")?;
            entries.push(Entry { account: customer.account, contacts: customer.contacts, owner });
        }
        let batch = Batch { prepared: prepare(context, sealer, entries)?, facts };
        // Whoever inserts them has failed and says why.
        if batches.blocking_send(batch).is_err() {
            break;
        }
    }
    Ok(())
}

/// What sales knows of customers who were entered.
fn buyers(entered: Entered, facts: Vec<Fact>) -> Vec<Buyer> {
    let mut people: HashMap<String, Vec<contact::Model>> = HashMap::new();
    for model in entered.contacts.models {
        let account = model.accounts.0.first().map(|part| part.account_id.clone()).unwrap_or_default();
        people.entry(account).or_default().push(contact::Model {
            id: model.id,
            organization_id: model.organization_id,
            owner_id: model.owner_id,
            department_id: model.department_id,
            delete_time: None,
            name: model.full_name,
        });
    }
    let mut buyer = |(model, fact): (crm_customers::store::account::Model, Fact)| Buyer {
        contacts: people.remove(&model.id.to_string()).unwrap_or_default(),
        account: account::Model {
            id: model.id,
            organization_id: model.organization_id,
            owner_id: model.owner_id,
            department_id: model.department_id,
            delete_time: None,
            name: model.name,
        },
        number: fact.number,
        currency: fact.currency,
        industry: fact.industry,
    };
    entered.accounts.models.into_iter().zip(facts).map(&mut buyer).collect()
}
