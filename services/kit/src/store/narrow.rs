//! What a list is narrowed to, and which indexes lead to it.

use std::marker::PhantomData;

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend, IdenStatic, QueryFilter, Select};
use uuid::Uuid;

use super::{one_of, within};
use crate::access::{Access, Scope};
use crate::db::Db;
use crate::error::Result;
use crate::filter::{self, Asks, Conditions};
use crate::page::ListQuery;
use crate::record::{Record, SIFTED, column, required};
use crate::search::{self, Question};
use crate::store;
use crate::store::list::Few;

/// The conditions of a list, besides that of the organization.
pub(super) struct Narrow<E> {
    organization: Uuid,
    backend: DbBackend,
    columns: Vec<Asks>,
    /// The alternatives that the caller reaches, unless it is all.
    reached: Option<Vec<SimpleExpr>>,
    words: Option<Question>,
    show_deleted: bool,
    /// Those of the columns that choose a part of an index, which keeps it in the order of the list.
    along: Vec<usize>,
    record: PhantomData<E>,
}

impl<E: Record> Narrow<E> {
    pub(super) async fn new(db: &Db, access: &Access, list: &ListQuery, order: Option<&str>) -> Result<Self> {
        let Conditions { mut columns, mut words } = filter::conditions::<E>(db, access, &list.filter).await?;
        words.extend(search::matches::<E>(db.backend(), access, E::SEARCHED, &list.query));
        let scope = access.reach(E::RESOURCE)?;
        let mut reached = within::<E>(access, scope);
        if let (Scope::Own, Some(owner)) = (scope, E::owner()) {
            let condition = reached.take().map_or_else(Condition::all, one_of);
            columns.push(Asks { field: owner.as_str().to_owned(), is_one: true, condition });
        }
        Ok(Self {
            organization: access.organization(),
            backend: db.backend(),
            along: along(&indexes::<E>(), &columns, order),
            columns,
            reached,
            words: Question::all(db.backend(), words),
            show_deleted: list.show_deleted,
            record: PhantomData,
        })
    }

    pub(super) fn organization(&self) -> Uuid {
        self.organization
    }

    /// Whether records are met in the order of the list that do not fit.
    pub(super) fn is_sifted(&self) -> bool {
        self.words.is_some() || !self.asks_only_words()
    }

    /// Whether an index tells which of the records that are met in the order of the list fit.
    pub(super) fn is_sifted_by_index(&self) -> bool {
        self.words.is_none() && self.beside().all(|asks| SIFTED.contains(&&*asks.field))
    }

    /// What is met in the order of the list.
    pub(super) fn along(&self) -> Select<E> {
        self.all_of(&self.along)
    }

    /// What fits of what is met in the order of the list.
    pub(super) fn sift(&self, query: Select<E>) -> Select<E> {
        self.sift_by(query, self.words.as_ref())
    }

    /// What fits among few records.
    pub(super) fn among_few(&self, few: &Few) -> Select<E> {
        let words = self.words.as_ref().filter(|_| !few.have_words);
        self.sift_by(
            self.among(Condition::all().add(store::has_id::<E>(self.backend, few.ids.iter().copied()))),
            words,
        )
    }

    fn sift_by(&self, query: Select<E>, words: Option<&Question>) -> Select<E> {
        let sifted = words.into_iter().fold(self.others(), |others, words| others.add(words.text.clone()));
        let query = query.filter(self.not_deleted());
        if sifted.is_empty() { query } else { query.filter(self.unled(sifted)) }
    }

    /// Whether a record that is met in the order of the list fits, whatever its words: 1 or 0.
    pub(super) fn fits(&self) -> SimpleExpr {
        one_if(self.not_deleted().add(self.others()))
    }

    /// What is asked of columns that choose no part of an index.
    fn beside(&self) -> impl Iterator<Item = &Asks> {
        self.columns.iter().enumerate().filter(|(index, _)| !self.along.contains(index)).map(|(_, asks)| asks)
    }

    /// What is asked of what is met in the order of the list, besides its words.
    fn others(&self) -> Condition {
        let columns = self.beside().map(|asks| asks.condition.clone());
        let others = columns.chain(self.reached.clone().map(one_of)).chain(self.deleted());
        others.fold(Condition::all(), Condition::add)
    }

    /// All that fits, whichever index leads to it.
    pub(super) fn all(self) -> Select<E> {
        let query = self.tenant().filter(self.not_deleted());
        let deleted = self.deleted();
        let conditions = self.columns.into_iter().map(|asks| asks.condition);
        let conditions = conditions.chain(self.reached.map(one_of)).chain(deleted);
        let words = self.words.map(|words| words.index(self.backend, E::default().unquoted()));
        conditions.chain(words).fold(query, Select::filter)
    }

    /// The queries for all that fits some of the conditions other than words, each of them alternatives that one index
    /// answers.
    pub(super) fn led(&self) -> Vec<Vec<Select<E>>> {
        let columns = leading(&indexes::<E>(), &self.columns);
        let columns = columns.iter().map(|columns| vec![self.all_of(columns)]);
        let reached = self.reached.iter().map(|alternatives| {
            alternatives.iter().map(|reached| self.tenant().filter(reached.clone())).collect()
        });
        let deleted = self.deleted().map(|deleted| vec![self.among(deleted)]);
        columns.chain(reached).chain(deleted).collect()
    }

    /// Whether nothing but words is asked of what is met in the order of the list.
    pub(super) fn asks_only_words(&self) -> bool {
        self.along.len() == self.columns.len() && self.reached.is_none() && self.deleted().is_none()
    }

    /// The words that are asked for.
    pub(super) fn words(&self) -> Option<&Question> {
        self.words.as_ref()
    }

    /// What is met in the order of the list of a condition whose index does not begin with the organization.
    fn among(&self, condition: Condition) -> Select<E> {
        let organization = required::<E>("organization_id").eq(self.organization);
        let organization = self.unled(Condition::all().add(organization));
        let along = self.along.iter().filter_map(|index| self.columns.get(*index));
        let conditions = along.map(|asks| asks.condition.clone()).chain([organization, condition]);
        conditions.fold(store::everywhere::<E>(), Select::filter)
    }

    /// The organization's records of some of the conditions.
    fn all_of(&self, columns: &[usize]) -> Select<E> {
        let columns = columns.iter().filter_map(|index| self.columns.get(*index));
        columns.fold(self.tenant(), |query, asks| query.filter(asks.condition.clone()))
    }

    fn tenant(&self) -> Select<E> {
        store::tenant::<E>(self.organization)
    }

    fn not_deleted(&self) -> Condition {
        if self.show_deleted { Condition::all() } else { store::not_deleted::<E>() }
    }

    /// That a record is deleted, if those are asked for.
    fn deleted(&self) -> Option<Condition> {
        let deleted = column::<E>("delete_time").filter(|_| self.show_deleted);
        deleted.map(|deleted| Condition::all().add(deleted.is_not_null()))
    }

    /// A condition that SQLite takes no index for: it does not know what is rare, and would take one that leads to most of
    /// the table. In a case, it stops at the first part that fails; behind a unary plus it would go through all of them.
    fn unled(&self, condition: Condition) -> Condition {
        match self.backend {
            DbBackend::Sqlite => Condition::all().add(one_if(condition)),
            _ => condition,
        }
    }
}

/// 1 if a condition holds, else 0.
pub(super) fn one_if(condition: Condition) -> SimpleExpr {
    Expr::case(condition, Expr::cust("1")).finally(Expr::cust("0")).into()
}

/// The fields of every index of a record, after the organization and before the id.
fn indexes<E: Record>() -> Vec<Vec<&'static str>> {
    let owned = ["owner_id", "department_id"].into_iter().filter(|field| column::<E>(field).is_some());
    let single = owned.chain(E::SORTED.iter().copied()).map(|field| vec![field]);
    single.chain(E::INDEXES.iter().map(|fields| fields.to_vec())).collect()
}

/// The conditions that choose the smallest part of an index which is in the order of the list; none means by id.
fn along(indexes: &[Vec<&str>], columns: &[Asks], order: Option<&str>) -> Vec<usize> {
    let parts = indexes.iter().filter_map(|fields| {
        let chosen: Vec<_> = fields.iter().map_while(|field| asking(columns, field)).collect();
        // The part of the first conditions may be in the order of the next field, which is asked for too.
        (1..=chosen.len())
            .rev()
            .find(|taken| fields.get(*taken).copied() == order)
            .map(|taken| chosen[..taken].to_vec())
    });
    parts.max_by_key(Vec::len).unwrap_or_default()
}

/// The condition that asks for one value of a field.
fn asking(columns: &[Asks], field: &str) -> Option<usize> {
    columns.iter().position(|asks| asks.is_one && asks.field == field)
}

/// The conditions that each index can answer by itself.
fn leading(indexes: &[Vec<&str>], columns: &[Asks]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    for fields in indexes {
        let mut led: Vec<_> = fields.iter().map_while(|field| asking(columns, field)).collect();
        let next = fields.get(led.len());
        led.extend(next.and_then(|field| columns.iter().position(|asks| asks.field == *field)));
        if !led.is_empty() && !all.contains(&led) {
            all.push(led);
        }
    }
    // What more conditions lead to is less.
    all.sort_by_key(|led| std::cmp::Reverse(led.len()));
    all
}
