//! Training: each day, and when somebody asks, what wins opportunities is learned anew.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveTime, TimeDelta};
use crm_kit::job::{self, Job};
use crm_kit::service::Context;
use crm_kit::{Db, Error, Result, Tx, store};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::win_model::{Examples, Learned, Snapshot};
use crate::store::closed_opportunity::{self, Closed};
use crate::store::{pipeline, stage_visit, win_model};

/// The kind of job.
pub(crate) const KIND: &str = "train_win_model";
/// It is learned from so many opportunities, those that changed last: older ones say little of how one sells today.
const MOST_OPPORTUNITIES: usize = 20_000;
/// So many are read at a time.
const PAGE: u64 = 500;

/// Whose model is trained. Feeds act for no organization, so the job itself does not know.
#[derive(Debug, Deserialize, Serialize)]
struct Training {
    organization_id: Uuid,
}

/// Trains the model of an organization tomorrow, and from then on each day. Scheduled twice, it is trained once.
pub async fn schedule(tx: &Tx, organization_id: Uuid) -> Result<()> {
    let tomorrow = tx.now().date_naive() + Days::new(1);
    // Each organization has its time of day, so that not all are trained at once.
    let second = i64::try_from(organization_id.as_u128() % 86_400).unwrap_or_default();
    let time = tomorrow.and_time(NaiveTime::MIN).and_utc() + TimeDelta::seconds(second);
    // A new name each day: the job that adds the next one is still there under its own.
    job::add(tx, KIND, &format!("{organization_id} {tomorrow}"), &Training { organization_id }, time).await
}

/// Trains the model of the caller's organization at once.
pub async fn schedule_now(tx: &Tx) -> Result<()> {
    let organization_id = tx.access().organization();
    job::add(tx, KIND, &format!("{organization_id} now"), &Training { organization_id }, tx.now()).await
}

/// Learns and keeps what was learned, or how many examples there are if they do not suffice.
pub(crate) async fn train(context: Context, job: Job) -> Result<()> {
    let Training { organization_id } = job.payload()?;
    let db = &context.db;
    let access = db.system(organization_id);
    // First of all, so that a day on which training fails is not the last.
    db.transact_as(&access, async |tx| schedule(tx, organization_id).await).await?;
    let examples = read(db, organization_id).await?;
    let count = |number: usize| i32::try_from(number).map_err(Error::internal);
    let (opportunities, won) = (count(examples.opportunities())?, count(examples.won())?);
    let learned = tokio::task::spawn_blocking(|| examples.learn()).await.map_err(Error::internal)?;
    db.transact_as(&access, async |tx| {
        let before = win_model::get(tx.connection(), organization_id).await?;
        let train_time = learned.as_ref().map(|_| tx.now());
        let Learned { weights, auc, stage_auc } = learned.clone().unwrap_or_default();
        let base = win_model::Model { examples: opportunities, won, ..before.clone().unwrap_or_default() };
        let after = win_model::Model { auc, stage_auc, weights, train_time, ..base };
        match before {
            None => tx.insert::<win_model::Entity>("trained", after).await,
            Some(before) => tx.update::<win_model::Entity>("trained", before, after, "").await,
        }
    })
    .await
    .map(drop)
}

/// What an organization's closed opportunities teach; three queries for each page of them.
async fn read(db: &Db, organization: Uuid) -> Result<Examples> {
    let connection = db.connection();
    let pipelines = store::tenant::<pipeline::Entity>(organization).all(connection).await?;
    let open = pipelines.iter().flat_map(|pipeline| &pipeline.stages.0).filter(|stage| stage.is_open());
    let open: HashMap<Uuid, i32> = open.map(|stage| (stage.id, stage.probability)).collect();
    let (mut examples, mut last) = (Examples::default(), None);
    while examples.opportunities() < MOST_OPPORTUNITIES {
        let page = closed_opportunity::page(connection, organization, last.as_ref(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        let ids: Vec<Uuid> = page.iter().map(Closed::id).collect();
        let mut visits = closed_opportunity::visits(connection, &ids).await?;
        let changes = closed_opportunity::changes(connection, organization, &ids).await?;
        for closed in &page {
            let changes = changes.get(&closed.id()).map_or(&[][..], Vec::as_slice);
            let snapshot = |visit: &stage_visit::Model| Snapshot {
                stage_id: visit.stage_id,
                known: closed.known().at(visit.enter_time, changes),
                age: visit.enter_time - closed.create_time,
            };
            // A stage counts once, however often the card was dragged to and fro.
            let mut seen = HashSet::new();
            let mut visits = visits.remove(&closed.id()).unwrap_or_default();
            visits.retain(|visit| open.contains_key(&visit.stage_id) && seen.insert(visit.stage_id));
            let visits = visits.iter().map(|visit| (open[&visit.stage_id], snapshot(visit)));
            examples.add(closed.id(), closed.is_won(), visits);
        }
        last = page.into_iter().last();
    }
    Ok(examples)
}
