//! What every query selects.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use sea_orm::sea_query::Expr;
use sea_orm::{IdenStatic, Iterable, QuerySelect, Select};

use crate::record::Record;

/// Queries that nothing is asked of yet, by their records.
static ALL: LazyLock<RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>> = LazyLock::new(RwLock::default);

/// The records of a kind, all columns of each. The columns are named once, not for each query: to build and write their
/// names took longer than all that is asked of them.
#[expect(clippy::disallowed_methods, reason = "the one place where queries begin")]
pub(super) fn all<E: Record>() -> Select<E> {
    let known = ALL.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<E>()).cloned();
    if let Some(all) = known.as_ref().and_then(|all| all.downcast_ref::<Select<E>>()) {
        return all.clone();
    }
    let all = E::find().select_only().expr(Expr::cust(names::<E>()));
    ALL.write().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<E>(), Arc::new(all.clone()));
    all
}

fn names<E: Record>() -> String {
    let table = E::default();
    let name = |column: E::Column| match column.as_str() {
        // What a record is found by is longer than the record, and nobody reads it.
        "search_text" => "'' AS \"search_text\"".to_owned(),
        name => format!("\"{}\".\"{name}\"", table.unquoted()),
    };
    E::Column::iter().map(name).collect::<Vec<_>>().join(", ")
}
