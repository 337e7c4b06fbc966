//! `Opportunities`.

mod answer;
mod board;
pub(crate) mod form;
mod references;
mod verbs;

use crm_kit::directory;
use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{ListQuery, Result, Violations, message, store};
use crm_protos::sales::v1::opportunities_server::Opportunities;
use crm_protos::sales::v1::{
    BatchGetOpportunitiesRequest, BatchGetOpportunitiesResponse, Board, CountOpportunitiesRequest,
    CountOpportunitiesResponse, CreateOpportunityRequest, DeleteOpportunityRequest, GetBoardRequest,
    GetOpportunityRequest, ListOpportunitiesRequest, ListOpportunitiesResponse, ListStageVisitsRequest,
    ListStageVisitsResponse, LoseOpportunityRequest, MoveOpportunityRequest, Opportunity,
    ReopenOpportunityRequest, RestoreOpportunityRequest, UpdateOpportunityRequest, WinOpportunityRequest,
};
use tonic::{Request, Response, Status};

use crate::follow_up;
use crate::store::opportunity::{self, Entity};
use crate::store::pipeline;
use answer::{answer, shown, shown_one};
use form::Form;

/// Serves `Opportunities`.
pub struct OpportunitiesService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Opportunities for OpportunitiesService {
    async fn create_opportunity(
        &self,
        request: Request<CreateOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let work = async || {
                let (wanted, mut violations) =
                    (request.opportunity.unwrap_or_default(), Violations::default());
                let owner = directory::new_owner(
                    &self.context,
                    access,
                    &wanted.owner_id,
                    access.user(),
                    "opportunity.owner_id",
                );
                let owner = violations.check(owner.await)?.flatten();
                references::check(&self.context, access, &wanted, None, &mut violations).await?;
                let form = Form::load(&self.context, access, &wanted).await?;
                let base = form.fresh(access, &wanted, &mut violations)?;
                let model = form.model(base, &wanted, owner, violations)?;
                db.write(access, async |tx| {
                    pipeline::hold_stage(tx, &model).await?;
                    let inserted = opportunity::insert(tx, model.clone()).await?;
                    let (id, time) = (inserted.id, inserted.next_follow_up_time);
                    follow_up::schedule(tx, "sales.opportunity", id, time).await?;
                    Ok(answer(&inserted))
                })
                .await
            };
            shown_one(db, access, db.once(access, work).await?).await
        })
        .await
    }

    async fn get_opportunity(
        &self,
        request: Request<GetOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let model = store::get::<Entity>(db.connection(), access, &request.id).await?;
            shown_one(db, access, answer(&model)).await
        })
        .await
    }

    async fn batch_get_opportunities(
        &self,
        request: Request<BatchGetOpportunitiesRequest>,
    ) -> Result<Response<BatchGetOpportunitiesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let models = store::batch_get::<Entity>(db.connection(), access, &request.ids).await?;
            let opportunities = shown(db, access, models.iter().map(answer).collect()).await?;
            Ok(BatchGetOpportunitiesResponse { opportunities })
        })
        .await
    }

    async fn list_opportunities(
        &self,
        request: Request<ListOpportunitiesRequest>,
    ) -> Result<Response<ListOpportunitiesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListOpportunitiesRequest { page_size, page_token, filter, order_by, query, show_deleted } =
                request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, show_deleted };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let opportunities =
                shown(&self.context.db, access, page.items.iter().map(answer).collect()).await?;
            Ok(ListOpportunitiesResponse { opportunities, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn count_opportunities(
        &self,
        request: Request<CountOpportunitiesRequest>,
    ) -> Result<Response<CountOpportunitiesResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountOpportunitiesResponse { count, truncated })
        })
        .await
    }

    async fn update_opportunity(
        &self,
        request: Request<UpdateOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let db = &self.context.db;
            let work = async || {
                let (patch, mut violations) =
                    (request.opportunity.unwrap_or_default(), Violations::default());
                let mask = request.update_mask.as_ref();
                let seen = store::get::<Entity>(db.connection(), access, &patch.id).await?;
                let wanted = message::merge(&answer(&seen), &patch, mask)?;
                let (given, current) = (&wanted.owner_id, seen.owner_id);
                let owner =
                    directory::new_owner(&self.context, access, given, current, "opportunity.owner_id").await;
                let owner = violations.check(owner)?.flatten();
                references::check(&self.context, access, &wanted, Some(&seen), &mut violations).await?;
                violations.finish()?;
                let form = Form::load(&self.context, access, &wanted).await?;
                db.write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, mask)?;
                    let after = form.model(before.clone(), &merged, owner, Violations::default())?;
                    let followed = after.next_follow_up_time;
                    if followed != before.next_follow_up_time {
                        follow_up::schedule(tx, "sales.opportunity", before.id, followed).await?;
                    }
                    let updated = opportunity::update(tx, "updated", before, after, &patch.etag).await?;
                    Ok(answer(&updated))
                })
                .await
            };
            shown_one(db, access, db.once(access, work).await?).await
        })
        .await
    }

    async fn delete_opportunity(
        &self,
        request: Request<DeleteOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let delete = self.context.db.write(access, async |tx| {
                let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                opportunity::delete(tx, before, &request.etag).await.map(|model| answer(&model))
            });
            shown_one(&self.context.db, access, delete.await?).await
        })
        .await
    }

    async fn restore_opportunity(
        &self,
        request: Request<RestoreOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let restore = self.context.db.write(access, async |tx| {
                let before = store::get_deleted::<Entity>(tx.connection(), access, &request.id).await?;
                pipeline::hold(tx, before.pipeline_id).await?;
                opportunity::restore(tx, before).await.map(|model| answer(&model))
            });
            shown_one(&self.context.db, access, restore.await?).await
        })
        .await
    }

    async fn move_opportunity(
        &self,
        request: Request<MoveOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let moved = verbs::place(&self.context, access, &request).await?;
            shown_one(&self.context.db, access, moved).await
        })
        .await
    }

    async fn win_opportunity(
        &self,
        request: Request<WinOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let won = verbs::win(&self.context, access, &request).await?;
            shown_one(&self.context.db, access, won).await
        })
        .await
    }

    async fn lose_opportunity(
        &self,
        request: Request<LoseOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let lost = verbs::lose(&self.context, access, &request).await?;
            shown_one(&self.context.db, access, lost).await
        })
        .await
    }

    async fn reopen_opportunity(
        &self,
        request: Request<ReopenOpportunityRequest>,
    ) -> Result<Response<Opportunity>, Status> {
        crm_kit::call(request, async |access, request| {
            let reopened = verbs::reopen(&self.context, access, &request).await?;
            shown_one(&self.context.db, access, reopened).await
        })
        .await
    }

    async fn get_board(&self, request: Request<GetBoardRequest>) -> Result<Response<Board>, Status> {
        crm_kit::call(request, async |access, request| board::board(&self.context.db, access, &request).await)
            .await
    }

    async fn list_stage_visits(
        &self,
        request: Request<ListStageVisitsRequest>,
    ) -> Result<Response<ListStageVisitsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            board::visits(&self.context.db, access, &request).await
        })
        .await
    }
}
