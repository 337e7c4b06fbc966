//! More customers than a year can be told of: inserted many at a time, with what is sold to them.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use crm_customers::demo::bulk::{Entry, insert};
use crm_customers::demo::customers;
use crm_kit::directory::Owner;
use crm_kit::{feed, id};
use crm_protos::customers::v1::CountAccountsRequest;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_sales::demo::bulk::{Buyer, hold};
use crm_sales::store::{account, contact};

use super::people::Company;
use super::{PAUSE, SEED, Sender, progress};

/// A company with so many customers at most has a history of each.
const MOST_TOLD: usize = 2_000;
/// A larger one is for measuring; it has a history of so many, and the others are only there.
const FEW_TOLD: usize = 200;
/// How many accounts one transaction inserts.
const BATCH: usize = 500;

/// How many of some customers have a history.
pub(super) fn told(count: usize) -> usize {
    if count > MOST_TOLD { FEW_TOLD } else { count }
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
        let (of_customers, of_sales): (&crm_kit::service::Context, _) =
            match (context("customers"), context("sales")) {
                (Ok(customers), Ok(sales)) => (customers, sales),
                (Err(error), _) | (_, Err(error)) => return Err::<_, anyhow::Error>(error),
            };
        while feed::is_behind(&of_sales.db, crm_sales::demo::bulk::FEED, &of_customers.db).await? {
            tokio::time::sleep(PAUSE).await;
        }
        let organization = self.administrator.organization_id;
        let progress = progress(count - there, "more accounts")?;
        let mut wanted = customers(SEED).enumerate().skip(there).take(count - there).peekable();
        while wanted.peek().is_some() {
            let (mut entries, mut facts) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
            for (number, mut customer) in wanted.by_ref().take(BATCH) {
                // Three contacts for two accounts.
                customer.contacts.truncate(1 + number % 2);
                facts.push((
                    number as u64,
                    customer.account.currency.clone(),
                    customer.account.industry.clone(),
                ));
                let owner = Owner {
                    id: id::parse(company.user(customer.owner)?)?,
                    department: Some(id::parse(company.department(customer.owner.department)?)?),
                };
                entries.push(Entry { account: customer.account, contacts: customer.contacts, owner });
            }
            let done = entries.len();
            let access = of_sales.db.system(organization);
            let work = of_sales.db.transact_as(&access, async |tx| {
                hold(tx).await?;
                // Its own database and transaction, committed before this one: if this one fails, the feed brings what
                // it would have copied.
                let entered = insert(of_customers, &of_customers.db.system(organization), entries).await?;
                let positions = (entered.accounts.before, entered.contacts.last);
                let mut people: HashMap<String, Vec<contact::Model>> = HashMap::new();
                for model in entered.contacts.models {
                    let part =
                        model.accounts.0.first().map(|part| part.account_id.clone()).unwrap_or_default();
                    people.entry(part).or_default().push(contact::Model {
                        id: model.id,
                        organization_id: organization,
                        owner_id: model.owner_id,
                        department_id: model.department_id,
                        delete_time: None,
                        name: model.full_name,
                    });
                }
                let buyers = entered.accounts.models.into_iter().zip(facts).map(
                    |(model, (number, currency, industry))| Buyer {
                        contacts: people.remove(&model.id.to_string()).unwrap_or_default(),
                        account: account::Model {
                            id: model.id,
                            organization_id: organization,
                            owner_id: model.owner_id,
                            department_id: model.department_id,
                            delete_time: None,
                            name: model.name,
                        },
                        number,
                        currency,
                        industry,
                    },
                );
                crm_sales::demo::bulk::insert(tx, of_sales, SEED, buyers.collect(), positions).await
            });
            work.await?;
            progress.inc(done as u64);
            self.process.clock.advance(TimeDelta::seconds(1));
        }
        progress.finish();
        Ok(())
    }
}
