//! What sales does with the changes of other services: it keeps copies of what it shows and asks for, and follows what
//! becomes of the records that its own refer to.

mod merge;

use std::sync::Arc;

use crm_kit::copy::{field, put, record, reference, tenant, text, time, touches};
use crm_kit::feed::Subscription;
use crm_kit::record::column;
use crm_kit::{Db, Error, Record, Result, Tx, directory, store};
use crm_protos::feed::v1::Change;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, Value};

use self::merge::Merge;
use crate::domain::pipeline::default_stages;
use crate::store::values::Stages;
use crate::store::{account, contact, department, organization, pipeline};
use crate::training;

/// The name of the pipeline that every organization begins with.
const DEFAULT_PIPELINE: &str = "Sales";

/// Everything that sales follows.
pub fn all(db: &Db) -> Vec<Subscription> {
    let db = db.clone();
    let companies = Subscription {
        name: "companies",
        source: "identity",
        resources: &["identity.organization", "identity.department"],
        apply: Arc::new(|tx, change| Box::pin(follow_company(tx, change))),
    };
    let customers = Subscription {
        name: "customers",
        source: "customers",
        resources: &["customers.account", "customers.contact"],
        apply: Arc::new(move |tx, change| {
            let db = db.clone();
            Box::pin(async move { follow_customer(tx, &db, change).await })
        }),
    };
    vec![companies, customers]
}

async fn follow_company(tx: &Tx, change: &Change) -> Result<()> {
    match change.resource.as_str() {
        "identity.organization" => follow_organization(tx, change).await,
        _ => follow_department(tx, change).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
async fn follow_organization(tx: &Tx, change: &Change) -> Result<()> {
    let id = record(change)?;
    let known = organization::Entity::find_by_id(id).one(tx.connection()).await?;
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| organization::Model { id, ..Default::default() });
    for (name, kept) in
        [("currency", &mut row.currency), ("region", &mut row.region), ("time_zone", &mut row.time_zone)]
    {
        if let Some(text) = text(change, name) {
            text.clone_into(kept);
        }
    }
    if let Some(hours) = field(change, "working_hours") {
        row.working_hours = serde_json::from_value(hours).map_err(Error::internal)?;
    }
    put::<organization::Entity>(tx, row.into_active_model()).await?;
    if is_new {
        give_pipeline(tx, id).await?;
        training::schedule(tx, id).await?;
    }
    Ok(())
}

/// Gives an organization its first pipeline, unless it has one.
async fn give_pipeline(tx: &Tx, organization: Uuid) -> Result<()> {
    let known = store::tenant::<pipeline::Entity>(organization).one(tx.connection()).await?;
    if known.is_some() {
        return Ok(());
    }
    let pipeline = pipeline::Model {
        organization_id: organization,
        name: DEFAULT_PIPELINE.to_owned(),
        stages: Stages(default_stages()),
        ..Default::default()
    };
    tx.insert::<pipeline::Entity>("created", pipeline).await.map(drop)
}

#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
async fn follow_department(tx: &Tx, change: &Change) -> Result<()> {
    let id = record(change)?;
    if change.verb == "deleted" {
        department::Entity::delete_by_id(id).exec(tx.connection()).await?;
        return Ok(());
    }
    let known = department::Entity::find_by_id(id).one(tx.connection()).await?;
    let organization_id = tenant(change)?;
    let mut row = known.unwrap_or_else(|| department::Model { id, organization_id, ..Default::default() });
    if let Some(name) = text(change, "name") {
        name.clone_into(&mut row.name);
    }
    if touches(change, "parent_id") {
        row.parent_id = reference(change, "parent_id");
    }
    put::<department::Entity>(tx, row.into_active_model()).await
}

async fn follow_customer(tx: &Tx, db: &Db, change: &Change) -> Result<()> {
    directory::hold(tx).await?;
    let is_account = change.resource == "customers.account";
    if is_account {
        follow_copy::<account::Entity>(tx, change, "name").await?;
    } else {
        follow_copy::<contact::Entity>(tx, change, "full_name").await?;
    }
    let gone = record(change)?;
    let Some(survivor) = reference(change, "merged_into_id").filter(|survivor| *survivor != gone) else {
        return Ok(());
    };
    let merge = Merge { organization: tenant(change)?, gone, survivor };
    if is_account { merge::accounts(tx, merge).await } else { merge::contacts(tx, db, merge).await }
}

/// Keeps the copy of an account or a contact, whose name is in the given field of the original.
#[expect(clippy::disallowed_methods, reason = "the copy is no record")]
async fn follow_copy<E>(tx: &Tx, change: &Change, name: &str) -> Result<()>
where
    E: Record,
    E::Model: Default,
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType: From<Uuid>,
{
    let id = record(change)?;
    let known = E::find_by_id(id).one(tx.connection()).await?;
    let mut row: E::ActiveModel = known.unwrap_or_default().into_active_model();
    let mut set = |field: &str, value: Value| {
        if let Some(column) = column::<E>(field) {
            row.set(column, value);
        }
    };
    set("id", id.into());
    set("organization_id", tenant(change)?.into());
    if let Some(text) = text(change, name) {
        set("name", text.into());
    }
    if touches(change, "delete_time") {
        set("delete_time", time(change, "delete_time").into());
    }
    if let Some(owner) = reference(change, "owner_id") {
        set("owner_id", owner.into());
        // One whom the directory does not know yet brings the department along to everything that is owned.
        set("department_id", directory::department_of(tx, owner).await?.flatten().into());
    }
    put::<E>(tx, row).await
}
