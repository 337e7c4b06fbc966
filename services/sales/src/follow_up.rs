//! Reminders: whoever is responsible for a lead or an opportunity is told when it is time to get in touch again.

use chrono::{DateTime, Utc};
use crm_kit::job::{self, Job};
use crm_kit::record::Record;
use crm_kit::service::Context;
use crm_kit::{Error, Result, Tx, convert, store};
use crm_protos::identity::v1::notifications_client::NotificationsClient;
use crm_protos::identity::v1::{NotificationKind, NotifyRequest};
use crm_protos::sales::v1::{LeadStatus, OpportunityStatus};
use sea_orm::{ConnectionTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{lead, opportunity};

/// The kind of job.
pub(crate) const KIND: &str = "follow_up";

/// What is to be followed up, and when.
#[derive(Debug, Deserialize, Serialize)]
struct Reminder {
    resource: String,
    id: Uuid,
    time: DateTime<Utc>,
}

/// Reminds the owner of a record at a time, unless that has passed; called whenever the time of a record changes.
pub async fn schedule(tx: &Tx, resource: &str, id: Uuid, time: DateTime<Utc>) -> Result<()> {
    if time <= tx.now() || time >= crate::store::follow_up::NEVER {
        return Ok(());
    }
    let reminder = Reminder { resource: resource.to_owned(), id, time };
    job::add(tx, KIND, &reminder.name(), &reminder, time).await
}

impl Reminder {
    fn name(&self) -> String {
        format!("{} {} {}", self.resource, self.id, self.time.timestamp_micros())
    }
}

/// Tells the owner, unless the record was closed, deleted or put off since. Told twice, identity notifies once.
pub(crate) async fn remind(context: Context, job: Job) -> Result<()> {
    let reminder: Reminder = job.payload()?;
    let connection = context.db.connection();
    let due = match reminder.resource.as_str() {
        lead::Entity::RESOURCE => lead_due(connection, job.organization, &reminder).await?,
        opportunity::Entity::RESOURCE => opportunity_due(connection, job.organization, &reminder).await?,
        other => return Err(Error::internal(format!("{other} cannot be followed up"))),
    };
    let Some((owner, title)) = due.filter(|(owner, _)| !owner.is_nil()) else { return Ok(()) };
    let message = NotifyRequest {
        organization_id: job.organization.to_string(),
        user_id: owner.to_string(),
        key: format!("{KIND} {}", reminder.name()),
        kind: NotificationKind::FollowUpDue.into(),
        resource: reminder.resource,
        record_id: reminder.id.to_string(),
        title,
        due_time: Some(convert::timestamp(reminder.time)),
    };
    NotificationsClient::new(context.peers.get("identity")?).notify(context.request(message)).await?;
    Ok(())
}

/// The owner and the name of a lead that is still to be followed up then.
async fn lead_due(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    reminder: &Reminder,
) -> Result<Option<(Uuid, String)>> {
    let closed = [LeadStatus::Converted.as_str_name(), LeadStatus::Unqualified.as_str_name()];
    let found = existing::<lead::Entity>(connection, organization, reminder.id).await?;
    let due = found
        .filter(|lead| lead.next_follow_up_time == reminder.time && !closed.contains(&lead.status.as_str()));
    Ok(due.map(|lead| (lead.owner_id, lead.display_name)))
}

/// The owner and the name of an opportunity that is still to be followed up then.
async fn opportunity_due(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    reminder: &Reminder,
) -> Result<Option<(Uuid, String)>> {
    let found = existing::<opportunity::Entity>(connection, organization, reminder.id).await?;
    let due = found.filter(|opportunity| {
        opportunity.next_follow_up_time == reminder.time
            && opportunity.status == OpportunityStatus::Open.as_str_name()
    });
    Ok(due.map(|opportunity| (opportunity.owner_id, opportunity.name)))
}

async fn existing<E: Record>(
    connection: &impl ConnectionTrait,
    organization: Uuid,
    id: Uuid,
) -> Result<Option<E::Model>> {
    let query = store::tenant::<E>(organization).filter(store::not_deleted::<E>());
    match store::by_id::<E>(connection, query, id).await {
        Ok(record) => Ok(Some(record)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
