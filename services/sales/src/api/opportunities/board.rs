//! The board, and where opportunities have been.

use std::collections::{BTreeMap, HashMap};

use crm_kit::convert::{optional_timestamp, timestamp};
use crm_kit::db::Db;
use crm_kit::record::Record;
use crm_kit::{Access, ListQuery, Result, id, store};
use crm_protos::sales::v1::{
    Board, BoardColumn, GetBoardRequest, ListStageVisitsRequest, ListStageVisitsResponse, Money,
    OpportunityStatus, StageVisit,
};
use futures::future::try_join_all;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::answer::{answer, shown};
use crate::domain::contributions::Dimension;
use crate::domain::pipeline::Stage;
use crate::store::opportunity::{self, Entity};
use crate::store::{pipeline, stage_visit, total};

/// Under a filter so many opportunities are summed at most.
const MOST_SUMMED: u64 = 10_000;

/// What is on one stage.
#[derive(Default)]
struct Sums {
    count: i64,
    /// The amount and the weighted amount by currency.
    amounts: BTreeMap<String, (i64, i64)>,
}

impl Sums {
    fn add(&mut self, count: i64, currency: String, amount: i64, weighted: i64) {
        self.count += count;
        let sums = self.amounts.entry(currency).or_default();
        *sums = (sums.0.saturating_add(amount), sums.1.saturating_add(weighted));
    }

    fn column(self, stage: &Stage, truncated: bool) -> BoardColumn {
        let money = |pick: fn(&(i64, i64)) -> i64| {
            let sums = self.amounts.iter().filter(|(_, sums)| pick(sums) != 0);
            sums.map(|(currency, sums)| Money { amount_minor: pick(sums), currency: currency.clone() })
                .collect()
        };
        BoardColumn {
            stage_id: stage.id.to_string(),
            count: self.count,
            amounts: money(|sums| sums.0),
            weighted_amounts: money(|sums| sums.1),
            truncated,
            opportunities: Vec::new(),
        }
    }
}

/// The open stages of a pipeline with what the caller reaches in them.
pub(super) async fn board(db: &Db, access: &Access, request: &GetBoardRequest) -> Result<Board> {
    let pipeline = match id::reference("pipeline_id", &request.pipeline_id)? {
        None => pipeline::default(db.connection(), access.organization()).await?,
        Some(_) => store::get::<pipeline::Entity>(db.connection(), access, &request.pipeline_id).await?,
    };
    let filtered = !request.filter.is_empty() || !request.query.trim().is_empty();
    let (mut sums, truncated) = match filtered {
        false => (totals(db, access, pipeline.id).await?, false),
        true => matching(db, access, &pipeline, request).await?,
    };
    if access.hides(Entity::RESOURCE, "amount_minor") {
        sums.values_mut().for_each(|sums| sums.amounts.clear());
    } else if access.hides(Entity::RESOURCE, "weighted_amount_minor") {
        sums.values_mut().flat_map(|sums| sums.amounts.values_mut()).for_each(|sums| sums.1 = 0);
    }
    // An archived stage stays on the board until it is empty.
    let stages = pipeline.stages.0.iter().filter(|stage| stage.is_open());
    let stages: Vec<&Stage> =
        stages.filter(|stage| !stage.archived || sums.contains_key(&stage.id.to_string())).collect();
    let cards = try_join_all(stages.iter().map(|stage| cards(db, access, stage, request))).await?;
    let mut counts = Vec::new();
    let mut columns = Vec::new();
    for (stage, cards) in stages.iter().zip(&cards) {
        counts.push(cards.len());
        let sums = sums.remove(&stage.id.to_string()).unwrap_or_default();
        columns.push(sums.column(stage, truncated));
    }
    // Names are looked up once for all stages.
    let mut all = shown(db, access, cards.iter().flatten().map(answer).collect()).await?.into_iter();
    for (column, count) in columns.iter_mut().zip(counts) {
        column.opportunities = all.by_ref().take(count).collect();
    }
    Ok(Board { pipeline_id: pipeline.id.to_string(), columns })
}

async fn cards(
    db: &Db,
    access: &Access,
    stage: &Stage,
    request: &GetBoardRequest,
) -> Result<Vec<opportunity::Model>> {
    let mut filter = request.filter.clone();
    filter.push(format!("stage_id={}", stage.id));
    let list = ListQuery {
        page_size: request.page_size,
        filter,
        order_by: "position".to_owned(),
        query: request.query.clone(),
        ..ListQuery::default()
    };
    Ok(store::list::<Entity>(db, access, &list).await?.items)
}

/// The sums of whole stages, from the totals.
async fn totals(db: &Db, access: &Access, pipeline: Uuid) -> Result<HashMap<String, Sums>> {
    let open = store::select::<total::Entity>(access)?
        .filter(total::Column::Dimension.eq(Dimension::Stage.as_str()))
        .filter(total::Column::Status.eq(OpportunityStatus::Open.as_str_name()))
        .filter(total::Column::PipelineId.eq(pipeline));
    let rows: Vec<(String, String, i64, i64, i64)> = open
        .select_only()
        .column(total::Column::Value)
        .column(total::Column::Currency)
        .expr(total::sum(total::Column::Count))
        .expr(total::sum(total::Column::AmountMinor))
        .expr(total::sum(total::Column::WeightedAmountMinor))
        .group_by(total::Column::Value)
        .group_by(total::Column::Currency)
        .into_tuple()
        .all(db.connection())
        .await?;
    let mut sums: HashMap<String, Sums> = HashMap::new();
    for (stage, currency, count, amount, weighted) in rows.into_iter().filter(|row| row.2 > 0) {
        sums.entry(stage).or_default().add(count, currency, amount, weighted);
    }
    Ok(sums)
}

/// The sums of what fits a filter, of a limited number of opportunities; whether there are more.
async fn matching(
    db: &Db,
    access: &Access,
    pipeline: &pipeline::Model,
    request: &GetBoardRequest,
) -> Result<(HashMap<String, Sums>, bool)> {
    let stages = pipeline.stages.0.iter().filter(|stage| stage.is_open()).map(|stage| stage.id.to_string());
    let mut filter = request.filter.clone();
    filter.push(format!("stage_id={}", stages.collect::<Vec<_>>().join("|")));
    let list = ListQuery { filter, query: request.query.clone(), ..ListQuery::default() };
    let fitting = store::fitting::<Entity>(db, access, &list, MOST_SUMMED + 1).await?;
    let rows: Vec<(Uuid, String, i64, i64)> = store::tenant::<Entity>(access.organization())
        .filter(opportunity::Column::Id.in_subquery(fitting.ids))
        .select_only()
        .columns([
            opportunity::Column::StageId,
            opportunity::Column::Currency,
            opportunity::Column::AmountMinor,
            opportunity::Column::WeightedAmountMinor,
        ])
        .into_tuple()
        .all(db.connection())
        .await?;
    let truncated = fitting.is_part || rows.len() as u64 > MOST_SUMMED;
    let mut sums: HashMap<String, Sums> = HashMap::new();
    for (stage, currency, amount, weighted) in rows {
        sums.entry(stage.to_string()).or_default().add(1, currency, amount, weighted);
    }
    Ok((sums, truncated))
}

/// The stages that an opportunity has been in.
pub(super) async fn visits(
    db: &Db,
    access: &Access,
    request: &ListStageVisitsRequest,
) -> Result<ListStageVisitsResponse> {
    let opportunity = store::get::<Entity>(db.connection(), access, &request.opportunity_id).await?;
    let list = ListQuery {
        page_size: request.page_size,
        page_token: request.page_token.clone(),
        query: request.opportunity_id.clone(),
        ..ListQuery::default()
    };
    let query = stage_visit::of(opportunity.id);
    let page = store::page::<stage_visit::Entity>(db.connection(), access, &list, query).await?;
    let now = db.clock().now();
    let message = |visit: &stage_visit::Model| StageVisit {
        stage_id: visit.stage_id.to_string(),
        pipeline_id: visit.pipeline_id.to_string(),
        enter_time: Some(timestamp(visit.enter_time)),
        leave_time: optional_timestamp(visit.leave_time),
        seconds: (visit.leave_time.unwrap_or(now) - visit.enter_time).num_seconds().max(0),
        user_id: if visit.user_id.is_nil() { String::new() } else { visit.user_id.to_string() },
    };
    Ok(ListStageVisitsResponse {
        stage_visits: page.items.iter().map(message).collect(),
        next_page_token: page.next_page_token,
    })
}
