//! `Leads`.

mod assignments;
pub(crate) mod values;

use crm_kit::directory;
use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{Access, ListQuery, Result, Violations, message, store};
use crm_protos::sales::v1::leads_server::Leads;
use crm_protos::sales::v1::{
    AssignLeadRequest, BatchGetLeadsRequest, BatchGetLeadsResponse, ConvertLeadRequest, ConvertLeadResponse,
    CountLeadsRequest, CountLeadsResponse, CreateLeadRequest, DeleteLeadRequest, DisqualifyLeadRequest,
    FindLeadDuplicatesRequest, FindLeadDuplicatesResponse, GetLeadRequest, Lead, LeadStatus,
    ListLeadAssignmentsRequest, ListLeadAssignmentsResponse, ListLeadsRequest, ListLeadsResponse,
    QualifyLeadRequest, ReopenLeadRequest, RestoreLeadRequest, UpdateLeadRequest, WorkLeadRequest,
};
use crm_values::text;
use tonic::{Request, Response, Status};

use crate::domain::lead::{self, Verb};
use crate::store::lead::{Entity, Model};
use crate::store::organization;
use crate::{assignment, conversion, duplicates, follow_up};
use values::answer;

/// Serves `Leads`.
pub struct LeadsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Leads for LeadsService {
    async fn create_lead(&self, request: Request<CreateLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let work = async || {
                let (lead, mut violations) = (request.lead.unwrap_or_default(), Violations::default());
                let organization = organization::get(db.connection(), access.organization()).await?;
                let mut base = Model {
                    status: LeadStatus::New.as_str_name().to_owned(),
                    owner_id: access.user(),
                    department_id: access.caller().department_id,
                    ..Model::default()
                };
                let mut owner = None;
                if request.assign {
                    (base.owner_id, base.department_id) = (uuid::Uuid::nil(), None);
                } else {
                    let (given, current) = (&lead.owner_id, access.user());
                    let given =
                        directory::new_owner(&self.context, access, given, current, "lead.owner_id").await;
                    owner = violations.check(given)?.flatten();
                }
                let model = values::model(base, &lead, "lead.", owner, &organization, violations)?;
                let party = duplicates::party(access, &organization, &answer(&model));
                let duplicates = duplicates::everywhere(&self.context, access, &party, None).await?;
                if request.reject_duplicates {
                    duplicates::refuse(&duplicates)?;
                }
                db.write(access, async |tx| {
                    let model = match request.assign {
                        true => assignment::assign(tx, model.clone()).await?,
                        false => model.clone(),
                    };
                    let lead = tx.insert::<Entity>("created", model).await?;
                    follow_up::schedule(tx, "sales.lead", lead.id, lead.next_follow_up_time).await?;
                    Ok(Lead { duplicates: duplicates.clone(), ..answer(&lead) })
                })
                .await
            };
            db.once(access, work).await
        })
        .await
    }

    async fn get_lead(&self, request: Request<GetLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, request| {
            let model = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&model))
        })
        .await
    }

    async fn batch_get_leads(
        &self,
        request: Request<BatchGetLeadsRequest>,
    ) -> Result<Response<BatchGetLeadsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let models =
                store::batch_get::<Entity>(self.context.db.connection(), access, &request.ids).await?;
            Ok(BatchGetLeadsResponse { leads: models.iter().map(answer).collect() })
        })
        .await
    }

    async fn list_leads(
        &self,
        request: Request<ListLeadsRequest>,
    ) -> Result<Response<ListLeadsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListLeadsRequest { page_size, page_token, filter, order_by, query, show_deleted } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, show_deleted };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let leads = page.items.iter().map(answer).collect();
            Ok(ListLeadsResponse { leads, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn count_leads(
        &self,
        request: Request<CountLeadsRequest>,
    ) -> Result<Response<CountLeadsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountLeadsResponse { count, truncated })
        })
        .await
    }

    async fn update_lead(&self, request: Request<UpdateLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let work = async || {
                let (patch, mut violations) = (request.lead.unwrap_or_default(), Violations::default());
                let mask = request.update_mask.as_ref();
                let seen = store::get::<Entity>(db.connection(), access, &patch.id).await?;
                let organization = organization::get(db.connection(), access.organization()).await?;
                let wanted = message::merge(&answer(&seen), &patch, mask)?;
                if wanted.owner_id.is_empty() && !seen.owner_id.is_nil() {
                    violations.add("lead.owner_id", "REQUIRED", "give the user who is to be responsible");
                }
                let (given, current) = (&wanted.owner_id, seen.owner_id);
                let owner =
                    directory::new_owner(&self.context, access, given, current, "lead.owner_id").await;
                let owner = violations.check(owner)?.flatten();
                values::model(seen, &wanted, "lead.", owner, &organization, violations)?;
                db.write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, mask)?;
                    let after = values::model(
                        before.clone(),
                        &merged,
                        "lead.",
                        owner,
                        &organization,
                        Violations::default(),
                    )?;
                    if after.next_follow_up_time != before.next_follow_up_time {
                        follow_up::schedule(tx, "sales.lead", before.id, after.next_follow_up_time).await?;
                    }
                    tx.update::<Entity>("updated", before, after, &patch.etag)
                        .await
                        .map(|model| answer(&model))
                })
                .await
            };
            db.once(access, work).await
        })
        .await
    }

    async fn delete_lead(&self, request: Request<DeleteLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, request| {
            let delete = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                tx.delete::<Entity>(before, &request.etag).await.map(|model| answer(&model))
            });
            delete.await
        })
        .await
    }

    async fn restore_lead(&self, request: Request<RestoreLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, request| {
            let restore = self.context.db.write(access, async |tx| {
                let before = store::get_deleted::<Entity>(tx.connection(), access, &request.id).await?;
                tx.restore::<Entity>(before).await.map(|model| answer(&model))
            });
            restore.await
        })
        .await
    }

    async fn work_lead(&self, request: Request<WorkLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, WorkLeadRequest { id, etag }| {
            self.enter(access, &id, &etag, ("worked", Verb::Work), String::new()).await
        })
        .await
    }

    async fn qualify_lead(&self, request: Request<QualifyLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, QualifyLeadRequest { id, etag }| {
            self.enter(access, &id, &etag, ("qualified", Verb::Qualify), String::new()).await
        })
        .await
    }

    async fn disqualify_lead(
        &self,
        request: Request<DisqualifyLeadRequest>,
    ) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, DisqualifyLeadRequest { id, etag, reason }| {
            let mut violations = Violations::default();
            let reason = text::line(&reason, 500, "reason", &mut violations);
            violations.finish()?;
            self.enter(access, &id, &etag, ("disqualified", Verb::Disqualify), reason).await
        })
        .await
    }

    async fn reopen_lead(&self, request: Request<ReopenLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, ReopenLeadRequest { id, etag }| {
            self.enter(access, &id, &etag, ("reopened", Verb::Reopen), String::new()).await
        })
        .await
    }

    async fn assign_lead(&self, request: Request<AssignLeadRequest>) -> Result<Response<Lead>, Status> {
        crm_kit::call(request, async |access, AssignLeadRequest { id, etag }| {
            let assign = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &id).await?;
                lead::after(&before.status, Verb::Assign)?;
                let after = assignment::assign(tx, before.clone()).await?;
                tx.update::<Entity>("assigned", before, after, &etag).await.map(|model| answer(&model))
            });
            assign.await
        })
        .await
    }

    async fn convert_lead(
        &self,
        request: Request<ConvertLeadRequest>,
    ) -> Result<Response<ConvertLeadResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            conversion::convert(&self.context, access, &request).await
        })
        .await
    }

    async fn find_lead_duplicates(
        &self,
        request: Request<FindLeadDuplicatesRequest>,
    ) -> Result<Response<FindLeadDuplicatesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let (mut lead, connection) = (request.lead.unwrap_or_default(), self.context.db.connection());
            let organization = organization::get(connection, access.organization()).await?;
            let mut itself = None;
            if !lead.id.is_empty() {
                let stored = store::get::<Entity>(connection, access, &lead.id).await?;
                lead = message::merge(&answer(&stored), &lead, None)?;
                itself = Some(stored.id);
            }
            let party = duplicates::party(access, &organization, &lead);
            let duplicates = duplicates::everywhere(&self.context, access, &party, itself).await?;
            Ok(FindLeadDuplicatesResponse { duplicates })
        })
        .await
    }

    async fn list_lead_assignments(
        &self,
        request: Request<ListLeadAssignmentsRequest>,
    ) -> Result<Response<ListLeadAssignmentsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            assignments::list(&self.context.db, access, request).await
        })
        .await
    }
}

impl LeadsService {
    /// Brings a lead into the state that a verb leads to.
    async fn enter(
        &self,
        access: &Access,
        id: &str,
        etag: &str,
        (name, verb): (&str, Verb),
        unqualified_reason: String,
    ) -> Result<Lead> {
        let enter = self.context.db.write(access, async |tx| {
            let before = store::get::<Entity>(tx.connection(), access, id).await?;
            let status = lead::after(&before.status, verb)?.as_str_name().to_owned();
            let after = Model { status, unqualified_reason: unqualified_reason.clone(), ..before.clone() };
            tx.update::<Entity>(name, before, after, etag).await.map(|model| answer(&model))
        });
        enter.await
    }
}
