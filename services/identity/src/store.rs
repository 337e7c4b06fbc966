//! The records of the service.

pub mod api_key;
pub mod department;
pub mod notification;
pub mod one_time_token;
pub mod organization;
pub mod role;
pub mod session;
pub mod user;
pub mod view;

use crm_kit::record::Record;
use crm_kit::{Error, Result, Tx, store};
use uuid::Uuid;

/// The record of the caller's organization, whether the caller reaches it or not: something else refers to it.
pub async fn referred<E: Record>(tx: &Tx, id: Uuid) -> Result<Option<E::Model>> {
    match store::by_id::<E>(tx.connection(), store::tenant::<E>(tx.access().organization()), id).await {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
