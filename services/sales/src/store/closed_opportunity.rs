//! Closed opportunities and what became of them on the way: what is learned from.

use std::collections::HashMap;

use crm_kit::{Error, Record, Result, change, store};
use crm_protos::sales::v1::OpportunityStatus;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::values::Contacts;
use super::{opportunity, stage_visit};
use crate::domain::win_model::{Change, KNOWN, Known};

/// A closed opportunity as it is now.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Closed {
    id: Uuid,
    update_time: ChronoDateTimeUtc,
    /// When it was created.
    pub create_time: ChronoDateTimeUtc,
    status: String,
    source: String,
    amount_minor: i64,
    currency: String,
    contacts: Contacts,
    next_step: String,
}

impl Closed {
    /// The id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// True if it was won.
    pub fn is_won(&self) -> bool {
        self.status == OpportunityStatus::Won.as_str_name()
    }

    /// What is known of it now.
    pub fn known(&self) -> Known {
        let Self { source, amount_minor, currency, contacts, next_step, .. } = self.clone();
        Known { source, amount_minor, currency, contacts, next_step }
    }
}

/// The closed opportunities of an organization, those first that changed last, after the last one of the page before.
pub async fn page(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    after: Option<&Closed>,
    limit: u64,
) -> Result<Vec<Closed>> {
    use opportunity::Column;
    let older = |last: &Closed| {
        let same_time =
            Condition::all().add(Column::UpdateTime.eq(last.update_time)).add(Column::Id.lt(last.id));
        let earlier = Condition::any().add(Column::UpdateTime.lt(last.update_time)).add(same_time);
        // The first condition follows from the second; it is what the index is entered by.
        Condition::all().add(Column::UpdateTime.lte(last.update_time)).add(earlier)
    };
    // Not asked as won or lost, so that the rows come in the order of an index and the limit ends the search.
    let closed = store::tenant::<opportunity::Entity>(organization)
        .filter(store::not_deleted::<opportunity::Entity>())
        .filter(Column::Status.ne(OpportunityStatus::Open.as_str_name()))
        .filter(Condition::all().add_option(after.map(older)))
        .order_by_desc(Column::UpdateTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    let columns = [
        Column::Id,
        Column::UpdateTime,
        Column::CreateTime,
        Column::Status,
        Column::Source,
        Column::AmountMinor,
        Column::Currency,
        Column::Contacts,
        Column::NextStep,
    ];
    Ok(closed.select_only().columns(columns).into_model().all(connection).await?)
}

/// The visits of stages of some opportunities, oldest first.
pub async fn visits(
    connection: &impl ConnectionTrait,
    opportunities: &[Uuid],
) -> Result<HashMap<Uuid, Vec<stage_visit::Model>>> {
    // Whose they are is known by their opportunities; asked for the organization too, SQLite would read all of its visits.
    let visits = store::everywhere::<stage_visit::Entity>()
        .filter(stage_visit::Column::OpportunityId.is_in(opportunities.iter().copied()))
        .order_by_asc(stage_visit::Column::EnterTime)
        .order_by_asc(stage_visit::Column::Id);
    let mut found: HashMap<Uuid, Vec<stage_visit::Model>> = HashMap::new();
    for visit in visits.all(connection).await? {
        found.entry(visit.opportunity_id).or_default().push(visit);
    }
    Ok(found)
}

/// The changes of what is known of some opportunities, oldest first.
pub async fn changes(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    opportunities: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Change>>> {
    // Most changes are moves; those of the fields that matter name them.
    let fields = KNOWN.iter().map(|field| change::Column::Before.contains(format!("\"{field}\":")));
    // Asked for an order too, SQLite would read the whole log of the organization in it.
    let changes = store::tenant::<change::Entity>(organization)
        .filter(change::Column::Resource.eq(opportunity::Entity::RESOURCE))
        .filter(change::Column::RecordId.is_in(opportunities.iter().copied()))
        .filter(fields.fold(Condition::any(), Condition::add))
        .select_only()
        .columns([
            change::Column::Id,
            change::Column::RecordId,
            change::Column::CreateTime,
            change::Column::Before,
        ]);
    let mut rows: Vec<(Uuid, Uuid, ChronoDateTimeUtc, String)> = changes.into_tuple().all(connection).await?;
    rows.sort_unstable_by_key(|(id, _, time, _)| (*time, *id));
    let mut found: HashMap<Uuid, Vec<Change>> = HashMap::new();
    for (_, opportunity, time, before) in rows {
        let replaced = serde_json::from_str(&before).map_err(Error::internal)?;
        found.entry(opportunity).or_default().push(Change { time, replaced });
    }
    Ok(found)
}
