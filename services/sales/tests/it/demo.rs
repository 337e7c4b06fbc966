//! What the demo tells of is accepted as it is.

use std::collections::HashMap;

use crm_kit::testing::{Harness, TestCaller};
use crm_protos::customers::v1::AccountGrade;
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::lead_forms_client::LeadFormsClient;
use crm_protos::sales::v1::opportunities_client::OpportunitiesClient;
use crm_protos::sales::v1::pipelines_client::PipelinesClient;
use crm_protos::sales::v1::products_client::ProductsClient;
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::*;
use crm_sales::demo::leads::Prospect;
use crm_sales::demo::targets::Usual;
use crm_sales::demo::year::Year;
use crm_sales::demo::{Action, Buyer, Story, catalogue, deals, leads, rates, team};
use prost_types::FieldMask;
use tonic::{Request, Status};

use crate::leads::{create, leads as leads_client, put};
use crate::team::{create_representative, create_rule, user};
use crate::{organization, run};

const SEED: u64 = 7;
const STAGES: usize = 4;

fn year(harness: &Harness) -> Year {
    Year::ending(harness.context.clock.now(), chrono_tz::Asia::Shanghai)
}

fn buyer(index: u64) -> Buyer {
    let countries = ["CN", "DE", "US", "HK", "CN"];
    let place = usize::try_from(index).unwrap();
    Buyer {
        name: format!("启航{index}科技有限公司"),
        country: countries[place % countries.len()].to_owned(),
        grade: AccountGrade::B,
        people: vec![ContactRole::DecisionMaker],
        seller: place % 3,
    }
}

#[tokio::test]
async fn what_the_office_needs_is_accepted() {
    run(async |harness| {
        let (caller, year) = (organization(harness).await, year(harness));
        products(harness, &caller).await;
        let mut client = ExchangeRatesClient::new(harness.channel.clone());
        for rate in rates::rates(SEED, &year, "CNY") {
            let create = CreateExchangeRateRequest { exchange_rate: Some(rate) };
            client.create_exchange_rate(caller.request(create)).await.unwrap();
        }
        let mut client = TargetsClient::new(harness.channel.clone());
        let told = stories(&year);
        let usual = Usual::of(3, &told);
        for number in 0..5 {
            let user_id = user(harness, &caller, "Ada", None).await.to_string();
            let territories = vec!["上海市".to_owned(), "DE".to_owned()];
            let representative = team::representative(&year, number, territories, number == 3);
            let named = Representative { user_id: user_id.clone(), ..representative };
            create_representative(harness, &caller, named).await.unwrap();
            for target in usual.of_seller(&year, number) {
                let create =
                    CreateTargetRequest { target: Some(Target { owner_id: user_id.clone(), ..target }) };
                client.create_target(caller.request(create)).await.unwrap();
            }
        }
        for rule in team::rules("") {
            create_rule(harness, &caller, rule).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn every_story_of_an_opportunity_is_accepted() {
    run(async |harness| {
        let caller = organization(harness).await;
        let products = products(harness, &caller).await;
        let list = PipelinesClient::new(harness.channel.clone())
            .list_pipelines(caller.request(ListPipelinesRequest::default()))
            .await;
        let stages = list.unwrap().into_inner().pipelines.remove(0).stages;
        let (mut won, mut lost) = (0, 0);
        for story in stories(&year(harness)) {
            let mut id = String::new();
            for event in story.events {
                let told = tell(harness, &caller, &id, event.action.clone(), &products, &stages).await;
                let told = told.unwrap_or_else(|status| panic!("{status} {:?}", event.action));
                won += usize::from(told.status() == OpportunityStatus::Won);
                lost += usize::from(told.status() == OpportunityStatus::Lost);
                id = told.id;
            }
        }
        assert!(won > 5 && lost > 5, "{won} {lost}");
    })
    .await;
}

#[tokio::test]
async fn every_story_of_a_lead_is_accepted_until_it_is_a_customer() {
    run(async |harness| {
        let (caller, year) = (organization(harness).await, year(harness));
        let form = CreateLeadFormRequest { lead_form: Some(team::form()) };
        let mut forms = LeadFormsClient::new(harness.channel.clone());
        let key = forms.create_lead_form(caller.request(form)).await.unwrap().into_inner().key;
        for index in 0..30 {
            let lead = Lead {
                company: format!("Acme {index}"),
                email: format!("ada{index}@acme.example"),
                phone: "+8613800138000".to_owned(),
                ..Lead::default()
            };
            let story = leads::lead(SEED, index, &year, STAGES, &Prospect { lead, buyer: buyer(index) });
            let mut id = String::new();
            for event in story.events {
                match event.action {
                    Action::Capture(capture) => {
                        let capture = CaptureLeadRequest { key: key.clone(), ..*capture };
                        forms.capture_lead(Request::new(capture)).await.unwrap();
                        let list = ListLeadsRequest { page_size: 1, ..Default::default() };
                        let newest = leads_client(harness).list_leads(caller.request(list)).await.unwrap();
                        id = newest.into_inner().leads.remove(0).id;
                    }
                    Action::CreateLead(request) => {
                        id = create(harness, &caller, request.lead.unwrap()).await.unwrap().id;
                    }
                    Action::UpdateLead(lead, fields) => {
                        let lead = Lead { id: id.clone(), ..*lead };
                        put(harness, &caller, lead, fields).await.unwrap();
                    }
                    Action::Work => {
                        let work = WorkLeadRequest { id: id.clone(), ..Default::default() };
                        leads_client(harness).work_lead(caller.request(work)).await.unwrap();
                    }
                    Action::Qualify => {
                        let qualify = QualifyLeadRequest { id: id.clone(), ..Default::default() };
                        leads_client(harness).qualify_lead(caller.request(qualify)).await.unwrap();
                    }
                    Action::Disqualify(reason) => {
                        let disqualify =
                            DisqualifyLeadRequest { id: id.clone(), reason, ..Default::default() };
                        leads_client(harness).disqualify_lead(caller.request(disqualify)).await.unwrap();
                    }
                    _ => break,
                }
            }
        }
    })
    .await;
}

fn stories(year: &Year) -> Vec<Story> {
    (0..60).map(|index| deals::deal(SEED, index, year, STAGES, &buyer(index))).collect()
}

/// Creates the products; answers their ids by code.
async fn products(harness: &Harness, caller: &TestCaller) -> HashMap<String, String> {
    let (mut client, mut ids) = (ProductsClient::new(harness.channel.clone()), HashMap::new());
    for product in catalogue::products() {
        let create = CreateProductRequest { product: Some(product) };
        let created = client.create_product(caller.request(create)).await.unwrap().into_inner();
        ids.insert(created.code, created.id);
    }
    ids
}

/// Tells one event of an opportunity, but not whose it is and who is known there.
async fn tell(
    harness: &Harness,
    caller: &TestCaller,
    id: &str,
    action: Action,
    products: &HashMap<String, String>,
    stages: &[Stage],
) -> Result<Opportunity, Status> {
    let mut client = OpportunitiesClient::new(harness.channel.clone());
    let id = id.to_owned();
    let answer = match action {
        Action::Create(opportunity, stage) => {
            let stage_id = stages[stage].id.clone();
            let opportunity = Opportunity { contacts: Vec::new(), stage_id, ..*opportunity };
            let create = CreateOpportunityRequest { opportunity: Some(opportunity) };
            client.create_opportunity(caller.request(create)).await?
        }
        Action::Update(opportunity, fields) => {
            let mut opportunity = Opportunity { id, ..*opportunity };
            for line in &mut opportunity.line_items {
                line.product_id = products[&line.product_id].clone();
            }
            let paths = fields.iter().map(|field| (*field).to_owned()).collect();
            let (opportunity, update_mask) = (Some(opportunity), Some(FieldMask { paths }));
            let update = UpdateOpportunityRequest { opportunity, update_mask };
            client.update_opportunity(caller.request(update)).await?
        }
        Action::Move(stage) => {
            let stage_id = stages[stage].id.clone();
            let step = MoveOpportunityRequest { id, stage_id, ..Default::default() };
            client.move_opportunity(caller.request(step)).await?
        }
        Action::Win => {
            client.win_opportunity(caller.request(WinOpportunityRequest { id, ..Default::default() })).await?
        }
        Action::Lose(lose) => {
            client.lose_opportunity(caller.request(LoseOpportunityRequest { id, ..lose })).await?
        }
        other => panic!("{other:?} is of a lead"),
    };
    Ok(answer.into_inner())
}
