//! `Organizations`.

use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Error, Result, convert, message};
use crm_protos::identity::v1::organizations_server::Organizations;
use crm_protos::identity::v1::{
    GetOrganizationRequest, Organization, UpdateOrganizationRequest, WorkingHours as HoursMessage,
};
use crm_values::{WorkingHours, country, currency, text, time_zone, working_hours};
use tonic::{Request, Response, Status};

use super::values;
use crate::store::organization::{self, Entity, Model, WorkingWeek};

/// Larger logos are refused: everybody loads it.
const LARGEST_LOGO: usize = 100 << 10;

/// Serves `Organizations`.
pub struct OrganizationsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Organizations for OrganizationsService {
    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        crm_kit::call(request, async |access, _| {
            let found = organization::get(self.context.db.connection(), access.organization()).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn update_organization(
        &self,
        request: Request<UpdateOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.organization.unwrap_or_default();
            if !patch.id.is_empty() && patch.id != access.organization().to_string() {
                return Err(Error::NotFound);
            }
            self.context
                .db
                .write(access, async |tx| {
                    let before = organization::get(tx.connection(), access.organization()).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(before.clone(), &merged)?;
                    let updated = tx.update::<Entity>("updated", before, after, &patch.etag).await?;
                    Ok(answer(&updated))
                })
                .await
        })
        .await
    }
}

/// The organization with the values of the message. Every violation is named at once.
pub(crate) fn model(base: Model, organization: &Organization) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(organization, "organization", check)?;
    let currency = organization.currency.trim().to_ascii_uppercase();
    if !currency::is_known(&currency) {
        check.add(
            "organization.currency",
            "CURRENCY_INVALID",
            "give the three letters of a currency, as in CNY",
        );
    }
    let region = organization.region.trim().to_ascii_uppercase();
    if !country::is_known(&region) {
        check.add("organization.region", "REGION_INVALID", "give the two letters of a region, as in CN");
    }
    let time_zone = organization.time_zone.trim().to_owned();
    if !time_zone::is_known(&time_zone) {
        check.add("organization.time_zone", "TIME_ZONE_INVALID", "give a time zone, as in Asia/Shanghai");
    }
    let hours = |span: &HoursMessage| WorkingHours {
        weekday: span.weekday,
        start: span.start.clone(),
        end: span.end.clone(),
    };
    let hours: Vec<WorkingHours> = organization.working_hours.iter().map(hours).collect();
    working_hours::check(&hours, "organization.working_hours", check);
    if !organization.logo.is_empty() && !is_picture(&organization.logo) {
        let advice = "give a PNG, JPEG or WebP picture of at most 100 KiB";
        check.add("organization.logo", "PICTURE_INVALID", advice);
    }
    let model = Model {
        logo: Some(organization.logo.clone()).filter(|logo| !logo.is_empty()),
        working_hours: WorkingWeek(hours),
        name: text::line(&organization.name, 200, "organization.name", check),
        currency,
        region,
        language: values::language(&organization.language, "organization.language", check),
        time_zone,
        ..base
    };
    violations.finish()?;
    Ok(model)
}

/// What browsers show without running anything in it.
fn is_picture(bytes: &[u8]) -> bool {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    bytes.len() <= LARGEST_LOGO
        && (is_webp || bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff"))
}

/// The organization as the API shows it.
pub(crate) fn answer(model: &Model) -> Organization {
    let hours = |span: &WorkingHours| HoursMessage {
        weekday: span.weekday,
        start: span.start.clone(),
        end: span.end.clone(),
    };
    Organization {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        currency: model.currency.clone(),
        region: model.region.clone(),
        language: model.language.clone(),
        time_zone: model.time_zone.clone(),
        logo: model.logo.clone().unwrap_or_default(),
        working_hours: model.working_hours.0.iter().map(hours).collect(),
    }
}
