//! Moving, winning, losing and taking up again.

use crm_kit::convert::enum_name;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Tx, Violations, id, store};
use crm_protos::sales::v1::{
    LoseOpportunityRequest, LostReason, MoveOpportunityRequest, Opportunity, OpportunityStatus,
    ReopenOpportunityRequest, StageType, WinOpportunityRequest,
};
use crm_values::{date, money, text};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::answer::answer;
use super::form::follow_stage;
use crate::domain::board;
use crate::domain::pipeline::{Stage, first, furthest, stage};
use crate::store::opportunity::{self, Entity, Model};
use crate::store::{organization, pipeline, stage_visit};

/// Moves an opportunity on the board. Moves within a pipeline happen one after the other, so that each sees the places
/// that the others have left.
pub(super) async fn place(
    context: &Context,
    access: &Access,
    request: &MoveOpportunityRequest,
) -> Result<Opportunity> {
    let wanted = id::reference("stage_id", &request.stage_id)?;
    let [after, before] =
        [id::reference("after_id", &request.after_id)?, id::reference("before_id", &request.before_id)?];
    let seen = store::get::<Entity>(context.db.connection(), access, &request.id).await?;
    let target = wanted.unwrap_or(seen.stage_id);
    let pipeline = match target == seen.stage_id {
        true => seen.pipeline_id,
        false => {
            pipeline::of_stage(context.db.connection(), access.organization(), target)
                .await?
                .ok_or_else(stage_unknown)?
                .id
        }
    };
    context
        .db
        .write(access, async |tx| {
            let pipeline = pipeline::hold_alone(tx, pipeline).await?;
            let current = store::get::<Entity>(tx.connection(), access, &request.id).await?;
            is_open(&current)?;
            let stage = stage(&pipeline.stages.0, target).ok_or_else(stage_unknown)?;
            if stage.id != current.stage_id && (!stage.is_open() || stage.archived) {
                return Err(stage_unknown());
            }
            let mut moved = current.clone();
            enter(tx, &mut moved, &pipeline, stage);
            let (above, below) = neighbours(tx, access, &moved, after, before).await?;
            if let Some(place) = board::between(above.as_deref(), below.as_deref()) {
                moved.position = place;
            }
            moved.weighted_amount_minor = money::weighted(moved.amount_minor, moved.probability)?;
            let moved = opportunity::update(tx, "moved", current, moved, &request.etag).await?;
            Ok(answer(&moved))
        })
        .await
}

fn stage_unknown() -> Error {
    Error::invalid("stage_id", "STAGE_UNKNOWN", "give an open stage; win and lose have verbs of their own")
}

/// The places between which an opportunity goes. A neighbour that has left the stage meanwhile does not count.
async fn neighbours(
    tx: &Tx,
    access: &Access,
    moved: &Model,
    after: Option<Uuid>,
    before: Option<Uuid>,
) -> Result<(Option<String>, Option<String>)> {
    let connection = tx.connection();
    if let Some(above) = neighbour(connection, access, moved, after, "after_id").await? {
        let below = opportunity::beside(connection, moved, Some(&above), true).await?;
        return Ok((Some(above), below));
    }
    if let Some(below) = neighbour(connection, access, moved, before, "before_id").await? {
        let above = opportunity::beside(connection, moved, Some(&below), false).await?;
        return Ok((above, Some(below)));
    }
    Ok((None, opportunity::beside(connection, moved, None, true).await?))
}

async fn neighbour(
    connection: &impl ConnectionTrait,
    access: &Access,
    moved: &Model,
    id: Option<Uuid>,
    field: &str,
) -> Result<Option<String>> {
    let Some(id) = id.filter(|id| *id != moved.id) else { return Ok(None) };
    match store::get::<Entity>(connection, access, &id.to_string()).await {
        Ok(found) => Ok((found.stage_id == moved.stage_id).then_some(found.position)),
        Err(Error::NotFound) => {
            Err(Error::invalid(field, "OPPORTUNITY_UNKNOWN", "give an opportunity that you can see"))
        }
        Err(error) => Err(error),
    }
}

/// Wins an opportunity.
pub(super) async fn win(
    context: &Context,
    access: &Access,
    request: &WinOpportunityRequest,
) -> Result<Opportunity> {
    let close = |tx: &Tx, organization: &organization::Model, current: &Model, won: &mut Model| {
        is_open(current)?;
        won.status = OpportunityStatus::Won.as_str_name().to_owned();
        won.close_date = close_date(&request.close_date, organization, tx)?;
        Ok(StageType::Won)
    };
    finish(context, access, "won", &request.id, &request.etag, close).await
}

/// Loses an opportunity.
pub(super) async fn lose(
    context: &Context,
    access: &Access,
    request: &LoseOpportunityRequest,
) -> Result<Opportunity> {
    let mut violations = Violations::default();
    let reason = enum_name(request.lost_reason, LostReason::as_str_name, "lost_reason", &mut violations);
    let note = text::paragraph(&request.lost_note, 10_000, "lost_note", &mut violations);
    let competitor = text::line(&request.competitor, 200, "competitor", &mut violations);
    violations.finish()?;
    let close = |tx: &Tx, organization: &organization::Model, current: &Model, lost: &mut Model| {
        is_open(current)?;
        lost.status = OpportunityStatus::Lost.as_str_name().to_owned();
        lost.close_date = close_date(&request.close_date, organization, tx)?;
        lost.lost_reason.clone_from(&reason);
        lost.lost_note.clone_from(&note);
        if !competitor.is_empty() {
            lost.competitor.clone_from(&competitor);
        }
        Ok(StageType::Lost)
    };
    finish(context, access, "lost", &request.id, &request.etag, close).await
}

/// Closes an opportunity: `close` says how, and into which kind of stage it goes.
async fn finish(
    context: &Context,
    access: &Access,
    verb: &str,
    id: &str,
    etag: &str,
    close: impl Fn(&Tx, &organization::Model, &Model, &mut Model) -> Result<StageType>,
) -> Result<Opportunity> {
    let organization = organization::get(context.db.connection(), access.organization()).await?;
    let seen = store::get::<Entity>(context.db.connection(), access, id).await?;
    context
        .db
        .write(access, async |tx| {
            let pipeline = pipeline::hold(tx, seen.pipeline_id).await?;
            let current = store::get::<Entity>(tx.connection(), access, id).await?;
            let mut closed = current.clone();
            let kind = close(tx, &organization, &current, &mut closed)?;
            (closed.probability_given, closed.forecast_category_given) = (false, false);
            enter(tx, &mut closed, &pipeline, first(&pipeline.stages.0, kind)?);
            closed.weighted_amount_minor = money::weighted(closed.amount_minor, closed.probability)?;
            let closed = opportunity::update(tx, verb, current, closed, etag).await?;
            Ok(answer(&closed))
        })
        .await
}

/// Takes a closed opportunity up again.
pub(super) async fn reopen(
    context: &Context,
    access: &Access,
    request: &ReopenOpportunityRequest,
) -> Result<Opportunity> {
    let wanted = id::reference("stage_id", &request.stage_id)?;
    let seen = store::get::<Entity>(context.db.connection(), access, &request.id).await?;
    context
        .db
        .write(access, async |tx| {
            let pipeline = pipeline::hold(tx, seen.pipeline_id).await?;
            let current = store::get::<Entity>(tx.connection(), access, &request.id).await?;
            if current.status == OpportunityStatus::Open.as_str_name() {
                return Err(Error::precondition("OPPORTUNITY_OPEN", "the opportunity is open, just go on"));
            }
            let usable =
                |id| stage(&pipeline.stages.0, id).filter(|stage| stage.is_open() && !stage.archived);
            let stage = match wanted {
                Some(id) => usable(id).ok_or_else(stage_unknown)?,
                None => match stage_visit::last_but(tx.connection(), &current).await?.and_then(usable) {
                    Some(stage) => stage,
                    None => first(&pipeline.stages.0, StageType::Open)?,
                },
            };
            let mut opened = current.clone();
            opened.status = OpportunityStatus::Open.as_str_name().to_owned();
            opened.close_date.clear();
            opened.lost_reason = LostReason::Unspecified.as_str_name().to_owned();
            opened.lost_note.clear();
            enter(tx, &mut opened, &pipeline, stage);
            opened.weighted_amount_minor = money::weighted(opened.amount_minor, opened.probability)?;
            let opened = opportunity::update(tx, "reopened", current, opened, &request.etag).await?;
            Ok(answer(&opened))
        })
        .await
}

/// Puts an opportunity on top of a stage, unless it is there already.
fn enter(tx: &Tx, opportunity: &mut Model, pipeline: &pipeline::Model, stage: &Stage) {
    if opportunity.stage_id == stage.id {
        return;
    }
    let furthest_before = match opportunity.pipeline_id == pipeline.id {
        true => opportunity.furthest_stage_id,
        false => Uuid::nil(),
    };
    opportunity.furthest_stage_id = furthest(&pipeline.stages.0, furthest_before, stage.id);
    (opportunity.pipeline_id, opportunity.stage_id) = (pipeline.id, stage.id);
    opportunity.stage_enter_time = tx.now();
    opportunity.position = board::newest();
    follow_stage(opportunity, stage);
}

fn is_open(opportunity: &Model) -> Result<()> {
    match opportunity.status == OpportunityStatus::Open.as_str_name() {
        true => Ok(()),
        false => Err(Error::precondition("OPPORTUNITY_CLOSED", "reopen the opportunity first")),
    }
}

/// The day of closing, which is not in the future; today unless given.
fn close_date(given: &str, organization: &organization::Model, tx: &Tx) -> Result<String> {
    let today = organization.day(tx.now());
    if given.is_empty() {
        return Ok(today.to_string());
    }
    let date = date::parse(given).filter(|date| *date <= today);
    let date =
        date.ok_or_else(|| Error::invalid("close_date", "DATE_INVALID", "give today or a day before"))?;
    Ok(date.to_string())
}
