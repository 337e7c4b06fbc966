//! Seals fields again under the newest data key of their organization, a batch at a time, while the service runs.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, IntoActiveModel, QueryFilter, QuerySelect, TryIntoModel, Value,
};
use uuid::Uuid;

use crate::crypto::Sealed;
use crate::db::{Db, Sealer};
use crate::error::Result;
use crate::record::{self, Record, required};
use crate::search::Words;
use crate::store;

const BATCH: u64 = 200;

/// Seals a batch of records whose fields are under older keys; answers how many are done. Zero when none is left.
///
/// The values stay what they were, so it is no change of a record: version, times and change log stay too.
pub(crate) async fn batch<E: Record>(db: &Db) -> Result<u64> {
    for organization in db.sealed_organizations().await? {
        let sealer = db.sealer(organization).await?;
        let current = format!("{}%", sealer.newest()?.mark());
        let older = E::SEALED
            .iter()
            .fold(Condition::any(), |any, name| any.add(required::<E>(name).not_like(&current)));
        let query = store::tenant::<E>(organization).filter(older).limit(BATCH);
        let mut done = 0;
        for row in query.all(db.connection()).await? {
            done += one::<E>(db, &sealer, organization, row).await?;
        }
        if done > 0 {
            return Ok(done);
        }
    }
    Ok(0)
}

#[expect(clippy::disallowed_methods, reason = "what is encrypted stays the same")]
async fn one<E: Record>(db: &Db, sealer: &Sealer, organization: Uuid, row: E::Model) -> Result<u64> {
    let mut active: E::ActiveModel = row.clone().into_active_model();
    for name in E::SEALED {
        let Some(Value::String(Some(text))) = record::value::<E>(&row, name) else { continue };
        let place = format!("{}.{name}", E::RESOURCE);
        let plain = sealer.open(&place, &Sealed::stored(text)).await?;
        active.set(required::<E>(name), sealer.seal(&place, &plain)?.into());
    }
    let mut words = Words::new(E::SEARCHED);
    E::words(&active.clone().try_into_model()?, &mut words);
    let mut update = E::update_many();
    for name in E::SEALED {
        if let Some(value) = active.get(required::<E>(name)).into_value() {
            update = update.col_expr(required::<E>(name), Expr::value(value));
        }
    }
    if let Some(search_text) = record::column::<E>("search_text") {
        update = update.col_expr(search_text, Expr::value(words.finish()));
    }
    let version = record::value::<E>(&row, "version").unwrap_or(Value::BigInt(None));
    let update = update
        .filter(required::<E>("organization_id").eq(organization))
        .filter(required::<E>("id").eq(record::id_in::<E>(&row, "id")))
        // Somebody who changes the record meanwhile seals it under the newest key anyway.
        .filter(Expr::col(required::<E>("version").as_column_ref()).eq(Expr::value(version)));
    db.transact(async |tx| Ok(update.exec(tx.connection()).await?.rows_affected)).await
}
