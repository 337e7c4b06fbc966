//! Tells the year: everything that happened in it, in the order of time.

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDate, Utc};
use crm_kit::id;
use crm_protos::identity::v1::notifications_client::NotificationsClient;
use crm_protos::identity::v1::{ListNotificationsRequest, MarkAllNotificationsReadRequest, NotificationKind};
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::lead_forms_client::LeadFormsClient;
use crm_protos::sales::v1::leads_client::LeadsClient;
use crm_protos::sales::v1::opportunities_client::OpportunitiesClient;
use crm_protos::sales::v1::{
    CreateExchangeRateRequest, CreateOpportunityRequest, DisqualifyLeadRequest, ExchangeRate,
    GetOpportunityRequest, Lead, ListLeadsRequest, MoveOpportunityRequest, Opportunity, Pipeline,
    QualifyLeadRequest, UpdateLeadRequest, UpdateOpportunityRequest, WinOpportunityRequest, WorkLeadRequest,
};
use crm_sales::demo::Action;
use crm_sales::demo::year::Year;
use tonic::Request;

use super::people::Company;
use super::sales::Office;
use super::stories::{Stories, Thread, is_usable, sellers};
use super::{Sender, progress};

/// Something that happens.
enum Turn {
    /// A currency has a new rate.
    Rate(ExchangeRate),
    /// A story goes on: its number and that of the event.
    Story(usize, usize),
    /// It is time to get in touch again in a story.
    FollowUp(usize),
    /// A seller reads notifications.
    Read(usize),
}

/// What is called, and what the ids in it are.
struct Told<'a> {
    leads: LeadsClient<crm_kit::channel::Channel>,
    opportunities: OpportunitiesClient<crm_kit::channel::Channel>,
    office: &'a Office,
    stages: Vec<&'a str>,
}

impl Sender<'_> {
    /// Tells the stories, and how rates moved meanwhile; answers how many stories there were to tell.
    pub(super) async fn history(
        &self,
        year: &Year,
        company: &Company,
        pipeline: &Pipeline,
        office: &Office,
        stories: Stories,
        rates: Vec<ExchangeRate>,
    ) -> Result<usize> {
        let mut threads = stories.threads;
        let mut turns: Vec<(DateTime<Utc>, Turn)> = Vec::new();
        let sellers = sellers();
        if !threads.is_empty() {
            // What has come since the morning of the last working day is still to be read.
            let morning = year.morning(year.last_working_day());
            turns.extend((0..sellers.len()).map(|seller| (morning, Turn::Read(seller))));
        }
        for (number, thread) in threads.iter().enumerate() {
            let events = thread.story.events.iter().enumerate();
            turns.extend(events.map(|(index, event)| (event.time, Turn::Story(number, index))));
            let follow_up = thread.story.follow_up().filter(|time| *time <= year.end());
            turns.extend(follow_up.map(|time| (time, Turn::FollowUp(number))));
        }
        for rate in rates {
            let time = rate.date.parse::<NaiveDate>().map(|day| year.morning(day)).unwrap_or_default();
            turns.push((time.clamp(year.start(), year.end()), Turn::Rate(rate)));
        }
        turns.sort_by_key(|(time, _)| *time);
        let told = Told {
            leads: LeadsClient::new(self.channel("sales")?),
            opportunities: OpportunitiesClient::new(self.channel("sales")?),
            office,
            stages: pipeline.stages.iter().filter(|stage| is_usable(stage)).map(|stage| &*stage.id).collect(),
        };
        let mut rates = ExchangeRatesClient::new(self.channel("sales")?);
        let mut notifications = NotificationsClient::new(self.channel("identity")?);
        let progress = progress(turns.len(), "events of the year")?;
        for (time, turn) in turns {
            // The accounts have taken some time to be entered.
            self.at(time.max(self.process.clock.now())).await;
            match turn {
                Turn::Rate(rate) => {
                    let create = CreateExchangeRateRequest { exchange_rate: Some(rate) };
                    rates.create_exchange_rate(self.request(create)).await?;
                }
                Turn::FollowUp(number) => self.reminded(&threads[number]).await?,
                Turn::Read(seller) => {
                    let caller = self.caller(company, sellers[seller])?;
                    let read = self.request_of(&caller, MarkAllNotificationsReadRequest {});
                    notifications.mark_all_notifications_read(read).await?;
                }
                Turn::Story(number, index) => {
                    let thread = &mut threads[number];
                    let action = thread.story.events[index].action.clone();
                    let name = format!("{} of {} on {time}", thread.opportunity_id, thread.account_id);
                    self.perform(&told, thread, action).await.context(name)?;
                }
            }
            progress.inc(1);
        }
        progress.finish();
        Ok(threads.len())
    }

    async fn perform(&self, told: &Told<'_>, thread: &mut Thread, action: Action) -> Result<()> {
        let (mut leads, mut opportunities) = (told.leads.clone(), told.opportunities.clone());
        let id = thread.lead_id.clone();
        match action {
            Action::Capture(mut capture) => {
                capture.key.clone_from(&told.office.form_key);
                let filter = vec![format!("email={}", capture.email)];
                LeadFormsClient::new(self.channel("sales")?).capture_lead(Request::new(*capture)).await?;
                let list = ListLeadsRequest { filter, page_size: 1, ..Default::default() };
                let listed = leads.list_leads(self.request(list)).await?.into_inner().leads;
                let lead = listed.into_iter().next().context("the form has taken nothing")?;
                self.taken(thread, &lead)?;
                self.told_of(thread).await?;
            }
            Action::CreateLead(create) => {
                let assign = create.assign;
                let creator = if assign { &told.office.marketing } else { &thread.caller };
                let lead = leads.create_lead(self.request_of(creator, *create)).await?.into_inner();
                self.taken(thread, &lead)?;
                if assign {
                    self.told_of(thread).await?;
                }
            }
            Action::UpdateLead(lead, fields) => {
                let update = update_lead(Lead { id, ..*lead }, fields);
                leads.update_lead(self.request_of(&thread.caller, update)).await?;
            }
            Action::Work => {
                // Whoever takes up what waits in a queue becomes responsible.
                if thread.waits {
                    let owner_id = thread.caller.user_id.to_string();
                    let take =
                        update_lead(Lead { id: id.clone(), owner_id, ..Lead::default() }, &["owner_id"]);
                    leads.update_lead(self.request_of(&thread.caller, take)).await?;
                }
                let work = WorkLeadRequest { id, ..Default::default() };
                leads.work_lead(self.request_of(&thread.caller, work)).await?;
            }
            Action::Qualify => {
                let qualify = QualifyLeadRequest { id, ..Default::default() };
                leads.qualify_lead(self.request_of(&thread.caller, qualify)).await?;
            }
            Action::Disqualify(reason) => {
                let disqualify = DisqualifyLeadRequest { id, reason, ..Default::default() };
                leads.disqualify_lead(self.request_of(&thread.caller, disqualify)).await?;
            }
            Action::Convert(mut convert) => {
                convert.id = id;
                let converted =
                    leads.convert_lead(self.request_of(&thread.caller, convert)).await?.into_inner();
                thread.opportunity_id = converted.opportunity_id;
                thread.account_id = converted.account_id;
                thread.contact_ids = vec![converted.contact_id];
                // Sales hears of the account that was made.
                self.settle(async || {
                    let get = GetOpportunityRequest { id: thread.opportunity_id.clone() };
                    let opportunity = opportunities.clone().get_opportunity(self.request(get)).await?;
                    Ok(!opportunity.into_inner().account_name.is_empty())
                })
                .await?;
            }
            Action::Create(opportunity, stage) => {
                let opportunity = Opportunity {
                    account_id: thread.account_id.clone(),
                    stage_id: told.stages[stage].to_owned(),
                    ..told.known(thread, *opportunity)
                };
                let create = CreateOpportunityRequest { opportunity: Some(opportunity) };
                let created =
                    opportunities.create_opportunity(self.request_of(&thread.caller, create)).await?;
                thread.opportunity_id = created.into_inner().id;
            }
            Action::Update(opportunity, fields) => {
                let opportunity =
                    Opportunity { id: thread.opportunity_id.clone(), ..told.known(thread, *opportunity) };
                let update = UpdateOpportunityRequest {
                    opportunity: Some(opportunity),
                    update_mask: Some(mask(fields)),
                };
                opportunities.update_opportunity(self.request_of(&thread.caller, update)).await?;
            }
            Action::Move(stage) => {
                let (id, stage_id) = (thread.opportunity_id.clone(), told.stages[stage].to_owned());
                let step = MoveOpportunityRequest { id, stage_id, ..Default::default() };
                opportunities.move_opportunity(self.request_of(&thread.caller, step)).await?;
            }
            Action::Win => {
                let win = WinOpportunityRequest { id: thread.opportunity_id.clone(), ..Default::default() };
                opportunities.win_opportunity(self.request_of(&thread.caller, win)).await?;
            }
            Action::Lose(mut lose) => {
                lose.id.clone_from(&thread.opportunity_id);
                opportunities.lose_opportunity(self.request_of(&thread.caller, lose)).await?;
            }
        }
        Ok(())
    }

    /// Waits until whoever got a lead has been told.
    async fn told_of(&self, thread: &Thread) -> Result<()> {
        match thread.waits {
            true => Ok(()),
            false => self.notified(thread, NotificationKind::RecordAssigned, &thread.lead_id).await,
        }
    }

    /// Waits until whoever acts has been reminded of the opportunity, or of the lead if it is none yet.
    async fn reminded(&self, thread: &Thread) -> Result<()> {
        let record = if thread.opportunity_id.is_empty() { &thread.lead_id } else { &thread.opportunity_id };
        self.notified(thread, NotificationKind::FollowUpDue, record).await
    }

    async fn notified(&self, thread: &Thread, kind: NotificationKind, record: &str) -> Result<()> {
        let client = NotificationsClient::new(self.channel("identity")?);
        self.settle(async || {
            let list = ListNotificationsRequest { page_size: 50, ..Default::default() };
            let listed = client.clone().list_notifications(self.request_of(&thread.caller, list)).await?;
            let mut latest = listed.into_inner().notifications.into_iter();
            Ok(latest.any(|latest| latest.kind() == kind && latest.record_id == record))
        })
        .await
    }

    /// From now on whoever got a lead acts.
    fn taken(&self, thread: &mut Thread, lead: &Lead) -> Result<()> {
        thread.lead_id.clone_from(&lead.id);
        thread.waits = lead.owner_id.is_empty();
        if !thread.waits {
            thread.caller.user_id = id::parse(&lead.owner_id)?;
            thread.caller.department_id = id::parse(&lead.department_id).ok();
        }
        Ok(())
    }
}

impl Told<'_> {
    /// The opportunity with the ids of what it refers to.
    fn known(&self, thread: &Thread, mut opportunity: Opportunity) -> Opportunity {
        for line in &mut opportunity.line_items {
            line.product_id = self.office.products.get(&line.product_id).cloned().unwrap_or_default();
        }
        opportunity.contacts.retain_mut(|contact| {
            let number = contact.contact_id.parse::<usize>();
            let id = number.ok().and_then(|number| thread.contact_ids.get(number));
            contact.contact_id = id.cloned().unwrap_or_default();
            !contact.contact_id.is_empty()
        });
        opportunity
    }
}

fn update_lead(lead: Lead, fields: &[&str]) -> UpdateLeadRequest {
    UpdateLeadRequest { lead: Some(lead), update_mask: Some(mask(fields)) }
}

fn mask(fields: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }
}
