//! `LeadForms`.

mod capture;

use std::collections::HashMap;

use crm_kit::service::Context;
use crm_kit::{Access, ListQuery, Result, Violations, convert, message, store};
use crm_protos::customers::v1::Source;
use crm_protos::sales::v1::lead_forms_server::LeadForms;
use crm_protos::sales::v1::{
    CaptureLeadRequest, CaptureLeadResponse, CreateLeadFormRequest, DeleteLeadFormRequest,
    GetLeadFormRequest, LeadForm, ListLeadFormsRequest, ListLeadFormsResponse, RenewLeadFormKeyRequest,
    UpdateLeadFormRequest,
};
use crm_values::text;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::store::lead_form::{self, Entity, Model};

/// Serves `LeadForms`.
pub struct LeadFormsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl LeadForms for LeadFormsService {
    async fn create_lead_form(
        &self,
        request: Request<CreateLeadFormRequest>,
    ) -> Result<Response<LeadForm>, Status> {
        crm_kit::call(request, async |access, request| {
            let form = request.lead_form.unwrap_or_default();
            let model = model(Model { key: lead_form::new_key(), ..Model::default() }, &form)?;
            let created = self.context.db.write(access, async |tx| {
                tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
            });
            created.await
        })
        .await
    }

    async fn get_lead_form(
        &self,
        request: Request<GetLeadFormRequest>,
    ) -> Result<Response<LeadForm>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            self.counted_one(access, answer(&found)).await
        })
        .await
    }

    async fn list_lead_forms(
        &self,
        request: Request<ListLeadFormsRequest>,
    ) -> Result<Response<ListLeadFormsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListLeadFormsRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let lead_forms = self.counted(access, page.items.iter().map(answer).collect()).await?;
            Ok(ListLeadFormsResponse { lead_forms, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn update_lead_form(
        &self,
        request: Request<UpdateLeadFormRequest>,
    ) -> Result<Response<LeadForm>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.lead_form.unwrap_or_default();
            let updated = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                let after = model(before.clone(), &merged)?;
                tx.update::<Entity>("updated", before, after, &patch.etag).await.map(|model| answer(&model))
            });
            let updated = updated.await?;
            self.counted_one(access, updated).await
        })
        .await
    }

    async fn delete_lead_form(
        &self,
        request: Request<DeleteLeadFormRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let deleted = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                tx.remove::<Entity>("deleted", before, &request.etag).await
            });
            deleted.await
        })
        .await
    }

    async fn renew_lead_form_key(
        &self,
        request: Request<RenewLeadFormKeyRequest>,
    ) -> Result<Response<LeadForm>, Status> {
        crm_kit::call(request, async |access, request| {
            let renewed = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                let after = Model { key: lead_form::new_key(), ..before.clone() };
                let renewed = tx.update::<Entity>("key_renewed", before, after, &request.etag).await?;
                Ok(answer(&renewed))
            });
            let renewed = renewed.await?;
            self.counted_one(access, renewed).await
        })
        .await
    }

    async fn capture_lead(
        &self,
        request: Request<CaptureLeadRequest>,
    ) -> Result<Response<CaptureLeadResponse>, Status> {
        crm_kit::call(request, async |access, request| capture::capture(&self.context, access, request).await)
            .await
    }
}

impl LeadFormsService {
    async fn counted_one(&self, access: &Access, form: LeadForm) -> Result<LeadForm> {
        Ok(self.counted(access, vec![form]).await?.remove(0))
    }

    /// The forms with how many leads they have taken; one query for all.
    async fn counted(&self, access: &Access, mut forms: Vec<LeadForm>) -> Result<Vec<LeadForm>> {
        let ids = forms.iter().filter_map(|form| Uuid::try_parse(&form.id).ok());
        let counts = lead_form::captured(self.context.db.connection(), access.organization(), ids).await?;
        let counts: HashMap<String, i64> =
            counts.into_iter().map(|(id, count)| (id.to_string(), count)).collect();
        for form in &mut forms {
            form.captured_count = counts.get(&form.id).copied().unwrap_or_default();
        }
        Ok(forms)
    }
}

/// The form with the values of the message in the form that is stored. Every violation is named at once.
fn model(base: Model, form: &LeadForm) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(form, "lead_form", check)?;
    let source = match form.source {
        0 => Source::WebSite.into(),
        source => source,
    };
    let leads_per_minute = if form.leads_per_minute == 0 { 30 } else { form.leads_per_minute };
    if !(1..=600).contains(&leads_per_minute) {
        check.add("lead_form.leads_per_minute", "OUT_OF_RANGE", "give 1 to 600");
    }
    let model = Model {
        name: text::line(&form.name, 200, "lead_form.name", check),
        disabled: form.disabled,
        source: convert::enum_name(source, Source::as_str_name, "lead_form.source", check),
        channel: text::line(&form.channel, 100, "lead_form.channel", check),
        campaign_id: text::line(&form.campaign_id, 100, "lead_form.campaign_id", check),
        leads_per_minute,
        ..base
    };
    violations.finish()?;
    Ok(model)
}

/// The form as the API shows it, without how many leads it has taken.
fn answer(model: &Model) -> LeadForm {
    LeadForm {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        key: model.key.clone(),
        disabled: model.disabled,
        source: convert::enum_number(&model.source, Source::from_str_name),
        channel: model.channel.clone(),
        campaign_id: model.campaign_id.clone(),
        leads_per_minute: model.leads_per_minute,
        captured_count: 0,
    }
}
