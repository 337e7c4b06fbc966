//! Many records of one kind at once: for imports and whatever else fills a database.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, TryIntoModel};
use serde_json::{Map, Value as Json};

use super::{Tx, conflict, logged};
use crate::change;
use crate::db::rows;
use crate::error::{Error, Result};
use crate::ledger;
use crate::record::{self, Record};

/// Records that were inserted together.
#[derive(Debug)]
pub struct Inserted<M> {
    /// The records.
    pub models: Vec<M>,
    /// The position before their first change in the log.
    pub before: i64,
    /// The position of their last change.
    pub last: i64,
}

impl Tx {
    /// Inserts records as `insert` does, in as few statements as can be. Their changes are numbered at once, so that
    /// every other numbering waits until the transaction ends.
    pub async fn insert_many<E: Record>(
        &self,
        verb: &str,
        models: Vec<E::Model>,
    ) -> Result<Inserted<E::Model>> {
        let mut departments = HashMap::new();
        let (mut rows, mut changes) = (Vec::with_capacity(models.len()), Vec::with_capacity(models.len()));
        let mut inserted = Vec::with_capacity(models.len());
        for model in models {
            let mut active = self.fresh::<E>(&model);
            let owner = record::id_in::<E>(&model, "owner_id");
            if let Some(column) = record::column::<E>("department_id").filter(|_| !owner.is_nil()) {
                let known = match departments.get(&owner) {
                    Some(known) => *known,
                    None => {
                        let known = crate::directory::department_of(self, owner).await?;
                        departments.insert(owner, known);
                        known
                    }
                };
                if let Some(department) = known {
                    active.set(column, department.into());
                }
            }
            let model = active.clone().try_into_model()?;
            changes.push(self.change::<E>(verb, &model, Map::new(), logged::<E>(&model, |_| true)?));
            rows.push(active);
            inserted.push(model);
        }
        let count = i64::try_from(rows.len()).map_err(Error::internal)?;
        rows::insert::<E>(self.connection(), rows).await.map_err(|error| conflict(error, E::UNIQUE))?;
        let last = self.append_many(changes).await?;
        let last =
            last.ok_or_else(|| Error::internal("the head of a log was altered, it is not continued"))?;
        self.changed.store(true, Ordering::Relaxed);
        Ok(Inserted { models: inserted, before: last - count, last })
    }

    /// Appends entries to their log and numbers them at once; answers the last position, none if the log cannot be
    /// continued.
    pub(crate) async fn append_many<M>(&self, entries: Vec<M>) -> Result<Option<i64>>
    where
        M: ledger::Entry + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
        <M::Entity as EntityTrait>::Model: IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    {
        let keys = self.ledger().ok_or_else(|| Error::internal("the logs are not open"))?;
        let (entries, last) = ledger::number_ahead(self, keys, entries).await?;
        let rows = entries.into_iter().map(|entry| entry.into_active_model().reset_all()).collect();
        rows::insert::<M::Entity>(self.connection(), rows).await?;
        Ok(last)
    }
}

impl Tx {
    /// A change of a record, not sealed yet.
    pub(super) fn change<E: Record>(
        &self,
        verb: &str,
        model: &E::Model,
        before: Map<String, Json>,
        after: Map<String, Json>,
    ) -> change::Model {
        change::Model {
            id: crate::id::new(),
            position: None,
            organization_id: record::id_in::<E>(model, "organization_id"),
            resource: E::RESOURCE.to_owned(),
            record_id: record::id_in::<E>(model, "id"),
            verb: verb.to_owned(),
            before: Json::Object(before).to_string(),
            after: Json::Object(after).to_string(),
            actor_id: self.access().user(),
            request_id: self.access().origin().request_id.clone(),
            create_time: self.now(),
            seal: Vec::new(),
            hash: None,
        }
    }
}
