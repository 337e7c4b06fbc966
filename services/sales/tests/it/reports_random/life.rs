//! What may happen in a company, by chance.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta, Utc};
use crm_kit::directory;
use crm_kit::testing::{Harness, eventually};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::pipelines_client::PipelinesClient;
use crm_protos::sales::v1::{
    CreatePipelineRequest, DeleteOpportunityRequest, ForecastCategory, ListPipelinesRequest,
    LoseOpportunityRequest, LostReason, MoveOpportunityRequest, Opportunity, OpportunityStatus, Pipeline,
    ReopenOpportunityRequest, RestoreOpportunityRequest, Stage, StageType, Target, UpdatePipelineRequest,
    WinOpportunityRequest,
};
use prost_types::FieldMask;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use uuid::Uuid;

use crate::opportunities::{create, get, opportunities, put};
use crate::reports::World;

/// A company in which something happens now and then.
pub(super) struct Life {
    pub(super) world: World,
    /// Everybody who sells; the last one in no department.
    pub(super) users: Vec<Uuid>,
    pub(super) pipelines: Vec<Pipeline>,
    /// Currency, first day and rate in billionths.
    pub(super) rates: Vec<(String, NaiveDate, i128)>,
    ids: Vec<String>,
    deleted: Vec<String>,
}

/// The day in Shanghai, where the company is.
pub(super) fn day(time: DateTime<Utc>) -> NaiveDate {
    time.with_timezone(&FixedOffset::east_opt(8 * 60 * 60).unwrap()).date_naive()
}

impl Life {
    pub(super) async fn begin(harness: &Harness, random: &mut StdRng) -> Self {
        let world = World::new(harness).await;
        let noa = crm_kit::id::new();
        harness.identity.put_user(world.administrator.organization(), noa, "Noa", None);
        let users = vec![world.zoe, world.ann, world.bob, world.eve, noa];
        let mut life = Self {
            world,
            users,
            pipelines: Vec::new(),
            rates: Vec::new(),
            ids: Vec::new(),
            deleted: Vec::new(),
        };
        let stage = |(name, r#type): (&str, StageType)| Stage {
            name: name.to_owned(),
            r#type: r#type.into(),
            probability: 33,
            ..Stage::default()
        };
        let stages = [
            ("First", StageType::Open),
            ("Second", StageType::Open),
            ("Third", StageType::Open),
            ("Sold", StageType::Won),
            ("Gone", StageType::Lost),
        ];
        let pipeline =
            Pipeline { name: "Partners".to_owned(), stages: stages.map(stage).into(), ..Default::default() };
        let mut client = PipelinesClient::new(harness.channel.clone());
        let request = life.world.administrator.request(CreatePipelineRequest { pipeline: Some(pipeline) });
        client.create_pipeline(request).await.unwrap();
        life.read_pipelines(harness).await;
        for _ in 0..6 {
            life.rate(harness, random).await;
            life.target(harness, random).await;
        }
        life
    }

    /// Lets one thing happen.
    pub(super) async fn go_on(&mut self, harness: &Harness, random: &mut StdRng) {
        harness.context.clock.advance(TimeDelta::seconds(random.random_range(1..70_000)));
        match random.random_range(0..100) {
            0..22 => self.create(harness, random).await,
            22..45 => self.change(harness, random).await,
            45..62 => self.step(harness, random).await,
            62..78 => self.close(harness, random).await,
            78..83 => self.reopen(harness, random).await,
            83..88 => self.delete(harness, random).await,
            88..91 => self.restore(harness, random).await,
            91..94 => self.relocate(harness, random).await,
            94..97 => self.rate(harness, random).await,
            97..99 => self.target(harness, random).await,
            _ => self.archive(harness, random).await,
        }
    }

    async fn create(&mut self, harness: &Harness, random: &mut StdRng) {
        let (pipeline_id, stage_id) = self.stage(random);
        let wanted = Opportunity {
            name: "Deal".to_owned(),
            owner_id: self.users.choose(random).unwrap().to_string(),
            pipeline_id,
            stage_id,
            amount_minor: amount(random),
            currency: currency(random),
            probability: random.random_bool(0.3).then(|| random.random_range(0..=100)),
            expected_close_date: expected_close_date(random),
            source: random.random_range(0..=10),
            forecast_category: random.random_range(0..=3),
            ..Opportunity::default()
        };
        let created = create(harness, &self.world.administrator, wanted).await.unwrap();
        self.ids.push(created.id);
    }

    async fn change(&mut self, harness: &Harness, random: &mut StdRng) {
        let Some(id) = self.ids.choose(random).cloned() else { return };
        let mut changed = Opportunity { id, ..Opportunity::default() };
        let field = match random.random_range(0..8) {
            0 => {
                changed.amount_minor = amount(random);
                "amount_minor"
            }
            1 => {
                changed.currency = currency(random);
                "currency"
            }
            2 => {
                changed.expected_close_date = expected_close_date(random);
                "expected_close_date"
            }
            3 => {
                changed.set_source(Source::try_from(random.random_range(0..=10)).unwrap());
                "source"
            }
            4 => {
                changed.forecast_category = random.random_range(0..=ForecastCategory::Commit.into());
                "forecast_category"
            }
            5 => {
                changed.probability = random.random_bool(0.7).then(|| random.random_range(0..=100));
                "probability"
            }
            _ => {
                changed.owner_id = self.users.choose(random).unwrap().to_string();
                "owner_id"
            }
        };
        put(harness, &self.world.administrator, changed, &[field]).await.unwrap();
    }

    async fn step(&mut self, harness: &Harness, random: &mut StdRng) {
        let Some(id) = self.one(harness, random, OpportunityStatus::Open).await else { return };
        let (_, stage_id) = self.stage(random);
        let request = MoveOpportunityRequest { id, stage_id, ..Default::default() };
        opportunities(harness).move_opportunity(self.world.administrator.request(request)).await.unwrap();
    }

    async fn close(&mut self, harness: &Harness, random: &mut StdRng) {
        let Some(id) = self.one(harness, random, OpportunityStatus::Open).await else { return };
        let today = day(harness.context.clock.now());
        let date = today - Days::new(random.random_range(0..50));
        let close_date = if random.random_bool(0.4) { date.to_string() } else { String::new() };
        let caller = &self.world.administrator;
        if random.random_bool(0.5) {
            let request = WinOpportunityRequest { id, close_date, ..Default::default() };
            opportunities(harness).win_opportunity(caller.request(request)).await.unwrap();
        } else {
            let lost_reason = random.random_range(1..=LostReason::Other.into());
            let request = LoseOpportunityRequest { id, lost_reason, close_date, ..Default::default() };
            opportunities(harness).lose_opportunity(caller.request(request)).await.unwrap();
        }
    }

    async fn reopen(&mut self, harness: &Harness, random: &mut StdRng) {
        let status = [OpportunityStatus::Won, OpportunityStatus::Lost].choose(random).copied().unwrap();
        let Some(id) = self.one(harness, random, status).await else { return };
        let request = self.world.administrator.request(ReopenOpportunityRequest { id, ..Default::default() });
        opportunities(harness).reopen_opportunity(request).await.unwrap();
    }

    async fn delete(&mut self, harness: &Harness, random: &mut StdRng) {
        if self.ids.is_empty() {
            return;
        }
        let id = self.ids.swap_remove(random.random_range(0..self.ids.len()));
        self.deleted.push(id.clone());
        let request = self.world.administrator.request(DeleteOpportunityRequest { id, ..Default::default() });
        opportunities(harness).delete_opportunity(request).await.unwrap();
    }

    async fn restore(&mut self, harness: &Harness, random: &mut StdRng) {
        if self.deleted.is_empty() {
            return;
        }
        let id = self.deleted.swap_remove(random.random_range(0..self.deleted.len()));
        self.ids.push(id.clone());
        let request = self.world.administrator.request(RestoreOpportunityRequest { id });
        opportunities(harness).restore_opportunity(request).await.unwrap();
    }

    /// Moves somebody to another department, or out of all.
    async fn relocate(&mut self, harness: &Harness, random: &mut StdRng) {
        let world = &self.world;
        let user = *self.users.choose(random).unwrap();
        let places = [Some(world.centre), Some(world.east), Some(world.west), None];
        let department = *places.choose(random).unwrap();
        let organization = world.administrator.organization();
        let known = async || directory::users(&harness.context.db, organization, [user]).await.unwrap();
        eventually("the user is known", async || !known().await.is_empty()).await;
        let name = known().await[0].display_name.clone();
        harness.identity.put_user(organization, user, &name, department);
        eventually("the user has moved", async || known().await[0].department_id == department).await;
    }

    async fn rate(&mut self, harness: &Harness, random: &mut StdRng) {
        // There is never a rate of the pound.
        let currency = ["USD", "EUR", "JPY", "KWD"].choose(random).copied().unwrap();
        let first = NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
        let date = first + Days::new(random.random_range(0..365));
        if self.rates.iter().any(|(known, on, _)| known == currency && *on == date) {
            return;
        }
        let nanos: i64 = random.random_range(1..20_000_000_000);
        let rate = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        self.world.rate(harness, currency, &date.to_string(), &rate).await;
        self.rates.push((currency.to_owned(), date, nanos.into()));
    }

    async fn target(&mut self, harness: &Harness, random: &mut StdRng) {
        let world = &self.world;
        // One month each, so that none stands for another one.
        let start_month = format!("2026-{:02}", random.random_range(1..=12));
        let mut target = Target {
            start_month,
            amount_minor: amount(random) + 1,
            currency: currency(random),
            ..Default::default()
        };
        if random.random_bool(0.7) {
            target.owner_id = self.users.choose(random).unwrap().to_string();
        } else {
            target.department_id = [world.centre, world.east, world.west].choose(random).unwrap().to_string();
        }
        // There may be one already.
        let _ = world.try_target(harness, target).await;
    }

    /// Archives the second stage of the partners' pipeline, or takes it into use again.
    async fn archive(&mut self, harness: &Harness, random: &mut StdRng) {
        let mut pipeline = self.pipelines[1].clone();
        pipeline.stages[1].archived = random.random_bool(0.5);
        pipeline.etag.clear();
        let update_mask = Some(FieldMask { paths: vec!["stages".to_owned()] });
        let request = UpdatePipelineRequest { pipeline: Some(pipeline), update_mask };
        let mut client = PipelinesClient::new(harness.channel.clone());
        client.update_pipeline(self.world.administrator.request(request)).await.unwrap();
        self.read_pipelines(harness).await;
    }

    async fn read_pipelines(&mut self, harness: &Harness) {
        let list = ListPipelinesRequest { order_by: "name desc".to_owned(), ..Default::default() };
        let mut client = PipelinesClient::new(harness.channel.clone());
        let answer = client.list_pipelines(self.world.administrator.request(list)).await.unwrap();
        self.pipelines = answer.into_inner().pipelines;
    }

    /// An open stage that is in use, and its pipeline.
    fn stage(&self, random: &mut StdRng) -> (String, String) {
        let pipeline = self.pipelines.choose(random).unwrap();
        let usable =
            pipeline.stages.iter().filter(|stage| stage.r#type() == StageType::Open && !stage.archived);
        let usable: Vec<_> = usable.collect();
        (pipeline.id.clone(), usable.choose(random).unwrap().id.clone())
    }

    /// An opportunity in a status, if a few tries find one.
    async fn one(&self, harness: &Harness, random: &mut StdRng, status: OpportunityStatus) -> Option<String> {
        for _ in 0..8 {
            let id = self.ids.choose(random)?;
            if get(harness, &self.world.administrator, id).await.unwrap().status() == status {
                return Some(id.clone());
            }
        }
        None
    }
}

fn amount(random: &mut StdRng) -> i64 {
    if random.random_bool(0.1) { 0 } else { random.random_range(0..1_000_000) }
}

fn currency(random: &mut StdRng) -> String {
    (*["CNY", "CNY", "CNY", "USD", "USD", "EUR", "JPY", "KWD", "GBP"].choose(random).unwrap()).to_owned()
}

fn expected_close_date(random: &mut StdRng) -> String {
    let first = NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
    (first + Days::new(random.random_range(0..400))).to_string()
}
