//! What kit must know of a record. One vocabulary: a proto field, its column, its filter name and its change-log key are
//! the same word, so columns are found by their names.

use std::str::FromStr;

use sea_orm::{ActiveModelBehavior, EntityTrait, IntoActiveModel, TryIntoModel, Value};
use serde::Serialize;
use uuid::Uuid;

use crate::search::Words;

/// A unique index of a record and what its violation means to a caller.
pub struct Unique {
    /// The index, and for SQLite, which names columns instead, the first column as `table.column`.
    pub index: [&'static str; 2],
    /// The reason in UPPER_SNAKE.
    pub reason: &'static str,
    /// What to do.
    pub message: &'static str,
}

/// What lists are sifted by, whatever their order: who reaches a record, and whether it is deleted.
pub(crate) const SIFTED: [&str; 3] = ["owner_id", "department_id", "delete_time"];

/// An entity with the columns `id`, `organization_id`, `create_time`, `update_time` and `version`; with `delete_time`
/// if it can be restored, with `owner_id` and `department_id` if it is owned, with `search_text` if it can be searched.
pub trait Record:
    EntityTrait<
        Model: Serialize + Clone + Send + Sync + IntoActiveModel<Self::ActiveModel>,
        ActiveModel: ActiveModelBehavior<Entity = Self>
                         + TryIntoModel<<Self as EntityTrait>::Model>
                         + Clone
                         + Send,
    > + Default
    + 'static
{
    /// The resource, `service.resource`, as in permissions and field rules.
    const RESOURCE: &'static str;
    /// The fields that lists may be ordered by; an index of (organization, field, id) serves each, and none is null. Those of
    /// records that are owned also hold what lists are sifted by, see `migrations::sifting_indexes`.
    const SORTED: &'static [&'static str] = &[];
    /// The fields of further indexes, each after the organization and before the id. What asks for one value of the first
    /// of them finds it there in the order of the next.
    const INDEXES: &'static [&'static [&'static str]] = &[];
    /// The fields whose words are searched, in an order that never changes: add new ones at the end.
    const SEARCHED: &'static [&'static str] = &[];
    /// The lists and nested values that filters compare by the terms that the record keeps, for example `tags`.
    const TERMS: &'static [&'static str] = &[];
    /// The columns that hold sealed values.
    const SEALED: &'static [&'static str] = &[];
    /// The unique indexes.
    const UNIQUE: &'static [Unique] = &[];

    /// The column of the user who owns the record; records without owner are reached in every scope.
    fn owner() -> Option<Self::Column> {
        column::<Self>("owner_id")
    }

    /// The column of the owner's department.
    fn department() -> Option<Self::Column> {
        column::<Self>("department_id")
    }

    /// Adds what the record can be found by.
    fn words(_model: &Self::Model, _words: &mut Words) {}

    /// What names the record among search results, and what tells it from its namesakes: each the name of a field and
    /// its text. A field that is hidden from the caller is not shown.
    fn title(_model: &Self::Model) -> [(&'static str, String); 2] {
        Default::default()
    }
}

/// The column of a name.
pub fn column<E: Record>(name: &str) -> Option<E::Column> {
    E::Column::from_str(name).ok()
}

/// A column that every record has.
pub(crate) fn required<E: Record>(name: &str) -> E::Column {
    #[expect(
        clippy::panic,
        reason = "a record without the column is a mistake of the programmer, found by its first test"
    )]
    column::<E>(name).unwrap_or_else(|| panic!("{} has no column {name}", E::RESOURCE))
}

/// The value of a column of a record.
pub(crate) fn value<E: Record>(model: &E::Model, name: &str) -> Option<Value> {
    use sea_orm::ModelTrait;
    column::<E>(name).map(|column| model.get(column))
}

/// The id in a column of a record; nil if there is none.
pub(crate) fn id_in<E: Record>(model: &E::Model, name: &str) -> Uuid {
    match value::<E>(model, name) {
        Some(Value::Uuid(Some(id))) => id,
        _ => Uuid::nil(),
    }
}
