//! `Views`.

use crm_kit::access::method;
use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::{Access, Error, ListQuery, Result, Tx, convert, filter, id, message, store};
use crm_protos::identity::v1::views_server::Views;
use crm_protos::identity::v1::{
    CreateViewRequest, DeleteViewRequest, GetViewRequest, ListViewsRequest, ListViewsResponse,
    SetDefaultViewRequest, ShareViewRequest, UnshareViewRequest, UpdateViewRequest, View,
    ViewColumn as ViewColumnMessage,
};
use crm_values::text;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QuerySelect};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::store::user;
use crate::store::view::{self, Column, Columns, Entity, Filter, Model, ViewColumn, chosen};

/// What one person keeps at most.
const MOST_VIEWS: u64 = 200;
/// More conditions of one view are refused.
const MOST_CONDITIONS: usize = 20;
/// Longer conditions are refused.
const LONGEST_CONDITION: usize = 5000;
/// More columns of one view are refused.
const MOST_COLUMNS: usize = 100;
/// Wider columns are refused.
const WIDEST: i32 = 2000;

/// Serves `Views`.
pub struct ViewsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Views for ViewsService {
    async fn list_views(
        &self,
        request: Request<ListViewsRequest>,
    ) -> Result<Response<ListViewsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListViewsRequest { page_size, page_token, resource } = request;
            // Binds the page token to the user and to the list.
            let query = format!("{} {resource}", access.user());
            let list = ListQuery { page_size, page_token, query, ..ListQuery::default() };
            let connection = self.context.db.connection();
            let seen = view::seen(access).filter(Column::Resource.eq(&resource));
            let page = store::page(connection, access, &list, seen).await?;
            let default = chosen::get(connection, access, &resource).await?;
            let views = page.items.iter().map(|model| answer(model, default)).collect();
            Ok(ListViewsResponse { views, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn get_view(&self, request: Request<GetViewRequest>) -> Result<Response<View>, Status> {
        crm_kit::call(request, async |access, request| {
            let connection = self.context.db.connection();
            let found = store::by_id(connection, view::seen(access), id::parse(&request.id)?).await?;
            let default = chosen::get(connection, access, &found.resource).await?;
            Ok(answer(&found, default))
        })
        .await
    }

    async fn create_view(&self, request: Request<CreateViewRequest>) -> Result<Response<View>, Status> {
        crm_kit::call(request, async |access, request| {
            let new = request.view.unwrap_or_default();
            let base = Model { user_id: access.user(), ..Model::default() };
            let model = model(base, &new)?;
            let write = self.context.db.write(access, async |tx| {
                require_room(tx).await?;
                let created = tx.insert::<Entity>("created", model.clone()).await?;
                Ok(answer(&created, None))
            });
            write.await
        })
        .await
    }

    async fn update_view(&self, request: Request<UpdateViewRequest>) -> Result<Response<View>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.view.unwrap_or_default();
            let write = self.context.db.write(access, async |tx| {
                let before = changeable(tx, &patch.id).await?;
                let merged = message::merge(&answer(&before, None), &patch, request.update_mask.as_ref())?;
                let after = model(before.clone(), &merged)?;
                let updated = tx.update::<Entity>("updated", before, after, &patch.etag).await?;
                answered(tx, &updated).await
            });
            write.await
        })
        .await
    }

    async fn delete_view(&self, request: Request<DeleteViewRequest>) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let write = self.context.db.write(access, async |tx| {
                let before = changeable(tx, &request.id).await?;
                chosen::remove_of(tx, before.id).await?;
                tx.remove::<Entity>("deleted", before, &request.etag).await
            });
            write.await
        })
        .await
    }

    async fn share_view(&self, request: Request<ShareViewRequest>) -> Result<Response<View>, Status> {
        crm_kit::call(request, async |access, request| self.show(access, &request.id, true).await).await
    }

    async fn unshare_view(&self, request: Request<UnshareViewRequest>) -> Result<Response<View>, Status> {
        crm_kit::call(request, async |access, request| self.show(access, &request.id, false).await).await
    }

    async fn set_default_view(
        &self,
        request: Request<SetDefaultViewRequest>,
    ) -> Result<Response<()>, Status> {
        crm_kit::call(request, async |access, request| {
            let SetDefaultViewRequest { resource, view_id } = request;
            let wanted = id::reference("view_id", &view_id)?;
            let write = self.context.db.write(access, async |tx| {
                if let Some(id) = wanted {
                    let views = view::seen(access).filter(Column::Resource.eq(&resource));
                    store::by_id(tx.connection(), views, id).await?;
                }
                chosen::set(tx, &resource, wanted).await
            });
            write.await
        })
        .await
    }
}

impl ViewsService {
    /// Shows a view to everybody, or to its owner only.
    async fn show(&self, access: &Access, id: &str, shared: bool) -> Result<View> {
        let write = self.context.db.write(access, async |tx| {
            let before = changeable(tx, id).await?;
            let verb = if shared { "shared" } else { "unshared" };
            let after = Model { shared, ..before.clone() };
            let updated = tx.update::<Entity>(verb, before, after, "").await?;
            answered(tx, &updated).await
        });
        write.await
    }
}

/// The view of an id. Fails unless the caller sees it and may change it.
async fn changeable(tx: &Tx, id: &str) -> Result<Model> {
    let access = tx.access();
    let found = store::by_id(tx.connection(), view::seen(access).lock_exclusive(), id::parse(id)?).await?;
    if view::is_changed_by(access, &found) {
        return Ok(found);
    }
    let message = "save it as a view of your own, this one belongs to somebody else".to_owned();
    Err(Error::Denied { reason: "VIEW_OF_ANOTHER", message })
}

/// Fails if the caller has as many views as anybody may have.
async fn require_room(tx: &Tx) -> Result<()> {
    let (organization, user) = (tx.access().organization(), tx.access().user());
    // Two that are made at the same moment are counted one after the other.
    let me = store::tenant::<user::Entity>(organization).lock_exclusive();
    store::by_id(tx.connection(), me, user).await?;
    if view::of_user(organization, user).count(tx.connection()).await? >= MOST_VIEWS {
        let message = format!("remove views that you no longer need, {MOST_VIEWS} is the most");
        return Err(Error::precondition("TOO_MANY_VIEWS", message));
    }
    Ok(())
}

/// The view with the values of the message. Every violation is named at once.
fn model(base: Model, view: &View) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(view, "view", check)?;
    let name = text::line(&view.name, 100, "view.name", check);
    let order_by = text::line(&view.order_by, 100, "view.order_by", check);
    let query = text::line(&view.query, 500, "view.query", check);
    if !view.resource.is_empty() && method::message_of(&view.resource).is_none() {
        check.add("view.resource", "RESOURCE_INVALID", "give a kind of record, as in customers.account");
    } else if !base.id.is_nil() && view.resource != base.resource {
        check.add("view.resource", "FIELD_FIXED", "make a new view, one stays with its list");
    }
    if view.filter.len() > MOST_CONDITIONS {
        check.add("view.filter", "TOO_MANY", format!("give {MOST_CONDITIONS} conditions at most"));
    }
    if view.columns.len() > MOST_COLUMNS {
        check.add("view.columns", "TOO_MANY", format!("give {MOST_COLUMNS} columns at most"));
    }
    let filter = view.filter.iter().take(MOST_CONDITIONS).enumerate();
    let filter =
        filter.map(|(index, text)| condition(text, &format!("view.filter[{index}]"), check)).collect();
    let columns = view.columns.iter().take(MOST_COLUMNS).enumerate();
    let columns = columns.map(|(index, one)| column(one, &format!("view.columns[{index}]"), check)).collect();
    violations.finish()?;
    Ok(Model {
        resource: view.resource.clone(),
        name,
        filter: Filter(filter),
        order_by,
        query,
        show_deleted: view.show_deleted,
        columns: Columns(columns),
        ..base
    })
}

/// A condition in its stored form. Whether it fits the list is for the list to say, to whoever opens the view.
fn condition(text: &str, path: &str, check: &mut Violations) -> String {
    if filter::parse(text).is_none() {
        check.add(path, "FILTER_MALFORMED", "write field op value, for example name~acme");
    }
    if text.chars().count() > LONGEST_CONDITION {
        check.add(path, "TOO_LONG", format!("give at most {LONGEST_CONDITION} characters"));
    }
    text.to_owned()
}

fn column(column: &ViewColumnMessage, path: &str, check: &mut Violations) -> ViewColumn {
    if !column.name.is_empty() && !is_field(&column.name) {
        check.add(format!("{path}.name"), "FIELD_UNKNOWN", "give the name of a field");
    }
    if !(0..=WIDEST).contains(&column.width) {
        check.add(format!("{path}.width"), "OUT_OF_RANGE", format!("give 0 to {WIDEST}"));
    }
    ViewColumn { name: column.name.clone(), width: column.width }
}

/// True if a text has the form of a field's name, such as `billing_address.city`.
fn is_field(text: &str) -> bool {
    text.len() <= 100
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
}

/// The view as the API shows it to the caller of a transaction.
async fn answered(tx: &Tx, model: &Model) -> Result<View> {
    Ok(answer(model, chosen::get(tx.connection(), tx.access(), &model.resource).await?))
}

/// The view as the API shows it to somebody whose list opens with the default one.
fn answer(model: &Model, default: Option<Uuid>) -> View {
    let column = |column: &ViewColumn| ViewColumnMessage { name: column.name.clone(), width: column.width };
    View {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        user_id: model.user_id.to_string(),
        resource: model.resource.clone(),
        name: model.name.clone(),
        filter: model.filter.0.clone(),
        order_by: model.order_by.clone(),
        query: model.query.clone(),
        show_deleted: model.show_deleted,
        columns: model.columns.0.iter().map(column).collect(),
        shared: model.shared,
        is_default: default == Some(model.id),
    }
}
