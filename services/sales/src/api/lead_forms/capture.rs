//! Taking leads from forms on web sites: anybody may call, whoever has the key of a form gets further.

use crm_kit::cache::Limit;
use crm_kit::service::Context;
use crm_kit::{Access, Error, Result, Violations, convert};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::{CaptureLeadRequest, CaptureLeadResponse, Lead, LeadStatus};
use uuid::Uuid;

use crate::api::leads::values;
use crate::assignment;
use crate::store::{lead, lead_form, organization};

/// Takes a lead; the answer says nothing about it.
pub(super) async fn capture(
    context: &Context,
    access: &Access,
    request: CaptureLeadRequest,
) -> Result<CaptureLeadResponse> {
    let db = &context.db;
    let form = lead_form::by_key(db.connection(), &request.key).await?;
    // Nobody is signed in, so what is written is written by nobody in the form's organization.
    access.identify(form.organization_id, Uuid::nil());
    if let Some(answered) = db.answered(access).await? {
        return Ok(answered);
    }
    if !request.homepage.trim().is_empty() {
        tracing::debug!(form = %form.id, "what a robot has filled in is dropped");
        return Ok(CaptureLeadResponse {});
    }
    let per_minute = u32::try_from(form.leads_per_minute).unwrap_or_default();
    let limit = Limit { burst: per_minute, per_second: f64::from(per_minute) / 60.0 };
    let taken = context.cache.take(&format!("sales:capture:{}", form.id), &limit).await;
    taken.map_err(|retry_after| Error::Limited { retry_after })?;
    let organization = organization::get(db.connection(), form.organization_id).await?;
    let lead = model(&form, request, &organization)?;
    let captured = db.write(access, async |tx| {
        let lead = assignment::assign(tx, lead).await?;
        tx.insert::<lead::Entity>("captured", lead).await?;
        Ok(CaptureLeadResponse {})
    });
    captured.await
}

/// The lead that a visitor's form makes. Every violation is named at once.
fn model(
    form: &lead_form::Model,
    request: CaptureLeadRequest,
    organization: &organization::Model,
) -> Result<lead::Model> {
    let mut violations = Violations::default();
    if request.email.trim().is_empty() && request.phone.trim().is_empty() {
        violations.add("email", "REQUIRED", "give an e-mail address or a telephone number");
    }
    let base = lead::Model {
        status: LeadStatus::New.as_str_name().to_owned(),
        lead_form_id: Some(form.id),
        ..lead::Model::default()
    };
    let filled_in = Lead {
        name: request.name,
        company: request.company,
        title: request.title,
        email: request.email,
        phone: request.phone,
        needs: request.needs,
        purchase_intention: request.purchase_intention,
        industry: request.industry,
        address: request.address,
        utm: request.utm,
        source: convert::enum_number(&form.source, Source::from_str_name),
        channel: form.channel.clone(),
        campaign_id: form.campaign_id.clone(),
        ..Lead::default()
    };
    values::model(base, &filled_in, "", None, organization, violations)
}
