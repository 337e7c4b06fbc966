//! `Targets`.

use crm_kit::directory::{self, Owner};
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, Tx, Violations, convert, id, message, store};
use crm_protos::sales::v1::targets_server::Targets;
use crm_protos::sales::v1::{
    CreateTargetRequest, DeleteTargetRequest, GetTargetRequest, ListTargetsRequest, ListTargetsResponse,
    Target, TargetPeriod, UpdateTargetRequest,
};
use crm_values::{amount, currency};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::domain::target::Month;
use crate::store::target::{Entity, Model};
use crate::store::{department, organization, target};

/// Serves `Targets`.
pub struct TargetsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Targets for TargetsService {
    async fn create_target(&self, request: Request<CreateTargetRequest>) -> Result<Response<Target>, Status> {
        crm_kit::call(request, async |access, request| {
            let work = async || {
                let (target, mut violations) = (request.target.unwrap_or_default(), Violations::default());
                let subject = violations.check(self.subject(access, &target).await)?.unwrap_or_default();
                self.context
                    .db
                    .write(access, async |tx| {
                        check_department(tx, access, &subject, &mut violations).await?;
                        let model = model(tx, access, subject, &target, violations).await?;
                        let created = tx.insert::<Entity>("created", model).await?;
                        check_reach(tx, access, &created).await?;
                        Ok(answer(&created))
                    })
                    .await
            };
            self.context.db.once(access, work).await
        })
        .await
    }

    async fn get_target(&self, request: Request<GetTargetRequest>) -> Result<Response<Target>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_targets(
        &self,
        request: Request<ListTargetsRequest>,
    ) -> Result<Response<ListTargetsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListTargetsRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            Ok(ListTargetsResponse {
                targets: page.items.iter().map(answer).collect(),
                next_page_token: page.next_page_token,
            })
        })
        .await
    }

    async fn update_target(&self, request: Request<UpdateTargetRequest>) -> Result<Response<Target>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.target.unwrap_or_default();
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let mut violations = Violations::default();
                    check_subject(&before, &merged, &mut violations);
                    let after = model(tx, access, before.clone(), &merged, violations).await?;
                    tx.update::<Entity>("updated", before, after, &patch.etag)
                        .await
                        .map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn delete_target(&self, request: Request<DeleteTargetRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.remove::<Entity>("deleted", before, &request.etag).await
                })
                .await
        })
        .await
    }
}

impl TargetsService {
    /// An empty target of the user or the department that was given. Asks identity for the user.
    async fn subject(&self, access: &Access, given: &Target) -> Result<Model> {
        let department = id::reference("target.department_id", &given.department_id)?;
        let owner =
            directory::new_owner(&self.context, access, &given.owner_id, Uuid::nil(), "target.owner_id")
                .await?;
        match (owner, department) {
            (None, None) => {
                Err(Error::invalid("target.owner_id", "SUBJECT_MISSING", "give a user or a department"))
            }
            (None, Some(department)) => Ok(Model {
                department_id: Some(department),
                subject: target::of_department(department),
                ..Model::default()
            }),
            (Some(owner), Some(department)) if owner.department != Some(department) => {
                let advice = "give a user or a department, not both";
                Err(Error::invalid("target.department_id", "SUBJECT_AMBIGUOUS", advice))
            }
            (Some(Owner { id, department }), _) => Ok(Model {
                owner_id: id,
                department_id: department,
                subject: target::of_user(id),
                ..Model::default()
            }),
        }
    }
}

/// Adds a violation unless the department of a department's target is there.
async fn check_department(
    tx: &Tx,
    access: &Access,
    target: &Model,
    violations: &mut Violations,
) -> Result<()> {
    if let Some(id) = target.department_id.filter(|_| target.owner_id.is_nil())
        && !department::exists(tx.connection(), access.organization(), id).await?
    {
        violations.add("target.department_id", "DEPARTMENT_UNKNOWN", "give a department of the organization");
    }
    Ok(())
}

/// Adds a violation if a target is to be given to somebody else. The department of a user's target follows the user, so
/// whatever is sent for it does not matter.
fn check_subject(before: &Model, wanted: &Target, violations: &mut Violations) {
    let current = answer(before);
    let is_moved = before.owner_id.is_nil() && wanted.department_id != current.department_id;
    if wanted.owner_id != current.owner_id || is_moved {
        let field = if is_moved { "target.department_id" } else { "target.owner_id" };
        violations.add(field, "SUBJECT_FIXED", "create a target for the other one");
    }
}

/// Fails unless the caller reaches a target that was created: one's own, or of people and departments below.
async fn check_reach(tx: &Tx, access: &Access, created: &Model) -> Result<()> {
    match store::get::<Entity>(tx.connection(), access, &created.id.to_string()).await {
        Ok(_) => Ok(()),
        Err(Error::NotFound) => {
            let field = if created.owner_id.is_nil() { "target.department_id" } else { "target.owner_id" };
            Err(Error::invalid(field, "OUT_OF_REACH", "give a user or a department whose targets you set"))
        }
        Err(error) => Err(error),
    }
}

/// The target with the values of the message in the form that is stored. Every violation is named at once.
async fn model(
    tx: &Tx,
    access: &Access,
    base: Model,
    target: &Target,
    violations: Violations,
) -> Result<Model> {
    let mut violations = violations;
    let check = &mut violations;
    message::require(target, "target", check)?;
    amount::check(target.amount_minor, "target.amount_minor", check);
    if Month::parse(&target.start_month).is_none() && !target.start_month.is_empty() {
        check.add("target.start_month", "MONTH_INVALID", "give a month as YYYY-MM");
    }
    let mut currency = currency::normalize(&target.currency, "target.currency", check);
    let period = convert::enum_name(target.period, TargetPeriod::as_str_name, "target.period", check);
    violations.finish()?;
    if currency.is_empty() {
        currency = organization::get(tx.connection(), access.organization()).await?.currency;
    }
    let (start_month, amount_minor) = (target.start_month.clone(), target.amount_minor);
    Ok(Model { period, start_month, amount_minor, currency, ..base })
}

/// The target as the API shows it.
fn answer(model: &Model) -> Target {
    let owner = Some(model.owner_id).filter(|owner| !owner.is_nil());
    let reference = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    Target {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        owner_id: reference(owner),
        department_id: reference(model.department_id),
        period: convert::enum_number(&model.period, TargetPeriod::from_str_name),
        start_month: model.start_month.clone(),
        amount_minor: model.amount_minor,
        currency: model.currency.clone(),
    }
}
