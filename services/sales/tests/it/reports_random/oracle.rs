//! Every report once more, from the rows and without a care for time.

mod forecast;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use crm_kit::testing::TestCaller;
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{
    Funnel, FunnelStage, LostReason, Money, Opportunity, OpportunityStatus, OutcomeDimension, OutcomeReport,
    OutcomeRow, Pipeline, PipelineReport, PipelineReportStage, SalesMonth, SalesReport, Stage, StageType,
    Totals,
};
use uuid::Uuid;

use super::life::{Life, day};
use super::rows::{Rows, Visits};

/// Somebody who looks at reports, and the departments that are in reach as a whole.
pub(super) struct Viewer {
    pub(super) caller: TestCaller,
    pub(super) departments: Vec<Uuid>,
}

/// What a report is asked for; empty for everything.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) start: String,
    pub(super) end: String,
    pub(super) pipeline: String,
    pub(super) owner: String,
    pub(super) department: String,
    pub(super) currency: String,
}

pub(super) struct Oracle<'a> {
    pub(super) life: &'a Life,
    pub(super) viewer: &'a Viewer,
    pub(super) rows: &'a Rows,
    pub(super) visits: &'a Visits,
    pub(super) question: &'a Question,
}

/// Amounts and weighted amounts by currency and month.
type Sums = BTreeMap<(String, String), (i128, i128)>;

fn month_of(time: Option<prost_types::Timestamp>) -> String {
    let time = time.unwrap();
    day(DateTime::from_timestamp(time.seconds, 0).unwrap()).format("%Y-%m").to_string()
}

/// The month that counts of an open or closed opportunity.
fn month(opportunity: &Opportunity) -> String {
    let is_open = opportunity.status() == OpportunityStatus::Open;
    let date = if is_open { &opportunity.expected_close_date } else { &opportunity.close_date };
    date[..7].to_owned()
}

fn half_up(dividend: i128, divisor: i128) -> i128 {
    (2 * dividend + divisor) / (2 * divisor)
}

fn percent(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { half_up(i128::from(part) * 10_000, whole.into()) as f64 / 100.0 }
}

fn minor_units(currency: &str) -> i128 {
    match currency {
        "JPY" => 1,
        "KWD" => 1_000,
        _ => 100,
    }
}

impl Oracle<'_> {
    fn rate(&self, currency: &str, month: &str) -> Option<i128> {
        if currency == "CNY" {
            return Some(1_000_000_000);
        }
        let (year, number) = (month[..4].parse().unwrap(), month[5..].parse::<u32>().unwrap());
        let next = if number == 12 { (year + 1, 1) } else { (year, number + 1) };
        let next = NaiveDate::from_ymd_opt(next.0, next.1, 1).unwrap();
        let rates = self.life.rates.iter().filter(|(known, date, _)| known == currency && *date < next);
        rates.max_by_key(|(_, date, _)| *date).map(|(.., nanos)| *nanos)
    }

    fn convert(&self, sums: &Sums, count: i64) -> Totals {
        let (to, mut amount, mut weighted) = (&self.question.currency, 0, 0);
        let mut unconverted = BTreeMap::<String, i128>::new();
        for ((from, month), (sum, weighted_sum)) in sums.iter().filter(|(_, sums)| **sums != (0, 0)) {
            let rates = match from == to {
                true => Some((1, 1)),
                false => self.rate(from, month).zip(self.rate(to, month)),
            };
            let Some((from_rate, to_rate)) = rates else {
                *unconverted.entry(from.clone()).or_default() += sum;
                continue;
            };
            let convert = |sum: i128| half_up(sum * from_rate * minor_units(to), to_rate * minor_units(from));
            amount += convert(*sum);
            weighted += convert(*weighted_sum);
        }
        let money = |(currency, amount)| Money { amount_minor: i64::try_from(amount).unwrap(), currency };
        Totals {
            count,
            amount_minor: amount.try_into().unwrap(),
            weighted_amount_minor: weighted.try_into().unwrap(),
            unconverted: unconverted.into_iter().map(money).collect(),
        }
    }

    fn totals<'b>(&self, opportunities: impl Iterator<Item = &'b Opportunity>) -> Totals {
        let (mut sums, mut count) = (Sums::new(), 0);
        for opportunity in opportunities {
            let sum = sums.entry((opportunity.currency.clone(), month(opportunity))).or_default();
            sum.0 += i128::from(opportunity.amount_minor);
            sum.1 += i128::from(opportunity.weighted_amount_minor);
            count += 1;
        }
        self.convert(&sums, count)
    }

    /// The department and all below it: the centre has both others.
    fn below(&self, department: &str) -> Vec<String> {
        let world = &self.life.world;
        match department == world.centre.to_string() {
            true => [world.centre, world.east, world.west].map(|id| id.to_string()).into(),
            false => vec![department.to_owned()],
        }
    }

    fn is_asked_for(&self, owner: &str, department: &str) -> bool {
        let Question { owner: asked, department: inside, .. } = self.question;
        (asked.is_empty() || asked == owner)
            && (inside.is_empty() || self.below(inside).iter().any(|below| below == department))
    }

    /// The opportunities of the owners that are asked for, in whatever pipeline.
    fn owned(&self) -> impl Iterator<Item = &Opportunity> {
        self.rows.opportunities.iter().filter(|one| self.is_asked_for(&one.owner_id, &one.department_id))
    }

    /// Those in the pipeline that is asked for, if one is.
    fn piped(&self) -> impl Iterator<Item = &Opportunity> {
        let asked = &self.question.pipeline;
        self.owned().filter(move |one| asked.is_empty() || *asked == one.pipeline_id)
    }

    fn is_inside(&self, month: &str) -> bool {
        self.question.start.as_str() <= month && month <= self.question.end.as_str()
    }

    fn closed(&self, status: OpportunityStatus) -> impl Iterator<Item = &Opportunity> {
        self.piped().filter(move |one| one.status() == status && self.is_inside(&month(one)))
    }

    /// The pipeline that is asked for, else the one that came with the organization.
    fn the_pipeline(&self) -> &Pipeline {
        let pipelines = &self.life.pipelines;
        pipelines.iter().find(|pipeline| pipeline.id == self.question.pipeline).unwrap_or(&pipelines[0])
    }

    fn visits(&self, opportunity: &Opportunity) -> &[crm_protos::sales::v1::StageVisit] {
        &self.visits[&opportunity.id]
    }

    /// The place of the furthest open stage since the opportunity came into its pipeline for the last time.
    fn furthest(&self, opportunity: &Opportunity, stages: &[Stage]) -> usize {
        let visits = self.visits(opportunity).iter().rev();
        let here = visits.take_while(|visit| visit.pipeline_id == opportunity.pipeline_id);
        let open =
            |id: &str| stages.iter().position(|stage| stage.id == id && stage.r#type() == StageType::Open);
        here.filter_map(|visit| open(&visit.stage_id)).max().unwrap()
    }

    pub(super) fn funnel(&self) -> Funnel {
        let Pipeline { id, stages, .. } = self.the_pipeline();
        let created =
            self.owned().filter(|one| one.pipeline_id == *id && self.is_inside(&month_of(one.create_time)));
        let created: Vec<_> = created.collect();
        let of = |status| created.iter().filter(|one| one.status() == status).count() as i64;
        let ended = |stage: &Stage| -> Vec<i64> {
            let visits = self.owned().flat_map(|one| self.visits(one));
            let ended = visits.filter(|visit| visit.stage_id == stage.id && visit.leave_time.is_some());
            ended
                .filter(|visit| self.is_inside(&month_of(visit.leave_time)))
                .map(|visit| visit.seconds)
                .collect()
        };
        let mut steps = Vec::new();
        for (place, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.r#type() == StageType::Open)
        {
            let far = |one: &&&Opportunity| {
                one.status() == OpportunityStatus::Won || self.furthest(one, stages) >= place
            };
            let only = created
                .iter()
                .any(|one| one.status() != OpportunityStatus::Won && self.furthest(one, stages) == place);
            if !stage.archived || only || !ended(stage).is_empty() {
                steps.push((stage, created.iter().filter(far).count() as i64));
            }
        }
        let won = stages.iter().find(|stage| stage.r#type() == StageType::Won).unwrap();
        steps.push((won, of(OpportunityStatus::Won)));
        let row = |(index, (stage, reached)): (usize, &(&Stage, i64))| {
            let visits = ended(stage);
            let number = visits.len() as i64;
            let sum = visits.iter().sum::<i64>();
            FunnelStage {
                stage_id: stage.id.clone(),
                name: stage.name.clone(),
                reached: *reached,
                conversion_percent: if index == 0 { 100.0 } else { percent(*reached, steps[index - 1].1) },
                overall_percent: percent(*reached, steps[0].1),
                visits: number,
                average_seconds: if number == 0 { 0 } else { half_up(sum.into(), number.into()) as i64 },
            }
        };
        Funnel {
            pipeline_id: id.clone(),
            stages: steps.iter().enumerate().map(row).collect(),
            won: of(OpportunityStatus::Won),
            lost: of(OpportunityStatus::Lost),
            open: of(OpportunityStatus::Open),
        }
    }

    pub(super) fn pipeline(&self) -> PipelineReport {
        let Pipeline { id, stages, .. } = self.the_pipeline();
        let open = || {
            let inside = self.owned().filter(|one| one.pipeline_id == *id);
            inside.filter(|one| one.status() == OpportunityStatus::Open)
        };
        let open_stages = stages.iter().filter(|stage| stage.r#type() == StageType::Open);
        let rows = open_stages.map(|stage| PipelineReportStage {
            stage_id: stage.id.clone(),
            name: stage.name.clone(),
            totals: Some(self.totals(open().filter(|one| one.stage_id == stage.id))),
        });
        let archived = |id: &str| stages.iter().any(|stage| stage.id == id && stage.archived);
        let is_shown =
            |row: &PipelineReportStage| !archived(&row.stage_id) || row.totals.as_ref().unwrap().count > 0;
        PipelineReport {
            pipeline_id: id.clone(),
            stages: rows.filter(is_shown).collect(),
            total: Some(self.totals(open())),
            currency: self.question.currency.clone(),
        }
    }

    fn outcome(&self, (value, name): (String, String), belongs: impl Fn(&Opportunity) -> bool) -> OutcomeRow {
        let won = self.totals(self.closed(OpportunityStatus::Won).filter(|one| belongs(one)));
        let lost = self.totals(self.closed(OpportunityStatus::Lost).filter(|one| belongs(one)));
        let win_percent = percent(won.count, won.count + lost.count);
        OutcomeRow { value, name, won: Some(won), lost: Some(lost), win_percent }
    }

    pub(super) fn outcomes(&self, dimension: OutcomeDimension) -> OutcomeReport {
        let value = |one: &Opportunity| match dimension {
            OutcomeDimension::LostReason if one.lost_reason() == LostReason::Unspecified => String::new(),
            OutcomeDimension::LostReason => one.lost_reason().as_str_name().to_owned(),
            OutcomeDimension::Source if one.source() == Source::Unspecified => String::new(),
            OutcomeDimension::Source => one.source().as_str_name().to_owned(),
            OutcomeDimension::Owner => one.owner_id.clone(),
            _ => one.department_id.clone(),
        };
        let closed = self.closed(OpportunityStatus::Won).chain(self.closed(OpportunityStatus::Lost));
        let mut counts = BTreeMap::<String, i64>::new();
        closed.for_each(|one| *counts.entry(value(one)).or_default() += 1);
        let mut values: Vec<_> = counts.into_iter().collect();
        values.sort_by_key(|(_, count)| -count);
        let row = |key: &String| {
            let name = match dimension {
                OutcomeDimension::Owner | OutcomeDimension::Department => self.name(key),
                _ => String::new(),
            };
            self.outcome((key.clone(), name), |one| value(one) == *key)
        };
        OutcomeReport {
            rows: values.iter().map(|(value, _)| row(value)).collect(),
            total: Some(self.outcome(Default::default(), |_| true)),
            currency: self.question.currency.clone(),
        }
    }

    fn name(&self, id: &str) -> String {
        let world = &self.life.world;
        let names = [
            (world.centre, "Centre"),
            (world.east, "East"),
            (world.west, "West"),
            (world.zoe, "Zoe"),
            (world.ann, "Ann"),
            (world.bob, "Bob"),
            (world.eve, "Eve"),
            (self.life.users[4], "Noa"),
        ];
        let found = names.iter().find(|(known, _)| known.to_string() == id);
        found.map(|(_, name)| (*name).to_owned()).unwrap_or_default()
    }

    pub(super) fn sales(&self) -> SalesReport {
        let Question { start, end, currency, .. } = self.question;
        let months = (2025..=2026).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
        let row = |at: String| {
            let during = |status| self.totals(self.closed(status).filter(|one| month(one) == at));
            SalesMonth {
                won: Some(during(OpportunityStatus::Won)),
                lost: Some(during(OpportunityStatus::Lost)),
                created: self.piped().filter(|one| month_of(one.create_time) == at).count() as i64,
                month: at,
            }
        };
        let months = months.filter(|month| start <= month && month <= end).map(row).collect();
        SalesReport { months, currency: currency.clone() }
    }
}
