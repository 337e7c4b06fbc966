//! What happened: the history of a record, the audit search, the proof of the logs.

use std::sync::Arc;

use crm_protos::feed::v1::history_server::{History, HistoryServer};
use crm_protos::feed::v1::{
    AccessRecord, Change, ListChangesResponse, ListRecordChangesRequest, LogFault,
    SearchAccessRecordsRequest, SearchAccessRecordsResponse, SearchChangesRequest, VerifyLogRequest,
    VerifyLogResponse,
};
use sea_orm::{ColumnTrait, QueryFilter};
use tonic::{Request, Response, Status};

use crate::access::Access;
use crate::access_log::record as access_record;
use crate::change;
use crate::convert::timestamp;
use crate::db::Db;
use crate::error::Result;
use crate::page::ListQuery;
use crate::record::Record;
use crate::registry::Records;
use crate::{feed, ledger, store};

impl Record for change::Entity {
    const RESOURCE: &'static str = "feed.change";
    const INDEXES: &'static [&'static [&'static str]] = &[&["resource", "record_id"], &["actor_id"]];
}

impl Record for access_record::Entity {
    const RESOURCE: &'static str = "feed.access_record";
    const INDEXES: &'static [&'static [&'static str]] = &[&["actor_id"]];
}

/// Serves `History` over the logs of a service.
pub(crate) struct HistoryService {
    db: Db,
    records: Arc<Records>,
}

impl HistoryService {
    pub(crate) fn server(db: Db, records: Arc<Records>) -> HistoryServer<Self> {
        HistoryServer::new(Self { db, records })
    }
}

/// A change without what the caller may not see of its record.
fn visible(access: &Access, row: &change::Model) -> Change {
    let mut change = feed::message(row);
    for fields in [&mut change.before, &mut change.after].into_iter().flatten() {
        fields.fields.retain(|name, _| !access.hides(&row.resource, name));
    }
    change
}

fn access_record(row: &access_record::Model) -> AccessRecord {
    let text = |id: uuid::Uuid| if id.is_nil() { String::new() } else { id.to_string() };
    AccessRecord {
        id: row.id.to_string(),
        organization_id: text(row.organization_id),
        actor_id: text(row.actor_id),
        session_id: text(row.session_id),
        address: row.address.clone(),
        method: row.method.clone(),
        record_ids: serde_json::from_str(&row.record_ids).unwrap_or_default(),
        count: row.count,
        code: row.code.clone(),
        request_id: row.request_id.clone(),
        create_time: Some(timestamp(row.create_time)),
    }
}

#[async_trait::async_trait]
impl History for HistoryService {
    async fn list_record_changes(
        &self,
        request: Request<ListRecordChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        crate::call(request, async |access, request| {
            self.records.visible(&self.db, access, &request.resource, &request.record_id).await?;
            let list = ListQuery {
                page_size: request.page_size,
                page_token: request.page_token,
                // Binds the page token to the record.
                query: format!("{} {}", request.resource, request.record_id),
                ..ListQuery::default()
            };
            let query = store::tenant::<change::Entity>(access.organization())
                .filter(change::Column::Resource.eq(&request.resource))
                .filter(change::Column::RecordId.eq(crate::id::parse(&request.record_id)?));
            let page = store::page(self.db.connection(), access, &list, query).await?;
            let changes = page.items.iter().map(|row| visible(access, row)).collect();
            Ok(ListChangesResponse { changes, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn search_changes(
        &self,
        request: Request<SearchChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        crate::call(request, async |access, request| {
            let SearchChangesRequest { page_size, page_token, filter, .. } = request;
            let list = ListQuery { page_size, page_token, filter, ..ListQuery::default() };
            let page = store::list::<change::Entity>(&self.db, access, &list).await?;
            let changes = page.items.iter().map(|row| visible(access, row)).collect();
            Ok(ListChangesResponse { changes, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn search_access_records(
        &self,
        request: Request<SearchAccessRecordsRequest>,
    ) -> Result<Response<SearchAccessRecordsResponse>, Status> {
        crate::call(request, async |access, request| {
            let SearchAccessRecordsRequest { page_size, page_token, filter, .. } = request;
            let list = ListQuery { page_size, page_token, filter, ..ListQuery::default() };
            let page = store::list::<access_record::Entity>(&self.db, access, &list).await?;
            let access_records = page.items.iter().map(access_record).collect();
            Ok(SearchAccessRecordsResponse { access_records, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn verify_log(
        &self,
        request: Request<VerifyLogRequest>,
    ) -> Result<Response<VerifyLogResponse>, Status> {
        crate::call(request, async |_, request| {
            let stretch = ledger::verify(&self.db, &request.log, request.after).await?;
            let fault = |fault: &ledger::Fault| LogFault {
                position: fault.position,
                id: fault.id.map(|id| id.to_string()).unwrap_or_default(),
                reason: fault.reason.to_owned(),
            };
            Ok(VerifyLogResponse {
                checked: stretch.checked,
                faults: stretch.faults.iter().map(fault).collect(),
                head: hex::encode(&stretch.head),
                position: stretch.position,
                complete: stretch.complete,
            })
        })
        .await
    }
}
