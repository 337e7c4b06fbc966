//! What customers does with the changes of other services.

use std::sync::Arc;

use crm_kit::copy::{put, record, text};
use crm_kit::feed::Subscription;
use crm_kit::{Result, Tx};
use crm_protos::feed::v1::Change;
use sea_orm::IntoActiveModel;

use crate::store::organization::{Entity, Model};

/// Everything that customers follows.
pub fn all() -> Vec<Subscription> {
    vec![Subscription {
        name: "companies",
        source: "identity",
        resources: &["identity.organization"],
        apply: Arc::new(|tx, change| Box::pin(follow(tx, change))),
    }]
}

async fn follow(tx: &Tx, change: &Change) -> Result<()> {
    let Some(region) = text(change, "region") else { return Ok(()) };
    let row = Model { id: record(change)?, region: region.to_owned() };
    put::<Entity>(tx, row.into_active_model()).await
}
