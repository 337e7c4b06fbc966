//! Idempotency keys: kept with the answer in the transaction that does the work, for a day.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, ConnectionTrait, QueryFilter, Set};

use super::Tx;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::ledger::Keys;

/// Longer keys are refused.
const LONGEST_KEY: usize = 255;

/// A key and what its request was answered.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The keyed hash of method and arguments.
    pub request_hash: Vec<u8>,
    /// The encoded answer.
    pub answer: Option<Vec<u8>>,
    /// When it was answered.
    pub create_time: ChronoDateTimeUtc,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The stored answer if the request was answered before under its key. Another request under the key is refused.
#[expect(clippy::disallowed_methods, reason = "idempotency keys are not records")]
pub(super) async fn answered(
    connection: &impl ConnectionTrait,
    access: &Access,
    ledger: Option<&Keys>,
) -> Result<Option<Vec<u8>>> {
    let Some((key, hash)) = claimed_by(access, ledger)? else { return Ok(None) };
    let Some(stored) = Entity::find().filter(of(access, key)).one(connection).await? else { return Ok(None) };
    if stored.request_hash != hash {
        let message = "use a new idempotency key for another request".to_owned();
        return Err(Error::Refused { reason: "IDEMPOTENCY_KEY_REUSED", message });
    }
    Ok(stored.answer)
}

/// Keeps the answer under the key of the request, as the last thing that a transaction does: it waits for another one that
/// does the same, and fails if that has committed.
#[expect(clippy::disallowed_methods, reason = "idempotency keys are not records")]
pub(super) async fn keep(tx: &Tx, answer: Vec<u8>) -> Result<()> {
    let access = tx.access();
    let Some((key, hash)) = claimed_by(access, tx.ledger())? else { return Ok(()) };
    let row = ActiveModel {
        organization_id: Set(access.organization()),
        actor_id: Set(access.user()),
        key: Set(key.to_owned()),
        request_hash: Set(hash),
        answer: Set(Some(answer)),
        create_time: Set(tx.now()),
    };
    let insert = Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    match insert.exec_without_returning(tx.connection()).await? {
        1 => Ok(()),
        _ => Err(Error::Unavailable),
    }
}

/// The key of the request, and what is stored of its arguments: keyed, so that nobody who reads the database can guess
/// what a request held, and with the key of the logs, which stays as long as the database.
fn claimed_by<'a>(access: &'a Access, ledger: Option<&Keys>) -> Result<Option<(&'a str, Vec<u8>)>> {
    let Some((key, hash)) = access.claim() else { return Ok(None) };
    if key.len() > LONGEST_KEY {
        let message = format!("give an idempotency key of {LONGEST_KEY} characters at most");
        return Err(Error::Refused { reason: "IDEMPOTENCY_KEY_INVALID", message });
    }
    let ledger = ledger.ok_or_else(|| Error::internal("the logs are not open"))?;
    Ok(Some((key, ledger.idempotency.sign(hash))))
}

fn of(access: &Access, key: &str) -> Condition {
    Condition::all()
        .add(Column::OrganizationId.eq(access.organization()))
        .add(Column::ActorId.eq(access.user()))
        .add(Column::Key.eq(key))
}
