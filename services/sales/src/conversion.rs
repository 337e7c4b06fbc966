//! Conversion: a lead becomes an account, a contact and an opportunity, each exactly once whatever stops it on the way.
//!
//! What is to be made is written down first, with the job that goes on if nobody else does. Then each step is done and
//! what it made is written down. A step whose answer was lost is done again: customers knows it by its idempotency key,
//! and the opportunity is made in the same transaction that ends the conversion.

mod customers;
mod plan;

use crm_kit::access::{Access, Caller, Origin};
use crm_kit::job::Job;
use crm_kit::service::Context;
use crm_kit::{Error, Result, Tx, store};
use crm_protos::sales::v1::{ConvertLeadRequest, ConvertLeadResponse, Duplicate, LeadStatus};
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use tonic::Code;

use crate::api::leads::values::answer;
use crate::domain::conversion::{Step, next};
use crate::store::lead;
use crate::store::lead_conversion::{Column, Entity, Model};

/// The kind of the job that goes on with a conversion.
pub(crate) const KIND: &str = "convert_lead";

/// More turns than steps and whoever else does them at the same time can take.
const MOST_TURNS: usize = 12;

/// Which conversion the job goes on with.
#[derive(Debug, Deserialize, Serialize)]
struct Unfinished {
    conversion_id: Uuid,
}

/// Converts a lead, or goes on with its conversion; of one that is converted it tells what it has become.
pub(crate) async fn convert(
    context: &Context,
    access: &Access,
    request: &ConvertLeadRequest,
) -> Result<ConvertLeadResponse> {
    if let Some(answered) = context.db.answered(access).await? {
        return Ok(answered);
    }
    let connection = context.db.connection();
    let lead = store::get::<lead::Entity>(connection, access, &request.id).await?;
    let mut duplicates = Vec::new();
    if lead.status != LeadStatus::Converted.as_str_name() {
        let conversion = match of_lead(connection, access.organization(), lead.id).await? {
            Some(running) => running,
            None => {
                let begun = plan::begin(context, access, request, &lead).await?;
                duplicates = begun.duplicates;
                begun.conversion
            }
        };
        go_on(context, access.origin(), access.organization(), conversion.id).await?;
    }
    let lead = store::get::<lead::Entity>(connection, access, &request.id).await?;
    if lead.status != LeadStatus::Converted.as_str_name() {
        // Somebody else's attempt at the same conversion was refused meanwhile.
        return Err(Error::Stale);
    }
    let answer = told(&lead, duplicates);
    context.db.write(access, async |_| Ok(answer.clone())).await
}

fn told(lead: &lead::Model, duplicates: Vec<Duplicate>) -> ConvertLeadResponse {
    let lead = answer(lead);
    ConvertLeadResponse {
        opportunity_id: lead.opportunity_id.clone(),
        account_id: lead.account_id.clone(),
        contact_id: lead.contact_id.clone(),
        lead: Some(lead),
        duplicates,
    }
}

/// Goes on with a conversion that whoever began it has not finished.
pub(crate) async fn resume(context: Context, job: Job) -> Result<()> {
    let unfinished: Unfinished = job.payload()?;
    let system = context.db.system(job.organization);
    go_on(&context, system.origin(), job.organization, unfinished.conversion_id).await
}

async fn of_lead(connection: &impl ConnectionTrait, organization: Uuid, lead: Uuid) -> Result<Option<Model>> {
    Ok(store::tenant::<Entity>(organization).filter(Column::LeadId.eq(lead)).one(connection).await?)
}

/// Does every step that is left, beside anybody else who does. A conversion that was withdrawn has none.
async fn go_on(context: &Context, origin: &Origin, organization: Uuid, conversion: Uuid) -> Result<()> {
    for _ in 0..MOST_TURNS {
        let query = store::tenant::<Entity>(organization).filter(Column::Id.eq(conversion));
        let row = query.one(context.db.connection()).await?.filter(|row| row.finish_time.is_none());
        let Some(row) = row else { return Ok(()) };
        match step(context, &actor(context, origin, &row), &row).await {
            // Somebody else has done the step: look again how far it is.
            Ok(()) | Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable)
}

/// The service itself in the name of who converts: what that takes was checked when the conversion began, and must not
/// stop it half-way; and customers knows a request that is repeated only if it comes from the same user.
fn actor(context: &Context, origin: &Origin, row: &Model) -> Access {
    let system = context.db.system(row.organization_id);
    let caller = Caller { user_id: row.user_id, ..system.caller().clone() };
    Access::new(caller, None, origin.clone(), context.keys.clone(), context.clock.clone())
}

async fn step(context: &Context, actor: &Access, row: &Model) -> Result<()> {
    let made = match next(&row.plan, row.account_id, row.contact_id) {
        Step::Account => {
            let account_id = customers::make_account(context, actor, row).await;
            account_id.map(|id| Model { account_id: Some(id), ..row.clone() })
        }
        Step::Contact(account) => {
            let contact_id = customers::make_contact(context, actor, row, account).await;
            contact_id.map(|id| Model { contact_id: Some(id), ..row.clone() })
        }
        Step::Opportunity => return plan::finish(context, actor, row).await,
    };
    match made {
        Ok(after) => {
            let keep = async |tx: &Tx| tx.update::<Entity>("advanced", row.clone(), after.clone(), "").await;
            context.db.transact_as(actor, keep).await.map(drop)
        }
        Err(error) => {
            if is_refused(&error) && !(row.plan.makes_account && row.account_id.is_some()) {
                withdraw(context, actor, row).await?;
            }
            Err(error)
        }
    }
}

/// Whether customers will never do it, so that nothing of it is there or ever will be. Words that differ from those
/// under the same key tell that it was done.
fn is_refused(error: &Error) -> bool {
    use tonic_types::StatusExt;
    let Error::Peer(status) = error else { return false };
    let known = status.get_details_error_info().is_some_and(|info| info.reason == "IDEMPOTENCY_KEY_REUSED");
    let codes = [
        Code::InvalidArgument,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::FailedPrecondition,
    ];
    codes.contains(&status.code()) && !known
}

/// Forgets a conversion that has made nothing and cannot, so that the lead can be converted in another way.
async fn withdraw(context: &Context, actor: &Access, row: &Model) -> Result<()> {
    let remove = async |tx: &Tx| tx.remove::<Entity>("withdrawn", row.clone(), "").await;
    context.db.transact_as(actor, remove).await
}
