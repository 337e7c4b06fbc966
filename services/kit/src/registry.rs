//! The records of a service: told to kit once, they are searched, shown in histories, re-stamped and purged.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use crm_protos::search::v1::search_server::{Search, SearchServer};
use crm_protos::search::v1::{FindRequest, FindResponse, Hit};
use futures::future::BoxFuture;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::access::Access;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::page::ListQuery;
use crate::record::{self, Record, column, required};
use crate::{comment, search, store};

type Visible = for<'a> fn(&'a Db, &'a Access, &'a str) -> BoxFuture<'a, Result<()>>;
type Title = for<'a> fn(&'a Db, &'a Access, &'a str) -> BoxFuture<'a, Result<String>>;
type Find = for<'a> fn(&'a Db, &'a Access, &'a str, i32) -> BoxFuture<'a, Result<Vec<Hit>>>;
type Restamp = for<'a> fn(&'a Tx, Uuid, Uuid, Option<Uuid>) -> BoxFuture<'a, Result<()>>;
type Reseal = for<'a> fn(&'a Db) -> BoxFuture<'a, Result<u64>>;
type Purge = for<'a> fn(&'a Db, DateTime<Utc>) -> BoxFuture<'a, Result<u64>>;

/// What kit does with one kind of record.
struct Kind {
    resource: &'static str,
    visible: Visible,
    title: Title,
    is_owned: bool,
    find: Option<Find>,
    restamp: Option<Restamp>,
    purge: Option<Purge>,
    reseal: Option<Reseal>,
    #[cfg(feature = "testing")]
    indexes: Indexes,
}

/// A table, and the fields of each of its indexes that its records name.
#[cfg(feature = "testing")]
pub(crate) type Indexes = (String, Vec<Vec<&'static str>>);

#[cfg(feature = "testing")]
fn indexes<E: Record>() -> Indexes {
    let sorted = E::SORTED.iter().map(|field| vec![*field]);
    let all = sorted.chain(E::INDEXES.iter().map(|fields| fields.to_vec()));
    (sea_orm::IdenStatic::as_str(&E::default()).to_owned(), all.collect())
}

/// The kinds of record of a service.
#[derive(Default)]
pub struct Records(Vec<Kind>);

impl Records {
    /// Adds a kind of record.
    pub fn with<E: Record>(mut self) -> Self {
        for field in E::SORTED {
            debug_assert!(
                column::<E>(field).is_some_and(|column| !column.def().is_null()),
                "{} is ordered by {field}, which is no column or may be null",
                E::RESOURCE
            );
        }
        self.0.push(Kind {
            resource: E::RESOURCE,
            visible: |db, access, id| {
                Box::pin(
                    async move { store::get_deleted::<E>(db.connection(), access, id).await.map(|_| ()) },
                )
            },
            title: |db, access, id| Box::pin(title::<E>(db, access, id)),
            is_owned: column::<E>("owner_id").is_some(),
            find: (!E::SEARCHED.is_empty())
                .then_some(|db, access, query, limit| Box::pin(find::<E>(db, access, query, limit))),
            restamp: (E::owner().is_some()
                && column::<E>("department_id").is_some()
                && column::<E>("owner_id").is_some())
            .then_some(|tx, organization, owner, department| {
                Box::pin(restamp::<E>(tx, organization, owner, department))
            }),
            reseal: (!E::SEALED.is_empty()).then_some(|db| Box::pin(crate::reseal::batch::<E>(db))),
            #[cfg(feature = "testing")]
            indexes: indexes::<E>(),
            purge: column::<E>("delete_time")
                .map(|_| -> Purge { |db, before| Box::pin(purge::<E>(db, before)) }),
        });
        self
    }

    /// The indexes that lists of the records count on.
    #[cfg(feature = "testing")]
    pub(crate) fn indexes(&self) -> impl Iterator<Item = &Indexes> {
        self.0.iter().map(|kind| &kind.indexes)
    }

    /// Fails as not found unless the caller may see the record, deleted or not.
    pub(crate) async fn visible(&self, db: &Db, access: &Access, resource: &str, id: &str) -> Result<()> {
        let kind = self.0.iter().find(|kind| kind.resource == resource).ok_or(Error::NotFound)?;
        (kind.visible)(db, access, id).await
    }

    /// The name of a record that somebody owns, as far as the caller may see it. Fails as not found unless the caller
    /// may see the record and it is not deleted.
    pub(crate) async fn title(&self, db: &Db, access: &Access, resource: &str, id: &str) -> Result<String> {
        let kind = self.0.iter().find(|kind| kind.resource == resource && kind.is_owned);
        (kind.ok_or(Error::NotFound)?.title)(db, access, id).await
    }

    /// Copies a user's department to everything that the user owns.
    pub(crate) async fn restamp(
        &self,
        tx: &Tx,
        organization: Uuid,
        owner: Uuid,
        department: Option<Uuid>,
    ) -> Result<()> {
        for restamp in self.0.iter().filter_map(|kind| kind.restamp) {
            restamp(tx, organization, owner, department).await?;
        }
        Ok(())
    }

    /// Gives every organization a new data key and seals its fields again; answers how many records were sealed, and
    /// tells on the way. The patience is how long other processes may take to learn of the new keys. Stopped at any point, it leaves every field readable.
    pub async fn reseal(&self, db: &Db, patience: Duration, progress: impl Fn(u64)) -> Result<u64> {
        let kinds: Vec<Reseal> = self.0.iter().filter_map(|kind| kind.reseal).collect();
        if !kinds.is_empty() {
            for organization in db.sealed_organizations().await? {
                db.renew_key(organization).await?;
            }
            // Until then other processes seal under the keys that they know.
            tokio::time::sleep(patience).await;
        }
        let mut sealed = 0;
        for reseal in kinds {
            loop {
                let done = reseal(db).await?;
                progress(done);
                sealed += done;
                if done == 0 {
                    break;
                }
            }
        }
        Ok(sealed)
    }

    /// Removes for good what was deleted before a time; answers how much.
    pub(crate) async fn purge(&self, db: &Db, before: DateTime<Utc>) -> Result<u64> {
        let mut purged = 0;
        for purge in self.0.iter().filter_map(|kind| kind.purge) {
            purged += purge(db, before).await?;
        }
        Ok(purged)
    }
}

async fn title<E: Record>(db: &Db, access: &Access, id: &str) -> Result<String> {
    let record = store::get::<E>(db.connection(), access, id).await?;
    let [(field, title), _] = E::title(&record);
    Ok(if access.hides(E::RESOURCE, field) { String::new() } else { title })
}

async fn find<E: Record>(db: &Db, access: &Access, query: &str, limit: i32) -> Result<Vec<Hit>> {
    if access.reach(E::RESOURCE).is_err() {
        return Ok(Vec::new());
    }
    let list = ListQuery { page_size: limit, query: query.to_owned(), ..ListQuery::default() };
    let page = store::list::<E>(db, access, &list).await?;
    let hit = |model: &E::Model| {
        let [title, subtitle] = E::title(model)
            .map(|(field, text)| if access.hides(E::RESOURCE, field) { String::new() } else { text });
        Hit {
            resource: E::RESOURCE.to_owned(),
            id: record::id_in::<E>(model, "id").to_string(),
            title,
            subtitle,
        }
    };
    Ok(page.items.iter().map(hit).collect())
}

/// The department follows its owner without being a change of the record: nobody touched it.
#[expect(clippy::disallowed_methods, reason = "a derived column of many records")]
async fn restamp<E: Record>(
    tx: &Tx,
    organization: Uuid,
    owner: Uuid,
    department: Option<Uuid>,
) -> Result<()> {
    let update = E::update_many()
        .col_expr(required::<E>("department_id"), Expr::value(department))
        .filter(required::<E>("organization_id").eq(organization))
        .filter(required::<E>("owner_id").eq(owner));
    update.exec(tx.connection()).await?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "purging is logged by the changes of the records' own deletion"
)]
async fn purge<E: Record>(db: &Db, before: DateTime<Utc>) -> Result<u64> {
    let mut purged = 0;
    loop {
        let removed = db
            .transact(async |tx| {
                let due = store::everywhere::<E>().filter(required::<E>("delete_time").lt(before)).limit(500);
                let rows = due.all(tx.connection()).await?;
                let ids: Vec<Uuid> = rows.iter().map(|model| record::id_in::<E>(model, "id")).collect();
                if ids.is_empty() {
                    return Ok(0);
                }
                let removed = E::delete_many()
                    .filter(required::<E>("id").is_in(ids))
                    // One that was restored meanwhile stays.
                    .filter(required::<E>("delete_time").lt(before))
                    .exec_with_returning(tx.connection())
                    .await?;
                let ids: Vec<Uuid> = removed.iter().map(|model| record::id_in::<E>(model, "id")).collect();
                comment::remove_of(tx, E::RESOURCE, &ids).await?;
                u64::try_from(ids.len()).map_err(Error::internal)
            })
            .await?;
        purged += removed;
        if removed == 0 {
            return Ok(purged);
        }
    }
}

/// Serves `Search.Find` over the records of a service.
pub(crate) struct SearchService {
    db: Db,
    records: Arc<Records>,
}

impl SearchService {
    pub(crate) fn server(db: Db, records: Arc<Records>) -> SearchServer<Self> {
        SearchServer::new(Self { db, records })
    }
}

#[async_trait::async_trait]
impl Search for SearchService {
    async fn find(&self, request: Request<FindRequest>) -> Result<Response<FindResponse>, Status> {
        crate::call(request, async |access, request| {
            if !search::has_words(&request.query) {
                return Err(Error::invalid("query", "QUERY_EMPTY", "give at least one word"));
            }
            let limit = if request.limit <= 0 { 5 } else { request.limit.min(20) };
            let mut hits = Vec::new();
            for find in self.records.0.iter().filter_map(|kind| kind.find) {
                hits.extend(find(&self.db, access, &request.query, limit).await?);
            }
            Ok(FindResponse { hits })
        })
        .await
    }
}
