//! A transaction: the only hand that changes records.

mod bulk;

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, Iterable,
    QueryFilter, SqlErr, Statement, TryIntoModel, Value,
};
use serde_json::{Map, Value as Json};

use crate::access::Access;
use crate::change;
use crate::error::{Error, Result};
use crate::ledger;
use crate::record::{self, Record, Unique};
use crate::search::Words;

use super::overtaken;

pub use bulk::Inserted;

/// One transaction in the name of one caller.
pub struct Tx {
    transaction: DatabaseTransaction,
    access: Access,
    now: DateTime<Utc>,
    ledger: Option<ledger::Keys>,
    changed: AtomicBool,
    jobs: AtomicBool,
}

/// Columns that the transaction sets itself, or that no reader of the log needs.
const UNLOGGED: [&str; 6] = ["id", "organization_id", "create_time", "update_time", "version", "search_text"];

impl Tx {
    pub(super) fn new(
        transaction: DatabaseTransaction,
        access: Access,
        now: DateTime<Utc>,
        ledger: Option<ledger::Keys>,
    ) -> Self {
        let flag = || AtomicBool::new(false);
        Self { transaction, access, now, ledger, changed: flag(), jobs: flag() }
    }

    /// The connection for reading inside the transaction; queries are built by `kit::store`.
    pub fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// The keys of the logs, once they are open.
    pub(super) fn ledger(&self) -> Option<&ledger::Keys> {
        self.ledger.as_ref()
    }

    /// Waits until no other transaction holds what a name stands for, and holds it until this one ends.
    pub async fn hold(&self, name: &str) -> Result<()> {
        let connection = self.connection();
        // SQLite has one writer.
        if connection.get_database_backend() == DbBackend::Postgres {
            let hold = "SELECT pg_advisory_xact_lock(hashtext($1))";
            let name = [format!("crm {name}").into()];
            connection.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, hold, name)).await?;
        }
        Ok(())
    }

    /// The time of the transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The caller in whose name it runs.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Inserts a record: sets its id unless it has one, its tenant, times, version and the owner's department, and logs
    /// the change.
    pub async fn insert<E: Record>(&self, verb: &str, model: E::Model) -> Result<E::Model> {
        let mut active = self.fresh::<E>(&model);
        self.stamp::<E>(&mut active, record::id_in::<E>(&model, "owner_id")).await?;
        let inserted = self.execute_insert::<E>(active).await?;
        let after = logged::<E>(&inserted, |_| true)?;
        self.log::<E>(verb, &inserted, Map::new(), after).await?;
        Ok(inserted)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where records are inserted")]
    async fn execute_insert<E: Record>(&self, active: E::ActiveModel) -> Result<E::Model> {
        // Every column is set, so the database need not tell what it has stored.
        let model = active.clone().try_into_model()?;
        let insert = E::insert(active).exec_without_returning(&self.transaction);
        insert.await.map_err(|error| conflict(error, E::UNIQUE))?;
        Ok(model)
    }

    /// Updates a record that was read as `before`, and logs what changed. Nothing changed: nothing is written.
    ///
    /// Fails as stale if the record is not at the etag that the caller saw (unchecked when empty) or has changed since
    /// it was read.
    pub async fn update<E: Record>(
        &self,
        verb: &str,
        before: E::Model,
        after: E::Model,
        etag: &str,
    ) -> Result<E::Model> {
        let version = version::<E>(&before);
        if !etag.is_empty() && etag != version.to_string() {
            return Err(overtaken::error::<E>(self, &before, etag).await);
        }
        let mut active = self.prepared::<E>(&after);
        let old: E::ActiveModel = self.prepared::<E>(&before);
        let changed: Vec<_> = E::Column::iter()
            .filter(|column| active.get(*column).into_value() != old.get(*column).into_value())
            .collect();
        if changed.is_empty() {
            return Ok(before);
        }
        let owner = record::id_in::<E>(&after, "owner_id");
        if owner != record::id_in::<E>(&before, "owner_id") {
            self.stamp::<E>(&mut active, owner).await?;
        }
        put::<E>(&mut active, "update_time", self.now.into());
        put::<E>(&mut active, "version", (version + 1).into());
        // Columns that did not change are left alone: another transaction may set them without a new version.
        for column in E::Column::iter() {
            if active.get(column).into_value() == old.get(column).into_value() {
                active.not_set(column);
            }
        }
        let updated = match self.execute_update::<E>(active, &before, version).await? {
            Some(updated) => updated,
            None => return Err(overtaken::error::<E>(self, &before, etag).await),
        };
        let is_changed = |name: &str| changed.iter().any(|column| column.as_str() == name);
        let (before, after) = (logged::<E>(&before, is_changed)?, logged::<E>(&updated, is_changed)?);
        self.log::<E>(verb, &updated, before, after).await?;
        Ok(updated)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where records are updated")]
    async fn execute_update<E: Record>(
        &self,
        active: E::ActiveModel,
        before: &E::Model,
        version: i64,
    ) -> Result<Option<E::Model>> {
        let mut update = E::update_many();
        for column in E::Column::iter() {
            if let Some(value) = active.get(column).into_value() {
                update = update.col_expr(column, column.save_as(Expr::value(value)));
            }
        }
        let updated = update
            .filter(record::required::<E>("id").eq(record::id_in::<E>(before, "id")))
            .filter(
                record::required::<E>("organization_id").eq(record::id_in::<E>(before, "organization_id")),
            )
            .filter(record::required::<E>("version").eq(version))
            .exec_with_returning(&self.transaction)
            .await
            .map_err(|error| conflict(error, E::UNIQUE))?;
        Ok(updated.into_iter().next())
    }

    /// Marks a record as deleted; it can be restored until it is purged.
    pub async fn delete<E: Record>(&self, before: E::Model, etag: &str) -> Result<E::Model> {
        self.mark_deleted::<E>("deleted", before, Some(self.now), etag).await
    }

    /// Brings a deleted record back.
    pub async fn restore<E: Record>(&self, before: E::Model) -> Result<E::Model> {
        let deleted = record::value::<E>(&before, "delete_time");
        if !matches!(deleted, Some(Value::ChronoDateTimeUtc(Some(_)))) {
            return Err(Error::precondition(
                "NOT_DELETED",
                "the record is not deleted, there is nothing to restore",
            ));
        }
        self.mark_deleted::<E>("restored", before, None, "").await
    }

    async fn mark_deleted<E: Record>(
        &self,
        verb: &str,
        before: E::Model,
        time: Option<DateTime<Utc>>,
        etag: &str,
    ) -> Result<E::Model> {
        let mut after: E::ActiveModel = before.clone().into_active_model();
        put::<E>(&mut after, "delete_time", time.into());
        let after = after.try_into_model()?;
        self.update::<E>(verb, before, after, etag).await
    }

    /// Removes a record for good; for records that cannot be restored.
    #[expect(clippy::disallowed_methods, reason = "the one place where records are removed")]
    pub async fn remove<E: Record>(&self, verb: &str, before: E::Model, etag: &str) -> Result<()> {
        let version = version::<E>(&before);
        if !etag.is_empty() && etag != version.to_string() {
            return Err(overtaken::error::<E>(self, &before, etag).await);
        }
        let removed = E::delete_many()
            .filter(record::required::<E>("id").eq(record::id_in::<E>(&before, "id")))
            .filter(
                record::required::<E>("organization_id").eq(record::id_in::<E>(&before, "organization_id")),
            )
            .filter(record::required::<E>("version").eq(version))
            .exec(&self.transaction)
            .await?;
        if removed.rows_affected == 0 {
            return Err(overtaken::error::<E>(self, &before, etag).await);
        }
        let fields = logged::<E>(&before, |_| true)?;
        self.log::<E>(verb, &before, fields, Map::new()).await
    }

    /// Copies the department of a new owner from the directory, if the record has an owner and the directory knows it.
    async fn stamp<E: Record>(&self, active: &mut E::ActiveModel, owner: Uuid) -> Result<()> {
        let Some(column) = record::column::<E>("department_id").filter(|_| !owner.is_nil()) else {
            return Ok(());
        };
        if let Some(department) = crate::directory::department_of(self, owner).await? {
            active.set(column, department.into());
        }
        Ok(())
    }

    /// A record that is about to be inserted, all but its owner's department.
    fn fresh<E: Record>(&self, model: &E::Model) -> E::ActiveModel {
        let mut active = self.prepared::<E>(model);
        if record::id_in::<E>(model, "id").is_nil() {
            put::<E>(&mut active, "id", crate::id::new().into());
        }
        if record::id_in::<E>(model, "organization_id").is_nil() {
            put::<E>(&mut active, "organization_id", self.access.organization().into());
        }
        put::<E>(&mut active, "create_time", self.now.into());
        put::<E>(&mut active, "update_time", self.now.into());
        put::<E>(&mut active, "version", 1_i64.into());
        active
    }

    /// Every column set, and the search text made from the record.
    fn prepared<E: Record>(&self, model: &E::Model) -> E::ActiveModel {
        let mut active = model.clone().into_active_model().reset_all();
        if record::column::<E>("search_text").is_some() {
            let mut words = Words::new(E::SEARCHED);
            E::words(model, &mut words);
            put::<E>(&mut active, "search_text", words.finish().into());
        }
        active
    }

    async fn log<E: Record>(
        &self,
        verb: &str,
        model: &E::Model,
        before: Map<String, Json>,
        after: Map<String, Json>,
    ) -> Result<()> {
        self.changed.store(true, Ordering::Relaxed);
        let change = self.change::<E>(verb, model, before, after);
        let change = self.sealed(change)?;
        self.append(change).await
    }

    #[expect(clippy::disallowed_methods, reason = "the one place where changes are logged")]
    async fn append(&self, change: change::ActiveModel) -> Result<()> {
        change::Entity::insert(change).exec_without_returning(&self.transaction).await?;
        Ok(())
    }

    /// An entry of a log, sealed and ready to be inserted.
    pub(crate) fn sealed<M>(&self, mut entry: M) -> Result<<M::Entity as EntityTrait>::ActiveModel>
    where
        M: ledger::Entry + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    {
        let keys = self.ledger().ok_or_else(|| Error::internal("the logs are not open"))?;
        ledger::seal(keys, &mut entry)?;
        Ok(entry.into_active_model().reset_all())
    }

    pub(crate) fn added_job(&self) {
        self.jobs.store(true, Ordering::Relaxed);
    }

    /// Commits; tells whether records changed and whether jobs were added.
    pub(super) async fn commit(self) -> Result<(bool, bool)> {
        self.transaction.commit().await?;
        Ok((self.changed.into_inner(), self.jobs.into_inner()))
    }
}

fn put<E: Record>(active: &mut E::ActiveModel, name: &str, value: Value) {
    active.set(record::required::<E>(name), value);
}

pub(super) fn version<E: Record>(model: &E::Model) -> i64 {
    match record::value::<E>(model, "version") {
        Some(Value::BigInt(Some(version))) => version,
        _ => 0,
    }
}

/// The fields of a record for the log. What the model does not serialize, such as a password's hash, is not logged;
/// sealed fields serialize as their masks.
fn logged<E: Record>(model: &E::Model, wanted: impl Fn(&str) -> bool) -> Result<Map<String, Json>> {
    let Json::Object(mut fields) = serde_json::to_value(model).map_err(Error::internal)? else {
        return Err(Error::internal(format!("{} does not serialize as an object", E::RESOURCE)));
    };
    fields.retain(|name, value| !UNLOGGED.contains(&name.as_str()) && wanted(name) && !value.is_null());
    Ok(fields)
}

/// A violated unique index, as the caller understands it.
fn conflict(error: DbErr, indexes: &[Unique]) -> Error {
    let Some(SqlErr::UniqueConstraintViolation(text)) = error.sql_err() else { return error.into() };
    match indexes.iter().find(|unique| unique.index.iter().any(|name| text.contains(name))) {
        Some(unique) => Error::Exists { reason: unique.reason, message: unique.message.to_owned() },
        None => error.into(),
    }
}
