//! What sales needs before anything is sold: products, rates, targets, and rules for who gets what.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use crm_customers::demo::company;
use crm_kit::access::Caller;
use crm_protos::sales::v1::assignment_rules_client::AssignmentRulesClient;
use crm_protos::sales::v1::exchange_rates_client::ExchangeRatesClient;
use crm_protos::sales::v1::lead_forms_client::LeadFormsClient;
use crm_protos::sales::v1::pipelines_client::PipelinesClient;
use crm_protos::sales::v1::predictions_client::PredictionsClient;
use crm_protos::sales::v1::products_client::ProductsClient;
use crm_protos::sales::v1::representatives_client::RepresentativesClient;
use crm_protos::sales::v1::targets_client::TargetsClient;
use crm_protos::sales::v1::{
    CreateAssignmentRuleRequest, CreateLeadFormRequest, CreateProductRequest, CreateRepresentativeRequest,
    CreateTargetRequest, ExchangeRate, GetWinModelRequest, ListAssignmentRulesRequest,
    ListExchangeRatesRequest, ListLeadFormsRequest, ListPipelinesRequest, ListProductsRequest,
    ListRepresentativesRequest, ListTargetsRequest, Pipeline, Representative, Target, TrainWinModelRequest,
};
use crm_sales::demo::year::Year;
use crm_sales::demo::{catalogue, rates, team};
use tonic::Status;

use super::people::Company;
use super::stories::{Stories, sellers, territories};
use super::{PATIENCE, PAUSE, SEED, Sender};

/// What is there when the selling begins.
pub(super) struct Office {
    /// The ids of the products by code.
    pub(super) products: HashMap<String, String>,
    /// The key of the form on the web site.
    pub(super) form_key: String,
    /// Who enters what comes from campaigns and fairs.
    pub(super) marketing: Caller,
}

impl Sender<'_> {
    /// The pipeline that opportunities come into unless another is given.
    pub(super) async fn pipeline(&self) -> Result<Pipeline> {
        let client = PipelinesClient::new(self.channel("sales")?);
        self.patiently(async || {
            let list = ListPipelinesRequest { page_size: 200, ..Default::default() };
            let pipelines = client.clone().list_pipelines(self.request(list)).await?.into_inner().pipelines;
            let used = pipelines.into_iter().filter(|pipeline| !pipeline.archived);
            let first = used.min_by_key(|pipeline| (pipeline.position, pipeline.id.clone()));
            first.ok_or_else(|| Status::unavailable("there is no pipeline yet"))
        })
        .await
    }

    /// What sales needs; what is missing of it is made.
    pub(super) async fn office(&self, year: &Year, company: &Company, stories: &Stories) -> Result<Office> {
        let products = self.products().await?;
        self.representatives(year, company).await?;
        self.rules(company).await?;
        self.targets(year, company, stories).await?;
        let form_key = self.form().await?;
        let marketing = company::USERS.iter().find(|user| user.role == "Marketing");
        let marketing = marketing.map(|person| self.caller(company, person)).transpose()?;
        let marketing = marketing.unwrap_or_else(|| self.administrator.clone());
        Ok(Office { products, form_key, marketing })
    }

    async fn products(&self) -> Result<HashMap<String, String>> {
        let mut client = ProductsClient::new(self.channel("sales")?);
        let list = ListProductsRequest { page_size: 200, ..Default::default() };
        let listed = client.list_products(self.request(list)).await?.into_inner().products;
        let mut ids: HashMap<_, _> = listed.into_iter().map(|product| (product.code, product.id)).collect();
        for product in catalogue::products() {
            if !ids.contains_key(&product.code) {
                let create = CreateProductRequest { product: Some(product) };
                let created = client.create_product(self.request(create)).await?.into_inner();
                ids.insert(created.code, created.id);
            }
        }
        Ok(ids)
    }

    async fn representatives(&self, year: &Year, company: &Company) -> Result<()> {
        let mut client = RepresentativesClient::new(self.channel("sales")?);
        let list = ListRepresentativesRequest { page_size: 200, ..Default::default() };
        let listed = client.list_representatives(self.request(list)).await?.into_inner().representatives;
        let known: HashSet<String> = listed.into_iter().map(|one| one.user_id).collect();
        for (number, seller) in sellers().into_iter().enumerate() {
            let user_id = company.user(seller)?.to_owned();
            if known.contains(&user_id) {
                continue;
            }
            let territories = territories(seller.department);
            let abroad = territories.iter().any(|place| place == "US");
            let representative = team::representative(year, number, territories, abroad);
            let representative = Some(Representative { user_id, ..representative });
            client
                .create_representative(self.request(CreateRepresentativeRequest { representative }))
                .await?;
        }
        Ok(())
    }

    async fn rules(&self, company: &Company) -> Result<()> {
        let mut client = AssignmentRulesClient::new(self.channel("sales")?);
        let list = ListAssignmentRulesRequest { page_size: 200, ..Default::default() };
        let listed = client.list_assignment_rules(self.request(list)).await?.into_inner().assignment_rules;
        let known: HashSet<String> = listed.into_iter().map(|rule| rule.name).collect();
        let queue = company.department(company::DEPARTMENTS[0].name)?;
        for rule in team::rules(queue).into_iter().filter(|rule| !known.contains(&rule.name)) {
            // Sales may not have heard of the department yet.
            self.patiently(async || {
                let create = CreateAssignmentRuleRequest { assignment_rule: Some(rule.clone()) };
                client.clone().create_assignment_rule(self.request(create)).await
            })
            .await?;
        }
        Ok(())
    }

    async fn targets(&self, year: &Year, company: &Company, stories: &Stories) -> Result<()> {
        let known = self.known_targets().await?;
        let (sellers, mut targets) = (sellers(), Vec::new());
        for (number, seller) in sellers.iter().enumerate() {
            let (owner_id, department_id) =
                (company.user(seller)?.to_owned(), company.department(seller.department)?.to_owned());
            let of_seller = stories.usual.of_seller(year, number).into_iter();
            targets.extend(of_seller.map(|target| Target {
                owner_id: owner_id.clone(),
                department_id: department_id.clone(),
                ..target
            }));
        }
        for department in company::DEPARTMENTS {
            let is_below = |person: &company::User| {
                let own = company::DEPARTMENTS.iter().find(|other| other.name == person.department);
                person.department == department.name
                    || own.is_some_and(|own| own.parent == Some(department.name))
            };
            let members: Vec<usize> =
                (0..sellers.len()).filter(|number| is_below(sellers[*number])).collect();
            if members.is_empty() {
                continue;
            }
            let department_id = company.department(department.name)?.to_owned();
            let of_department = stories.usual.of_department(year, &members).into_iter();
            targets.extend(
                of_department.map(|target| Target { department_id: department_id.clone(), ..target }),
            );
        }
        let mut client = TargetsClient::new(self.channel("sales")?);
        for target in targets.into_iter().filter(|target| !known.contains(&target_key(target))) {
            let create = CreateTargetRequest { target: Some(target) };
            client.create_target(self.request(create)).await?;
        }
        Ok(())
    }

    async fn known_targets(&self) -> Result<HashSet<TargetKey>> {
        let mut client = TargetsClient::new(self.channel("sales")?);
        let (mut known, mut page_token) = (HashSet::new(), String::new());
        loop {
            let list = ListTargetsRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_targets(self.request(list)).await?.into_inner();
            known.extend(page.targets.iter().map(target_key));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }

    async fn form(&self) -> Result<String> {
        let mut client = LeadFormsClient::new(self.channel("sales")?);
        let list = ListLeadFormsRequest { page_size: 200, ..Default::default() };
        let listed = client.list_lead_forms(self.request(list)).await?.into_inner().lead_forms;
        let wanted = team::form();
        if let Some(known) = listed.into_iter().find(|form| form.name == wanted.name) {
            return Ok(known.key);
        }
        let create = CreateLeadFormRequest { lead_form: Some(wanted) };
        Ok(client.create_lead_form(self.request(create)).await?.into_inner().key)
    }

    /// The rates that are not there yet.
    pub(super) async fn missing_rates(&self, year: &Year, currency: &str) -> Result<Vec<ExchangeRate>> {
        let mut client = ExchangeRatesClient::new(self.channel("sales")?);
        let (mut known, mut page_token) = (HashSet::new(), String::new());
        loop {
            let list = ListExchangeRatesRequest { page_size: 200, page_token, ..Default::default() };
            let page = client.list_exchange_rates(self.request(list)).await?.into_inner();
            known.extend(page.exchange_rates.into_iter().map(|rate| (rate.currency, rate.date)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mut rates = rates::rates(SEED, year, currency);
        rates.retain(|rate| !known.contains(&(rate.currency.clone(), rate.date.clone())));
        Ok(rates)
    }

    /// Lets the service learn what wins, which takes it a moment.
    pub(super) async fn train(&self) -> Result<()> {
        let mut client = PredictionsClient::new(self.channel("sales")?);
        let before = client.train_win_model(self.request(TrainWinModelRequest {})).await?.into_inner();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            let model = client.get_win_model(self.request(GetWinModelRequest {})).await?.into_inner();
            if model != before {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        // The job goes on where the suite is served.
        Ok(())
    }
}

/// Whose target it is, and of when.
type TargetKey = (String, String, i32, String);

fn target_key(target: &Target) -> TargetKey {
    let department = if target.owner_id.is_empty() { target.department_id.clone() } else { String::new() };
    (target.owner_id.clone(), department, target.period, target.start_month.clone())
}
