//! `Representatives`.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, Violations, convert, directory, message, store};
use crm_protos::sales::v1::representatives_server::Representatives;
use crm_protos::sales::v1::{
    Absence as AbsenceMessage, CreateRepresentativeRequest, DeleteRepresentativeRequest,
    GetRepresentativeRequest, ListRepresentativesRequest, ListRepresentativesResponse, Representative,
    Skill as SkillMessage, UpdateRepresentativeRequest, WorkingHours as WorkingHoursMessage,
};
use crm_values::{WorkingHours, text, working_hours};
use sea_orm::PaginatorTrait;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::domain::availability::{self, Absence, Skill};
use crate::store::representative::{Entity, MOST, Model};
use crate::store::values::{Absences, Skills, Texts, WorkingWeek};

/// More skills are refused.
const MOST_SKILLS: usize = 50;
/// More territories are refused.
const MOST_TERRITORIES: usize = 200;

/// Serves `Representatives`.
pub struct RepresentativesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Representatives for RepresentativesService {
    async fn create_representative(
        &self,
        request: Request<CreateRepresentativeRequest>,
    ) -> Result<Response<Representative>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let work = async || {
                let representative = request.representative.unwrap_or_default();
                let mut violations = Violations::default();
                let user = violations.check(self.user(access, &representative.user_id).await)?.flatten();
                let base = Model { user_id: user.unwrap_or_default(), ..Model::default() };
                let model = model(base, &representative, violations)?;
                db.write(access, async |tx| {
                    let known = store::tenant::<Entity>(access.organization()).count(tx.connection()).await?;
                    if known >= MOST {
                        let message = format!("remove representatives first, {MOST} is the most");
                        return Err(Error::precondition("TOO_MANY_REPRESENTATIVES", message));
                    }
                    tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
                })
                .await
            };
            self.named_one(access, db.once(access, work).await?).await
        })
        .await
    }

    async fn get_representative(
        &self,
        request: Request<GetRepresentativeRequest>,
    ) -> Result<Response<Representative>, Status> {
        crm_kit::call(request, async |access, request| {
            let model = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            self.named_one(access, answer(&model)).await
        })
        .await
    }

    async fn list_representatives(
        &self,
        request: Request<ListRepresentativesRequest>,
    ) -> Result<Response<ListRepresentativesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListRepresentativesRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let representatives = self.named(access, page.items.iter().map(answer).collect()).await?;
            Ok(ListRepresentativesResponse { representatives, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn update_representative(
        &self,
        request: Request<UpdateRepresentativeRequest>,
    ) -> Result<Response<Representative>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.representative.unwrap_or_default();
            let updated = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                let mut violations = Violations::default();
                if merged.user_id != before.user_id.to_string() {
                    let advice = "make another representative of another user, this one stays the same";
                    violations.add("representative.user_id", "IMMUTABLE", advice);
                }
                let after = model(before.clone(), &merged, violations)?;
                tx.update::<Entity>("updated", before, after, &patch.etag).await.map(|model| answer(&model))
            });
            let updated = updated.await?;
            self.named_one(access, updated).await
        })
        .await
    }

    async fn delete_representative(
        &self,
        request: Request<DeleteRepresentativeRequest>,
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
}

impl RepresentativesService {
    /// The user of a new representative, who must be able to work; none if none is given. Asks identity.
    async fn user(&self, access: &Access, id: &str) -> Result<Option<Uuid>> {
        let field = "representative.user_id";
        let owner = directory::new_owner(&self.context, access, id, Uuid::nil(), field).await?;
        if owner.is_none() && !id.is_empty() {
            return Err(Error::invalid(field, "OWNER_UNKNOWN", "give a user who can work"));
        }
        Ok(owner.map(|owner| owner.id))
    }

    async fn named_one(&self, access: &Access, representative: Representative) -> Result<Representative> {
        Ok(self.named(access, vec![representative]).await?.remove(0))
    }

    /// The representatives with the names of their users; one query for all.
    async fn named(
        &self,
        access: &Access,
        mut representatives: Vec<Representative>,
    ) -> Result<Vec<Representative>> {
        let ids = representatives.iter().filter_map(|one| Uuid::try_parse(&one.user_id).ok());
        let users = directory::users(&self.context.db, access.organization(), ids).await?;
        let names: HashMap<String, String> =
            users.into_iter().map(|user| (user.id.to_string(), user.display_name)).collect();
        for one in &mut representatives {
            one.user_name = names.get(&one.user_id).cloned().unwrap_or_default();
        }
        Ok(representatives)
    }
}

/// The representative with the values of the message in the form that is stored. Every violation is named at once.
fn model(base: Model, representative: &Representative, violations: Violations) -> Result<Model> {
    let mut violations = violations;
    let check = &mut violations;
    message::require(representative, "representative", check)?;
    let hours = |span: &WorkingHoursMessage| WorkingHours {
        weekday: span.weekday,
        start: span.start.clone(),
        end: span.end.clone(),
    };
    let hours: Vec<WorkingHours> = representative.working_hours.iter().map(hours).collect();
    working_hours::check(&hours, "representative.working_hours", check);
    let absence = |(index, absence): (usize, &AbsenceMessage)| Absence {
        start_date: absence.start_date.clone(),
        end_date: absence.end_date.clone(),
        note: text::line(&absence.note, 200, &format!("representative.absences[{index}].note"), check),
    };
    let absences: Vec<Absence> = representative.absences.iter().enumerate().map(absence).collect();
    availability::check_absences(&absences, "representative.absences", check);
    let weight = if representative.weight == 0 { 1 } else { representative.weight };
    if !(1..=100).contains(&weight) {
        check.add("representative.weight", "OUT_OF_RANGE", "give 1 to 100");
    }
    if representative.capacity < 0 {
        check.add("representative.capacity", "OUT_OF_RANGE", "give a number of leads, or nothing for any");
    }
    let time_zone = representative.time_zone.trim().to_owned();
    if !time_zone.is_empty() && time_zone.parse::<Tz>().is_err() {
        check.add("representative.time_zone", "TIME_ZONE_UNKNOWN", "give a time zone, as in Asia/Shanghai");
    }
    let model = Model {
        disabled: representative.disabled,
        skills: Skills(skills(&representative.skills, check)),
        territories: Texts(territories(&representative.territories, check)),
        weight,
        capacity: representative.capacity,
        working_hours: WorkingWeek(hours),
        time_zone,
        absences: Absences(absences),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

fn skills(skills: &[SkillMessage], violations: &mut Violations) -> Vec<Skill> {
    let path = "representative.skills";
    if skills.len() > MOST_SKILLS {
        violations.add(path, "TOO_MANY", format!("give {MOST_SKILLS} skills at most"));
    }
    let mut seen = HashSet::new();
    let mut skill = |(index, skill): (usize, &SkillMessage)| {
        let name = text::line(&skill.name, 100, &format!("{path}[{index}].name"), violations);
        if !name.is_empty() && !seen.insert(name.to_lowercase()) {
            let advice = "leave out what the list has already";
            violations.add(format!("{path}[{index}].name"), "DUPLICATE", advice);
        }
        let level = if skill.level == 0 { 3 } else { skill.level };
        if !(1..=5).contains(&level) {
            violations.add(format!("{path}[{index}].level"), "OUT_OF_RANGE", "give 1 to 5");
        }
        Skill { name, level }
    };
    skills.iter().take(MOST_SKILLS).enumerate().map(&mut skill).collect()
}

/// None is empty, none there twice whatever its case; the first spelling stays.
fn territories(territories: &[String], violations: &mut Violations) -> Vec<String> {
    let path = "representative.territories";
    if territories.len() > MOST_TERRITORIES {
        violations.add(path, "TOO_MANY", format!("give {MOST_TERRITORIES} territories at most"));
    }
    let mut seen = HashSet::new();
    let territories = territories.iter().take(MOST_TERRITORIES).enumerate();
    let territories = territories
        .map(|(index, territory)| text::line(territory, 100, &format!("{path}[{index}]"), violations));
    territories.filter(|one| !one.is_empty() && seen.insert(one.to_lowercase())).collect()
}

/// The representative as the API shows it, without the user's name.
fn answer(model: &Model) -> Representative {
    let skill = |skill: &Skill| SkillMessage { name: skill.name.clone(), level: skill.level };
    let hours = |span: &WorkingHours| WorkingHoursMessage {
        weekday: span.weekday,
        start: span.start.clone(),
        end: span.end.clone(),
    };
    let absence = |absence: &Absence| AbsenceMessage {
        start_date: absence.start_date.clone(),
        end_date: absence.end_date.clone(),
        note: absence.note.clone(),
    };
    Representative {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        user_id: model.user_id.to_string(),
        disabled: model.disabled,
        skills: model.skills.0.iter().map(skill).collect(),
        territories: model.territories.0.clone(),
        weight: model.weight,
        capacity: model.capacity,
        working_hours: model.working_hours.0.iter().map(hours).collect(),
        time_zone: model.time_zone.clone(),
        absences: model.absences.0.iter().map(absence).collect(),
        user_name: String::new(),
    }
}
