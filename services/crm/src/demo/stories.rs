//! Which leads and opportunities are still to be told of.

use std::collections::HashSet;

use anyhow::Result;
use crm_customers::demo::company::{USERS, User as Person};
use crm_customers::demo::{Customer, customers};
use crm_kit::access::Caller;
use crm_protos::customers::v1::{AccountType, Contact};
use crm_protos::sales::v1::leads_client::LeadsClient;
use crm_protos::sales::v1::opportunities_client::OpportunitiesClient;
use crm_protos::sales::v1::{
    ContactRole, Lead, ListLeadsRequest, ListOpportunitiesRequest, Pipeline, StageType,
};
use crm_sales::demo::deals::{accounts, deal, tell_apart};
use crm_sales::demo::leads::{Prospect, lead};
use crm_sales::demo::targets::Usual;
use crm_sales::demo::year::Year;
use crm_sales::demo::{Action, Buyer, Story};

use super::customers::Entered;
use super::people::Company;
use super::{SEED, Sender};

/// Leads are about other companies than the customers.
const PROSPECTS: u64 = SEED + 1;
/// So many customers are looked at for who sells where.
const SOME: usize = 300;

/// A story and how far it is told.
pub(super) struct Thread {
    pub(super) story: Story,
    /// Who acts.
    pub(super) caller: Caller,
    pub(super) account_id: String,
    pub(super) contact_ids: Vec<String>,
    pub(super) lead_id: String,
    pub(super) opportunity_id: String,
    /// True while the lead waits in a queue.
    pub(super) waits: bool,
}

/// What is to be told.
pub(super) struct Stories {
    pub(super) threads: Vec<Thread>,
    /// What everybody wins, also in the stories that are told already.
    pub(super) usual: Usual,
}

/// Who sells, in the order of their numbers: those who are responsible for customers.
pub(super) fn sellers() -> Vec<&'static Person> {
    let owners: HashSet<&str> = customers(SEED).take(SOME).map(|customer| customer.owner.email).collect();
    USERS.iter().filter(|user| owners.contains(user.email)).collect()
}

/// The states or, abroad, the countries whose customers a department sells to.
pub(super) fn territories(department: &str) -> Vec<String> {
    let of_it = customers(SEED).take(SOME).filter(|customer| customer.owner.department == department);
    let addresses = of_it.filter_map(|customer| customer.account.billing_address);
    let places = addresses.map(|place| if place.country == "CN" { place.state } else { place.country });
    let mut places: Vec<String> = places.collect();
    places.sort();
    places.dedup();
    places
}

impl Sender<'_> {
    /// The opportunities of customers, about half as many as those, and leads, half as many again.
    pub(super) async fn stories(
        &self,
        year: &Year,
        pipeline: &Pipeline,
        company: &Company,
        entered: &[Entered],
        count: usize,
    ) -> Result<Stories> {
        let sellers = sellers();
        let stages = pipeline.stages.iter().filter(|stage| is_usable(stage)).count();
        let mut deals = Vec::new();
        for index in 0..(count * 7 / 16) as u64 {
            let of = |account: u64| entered.get(usize::try_from(account).ok()?).map(|one| (account, one));
            let tried: Vec<(u64, &Entered)> = accounts(SEED, index).filter_map(of).collect();
            let buys = tried.iter().find(|(_, one)| buys(&one.customer)).or(tried.first());
            let Some((account, one)) = buys.copied() else { continue };
            let story = deal(SEED, index, year, stages, &buyer(&one.customer, &sellers));
            deals.push((account, one, story));
        }
        tell_apart(deals.iter_mut().map(|(account, _, story)| (*account, story)));
        let mut leads = Vec::new();
        for (index, customer) in (0..).zip(customers(PROSPECTS).take(count / 4)) {
            let prospect = prospect(&customer, &sellers);
            leads.push((lead_key(&prospect.lead), lead(SEED, index, year, stages, &prospect)));
        }
        let usual = Usual::of(
            sellers.len(),
            deals.iter().map(|(.., story)| story).chain(leads.iter().map(|(_, story)| story)),
        );
        let known = self.known_opportunities().await?;
        deals.retain(|(_, one, story)| !known.contains(&(one.account_id.clone(), name(story).to_owned())));
        let mut known = self.known_leads().await?;
        leads.retain(|(key, _)| known.insert(key.clone()));
        let mut threads = Vec::new();
        let deals =
            deals.into_iter().map(|(_, one, story)| (story, one.account_id.clone(), one.contact_ids.clone()));
        let leads = leads.into_iter().map(|(_, story)| (story, String::new(), Vec::new()));
        for (story, account_id, contact_ids) in deals.chain(leads) {
            let caller = self.caller(company, sellers[story.seller])?;
            let (lead_id, opportunity_id) = Default::default();
            let waits = false;
            threads.push(Thread { story, caller, account_id, contact_ids, lead_id, opportunity_id, waits });
        }
        Ok(Stories { threads, usual })
    }

    async fn known_opportunities(&self) -> Result<HashSet<(String, String)>> {
        let mut client = OpportunitiesClient::new(self.channel("sales")?);
        let (mut known, mut page_token) = (HashSet::new(), String::new());
        loop {
            let list = ListOpportunitiesRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_opportunities(self.request(list)).await?.into_inner();
            known.extend(page.opportunities.into_iter().map(|one| (one.account_id, one.name)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }

    async fn known_leads(&self) -> Result<HashSet<(String, String)>> {
        let mut client = LeadsClient::new(self.channel("sales")?);
        let (mut known, mut page_token) = (HashSet::new(), String::new());
        loop {
            let list = ListLeadsRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_leads(self.request(list)).await?.into_inner();
            known.extend(page.leads.iter().map(lead_key));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }
}

/// True for a stage that opportunities go through.
pub(super) fn is_usable(stage: &crm_protos::sales::v1::Stage) -> bool {
    stage.r#type() == StageType::Open && !stage.archived
}

/// Nobody sells to suppliers, competitors and investors.
fn buys(customer: &Customer) -> bool {
    let buying = [AccountType::Customer, AccountType::Prospect, AccountType::Partner, AccountType::Reseller];
    buying.contains(&customer.account.r#type())
}

fn name(story: &Story) -> &str {
    let created = story.events.iter().find_map(|event| match &event.action {
        Action::Create(opportunity, _) => Some(opportunity.name.as_str()),
        _ => None,
    });
    created.unwrap_or_default()
}

fn lead_key(lead: &Lead) -> (String, String) {
    (lead.email.clone(), lead.company.clone())
}

fn buyer(customer: &Customer, sellers: &[&Person]) -> Buyer {
    let address = customer.account.billing_address.as_ref();
    Buyer {
        name: customer.account.name.clone(),
        country: address.map(|address| address.country.clone()).unwrap_or_default(),
        grade: customer.account.grade(),
        people: customer.contacts.iter().map(part).collect(),
        seller: sellers.iter().position(|seller| seller.email == customer.owner.email).unwrap_or_default(),
    }
}

/// The part in a deal of somebody with a part in the company.
fn part(contact: &Contact) -> ContactRole {
    match contact.accounts.first().map(|part| part.role.as_str()).unwrap_or_default() {
        "决策人" | "法定代表人" | "Decision maker" => ContactRole::DecisionMaker,
        "采购" | "Purchasing" => ContactRole::Purchaser,
        "技术评估" | "Technical evaluation" => ContactRole::Evaluator,
        "财务" | "Finance" => ContactRole::Influencer,
        _ => ContactRole::Other,
    }
}

/// Somebody of a company that is no customer.
fn prospect(customer: &Customer, sellers: &[&Person]) -> Prospect {
    let (account, person) = (&customer.account, customer.contacts.first().cloned().unwrap_or_default());
    let name = match buyer(customer, sellers).country.as_str() {
        "CN" => format!("{}{}", person.family_name, person.given_name),
        _ => format!("{} {}", person.given_name, person.family_name),
    };
    let lead = Lead {
        name,
        company: account.name.clone(),
        title: person.title.clone(),
        email: person.emails.first().map(|email| email.address.clone()).unwrap_or_default(),
        phone: person.phones.first().map(|phone| phone.number.clone()).unwrap_or_default(),
        website: account.website.clone(),
        industry: account.industry.clone(),
        address: account.billing_address.clone(),
        ..Lead::default()
    };
    let people = vec![part(&person)];
    Prospect { lead, buyer: Buyer { people, ..buyer(customer, sellers) } }
}
