//! What becomes of the references to an account or a contact that customers has merged into another one.
//!
//! Customers says so with a change of the one that is given up, in whose `after` stands `merged_into_id`, the id of the
//! one that stays. Whatever refers to the former then refers to the latter, deleted records too, because they may come
//! back. These are changes of the records, so they are in their history.

use crm_kit::record::column;
use crm_kit::{Db, Error, ListQuery, Record, Result, Tx, store};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use crate::store::{lead, opportunity};

/// How many records are in memory at a time.
const BATCH: usize = 200;

/// An account or a contact that was merged into another one of the same organization.
#[derive(Clone, Copy)]
pub(super) struct Merge {
    pub(super) organization: Uuid,
    pub(super) gone: Uuid,
    pub(super) survivor: Uuid,
}

/// Lets opportunities and leads refer to the account that stays.
pub(super) async fn accounts(tx: &Tx, merge: Merge) -> Result<()> {
    let Merge { organization, gone, survivor } = merge;
    let concerned = store::tenant::<opportunity::Entity>(organization);
    let concerned = concerned.filter(opportunity::Column::AccountId.eq(gone));
    for batch in ids(tx, concerned).await?.chunks(BATCH) {
        for before in records::<opportunity::Entity>(tx, organization, batch).await? {
            let after = opportunity::Model { account_id: Some(survivor), ..before.clone() };
            opportunity::update(tx, "account_merged", before, after, "").await?;
        }
    }
    let concerned = store::tenant::<lead::Entity>(organization).filter(lead::Column::AccountId.eq(gone));
    for batch in ids(tx, concerned).await?.chunks(BATCH) {
        for before in records::<lead::Entity>(tx, organization, batch).await? {
            let after = lead::Model { account_id: Some(survivor), ..before.clone() };
            tx.update::<lead::Entity>("account_merged", before, after, "").await?;
        }
    }
    Ok(())
}

/// Lets opportunities and leads refer to the contact that stays.
pub(super) async fn contacts(tx: &Tx, db: &Db, merge: Merge) -> Result<()> {
    let Merge { organization, gone, survivor } = merge;
    for show_deleted in [false, true] {
        let filter = vec![format!("contacts.contact_id={gone}")];
        let list = ListQuery { filter, show_deleted, ..ListQuery::default() };
        // The question is made here and asked inside the transaction.
        let concerned = store::matching::<opportunity::Entity>(db, &db.system(organization), &list).await?;
        for batch in ids(tx, concerned).await?.chunks(BATCH) {
            for before in records::<opportunity::Entity>(tx, organization, batch).await? {
                let contacts = before.contacts.merged(&gone.to_string(), &survivor.to_string());
                let after = opportunity::Model { contacts, ..before.clone() };
                opportunity::update(tx, "contact_merged", before, after, "").await?;
            }
        }
    }
    let concerned = store::tenant::<lead::Entity>(organization).filter(lead::Column::ContactId.eq(gone));
    for batch in ids(tx, concerned).await?.chunks(BATCH) {
        for before in records::<lead::Entity>(tx, organization, batch).await? {
            let after = lead::Model { contact_id: Some(survivor), ..before.clone() };
            tx.update::<lead::Entity>("contact_merged", before, after, "").await?;
        }
    }
    Ok(())
}

async fn ids<E: Record>(tx: &Tx, query: Select<E>) -> Result<Vec<Uuid>> {
    let id = column::<E>("id").ok_or_else(|| Error::internal("a record has an id"))?;
    Ok(query.select_only().column(id).order_by_asc(id).into_tuple().all(tx.connection()).await?)
}

/// The records of some ids, which nobody else changes until the transaction ends.
async fn records<E: Record>(tx: &Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<E::Model>> {
    let id = column::<E>("id").ok_or_else(|| Error::internal("a record has an id"))?;
    // SQLite has one writer and ignores the lock.
    let query = store::tenant::<E>(organization).filter(id.is_in(ids.iter().copied())).lock_exclusive();
    Ok(query.order_by_asc(id).all(tx.connection()).await?)
}
