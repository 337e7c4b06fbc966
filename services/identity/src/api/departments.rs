//! `Departments`.

use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Error, ListQuery, Result, Tx, convert, message, store};
use crm_protos::identity::v1::departments_server::Departments;
use crm_protos::identity::v1::{
    CreateDepartmentRequest, DeleteDepartmentRequest, Department, GetDepartmentRequest,
    ListDepartmentsRequest, ListDepartmentsResponse, UpdateDepartmentRequest,
};
use crm_values::text;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{callers, values};
use crate::store::department::{self, Column, Entity, Model};
use crate::store::{organization, referred, user};

/// Serves `Departments`.
pub struct DepartmentsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Departments for DepartmentsService {
    async fn create_department(
        &self,
        request: Request<CreateDepartmentRequest>,
    ) -> Result<Response<Department>, Status> {
        crm_kit::call(request, async |access, request| {
            let department = request.department.unwrap_or_default();
            let created = self
                .context
                .db
                .write(access, async |tx| {
                    organization::lock(tx).await?;
                    let model = model(tx, Model::default(), &department).await?;
                    tx.insert::<Entity>("created", model).await.map(|model| answer(&model))
                })
                .await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(created)
        })
        .await
    }

    async fn get_department(
        &self,
        request: Request<GetDepartmentRequest>,
    ) -> Result<Response<Department>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn list_departments(
        &self,
        request: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListDepartmentsRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let departments = page.items.iter().map(answer).collect();
            Ok(ListDepartmentsResponse { departments, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn update_department(
        &self,
        request: Request<UpdateDepartmentRequest>,
    ) -> Result<Response<Department>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.department.unwrap_or_default();
            let updated = self
                .context
                .db
                .write(access, async |tx| {
                    organization::lock(tx).await?;
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(tx, before.clone(), &merged).await?;
                    let updated = tx.update::<Entity>("updated", before, after, &patch.etag).await?;
                    Ok(answer(&updated))
                })
                .await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(updated)
        })
        .await
    }

    async fn delete_department(
        &self,
        request: Request<DeleteDepartmentRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    organization::lock(tx).await?;
                    let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                    require_empty(tx, before.id).await?;
                    tx.remove::<Entity>("deleted", before, &request.etag).await
                })
                .await?;
            callers::forget(&self.context, access.organization()).await;
            Ok(())
        })
        .await
    }
}

/// The department with the values of the message. Every violation is named at once.
async fn model(tx: &Tx, base: Model, department: &Department) -> Result<Model> {
    let organization = tx.access().organization();
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(department, "department", check)?;
    let name = text::line(&department.name, 200, "department.name", check);
    let parent_id = values::reference(&department.parent_id, "department.parent_id", check)?;
    if let Some(parent) = parent_id.filter(|_| parent_id != base.parent_id) {
        let tree = department::tree(tx.connection(), organization).await?;
        let id = Some(base.id).filter(|id| !id.is_nil());
        check.check(tree.check_parent(id, parent, "department.parent_id"))?;
    }
    let manager_id = values::reference(&department.manager_id, "department.manager_id", check)?;
    if let Some(manager) = manager_id.filter(|_| manager_id != base.manager_id)
        && referred::<user::Entity>(tx, manager).await?.is_none()
    {
        check.add("department.manager_id", "USER_UNKNOWN", "give the id of a user");
    }
    violations.finish()?;
    Ok(Model { name, parent_id, manager_id, ..base })
}

async fn require_empty(tx: &Tx, id: Uuid) -> Result<()> {
    let organization = tx.access().organization();
    let below = store::tenant::<Entity>(organization).filter(Column::ParentId.eq(id));
    let users = store::tenant::<user::Entity>(organization).filter(user::Column::DepartmentId.eq(id));
    if below.count(tx.connection()).await? + users.count(tx.connection()).await? > 0 {
        let message = "move the users and the departments below it first";
        return Err(Error::precondition("DEPARTMENT_IN_USE", message));
    }
    Ok(())
}

/// The department as the API shows it.
fn answer(model: &Model) -> Department {
    Department {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        name: model.name.clone(),
        parent_id: values::text(model.parent_id),
        manager_id: values::text(model.manager_id),
    }
}
