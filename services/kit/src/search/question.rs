//! How a query asks for the words of records.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, DbBackend, DbErr};
use uuid::Uuid;

use super::{asked, ids, letter, term, vector};
use crate::access::Access;
use crate::error::Result;
use crate::record::Record;

/// What is asked of the words of records, in two forms that mean the same.
#[derive(Clone)]
pub(crate) struct Question {
    /// For the search index, which finds among all records, in its own language; none finds nothing.
    expression: Option<String>,
    /// For the text of records at hand, which is read faster than it is made into what the index holds.
    pub(crate) text: Condition,
}

impl Question {
    /// Asks for records that fit one of some questions; `None` if there are none.
    pub(crate) fn any(backend: DbBackend, questions: impl IntoIterator<Item = Self>) -> Option<Self> {
        let or = operators(backend).or;
        questions.into_iter().reduce(|one, other| Self {
            expression: match (one.expression, other.expression) {
                (Some(one), Some(other)) => Some(format!("({one}{or}{other})")),
                (one, other) => one.or(other),
            },
            text: Condition::any().add(one.text).add(other.text),
        })
    }

    /// Asks for records that fit all of some questions; `None` if there are none.
    pub(crate) fn all(backend: DbBackend, questions: Vec<Self>) -> Option<Self> {
        let and = operators(backend).and;
        questions.into_iter().reduce(|one, other| Self {
            expression: one
                .expression
                .zip(other.expression)
                .map(|(one, other)| format!("({one}{and}{other})")),
            text: Condition::all().add(one.text).add(other.text),
        })
    }

    /// Asks for all groups of alternatives.
    fn new<E: Record>(backend: DbBackend, groups: &[Group]) -> Self {
        let entity = E::default();
        let table = entity.unquoted();
        let alternatives = |group: &Group| {
            let words = group.words.iter();
            let any = words.fold(Condition::any(), |any, word| any.add(within(backend, table, word)));
            // Most texts do not hold it, and are read once instead of for each field.
            let common = group.common.as_ref().map(|common| holds(backend, table, common));
            common.into_iter().fold(Condition::all(), Condition::add).add(any)
        };
        let text = groups.iter().map(alternatives).fold(Condition::all(), Condition::add);
        Self { expression: Some(expression(backend, groups)), text }
    }

    /// Finds nothing.
    fn nothing() -> Self {
        Self { expression: None, text: Condition::all().add(Expr::cust("1 = 0")) }
    }

    /// The condition that the search index of a table answers.
    pub(crate) fn index(&self, backend: DbBackend, table: &str) -> Condition {
        let Some(expression) = self.expression.clone() else { return Self::nothing().text };
        let condition = match backend {
            DbBackend::Postgres => {
                Expr::cust_with_values(format!("{} @@ CAST($1 AS tsquery)", vector(table)), [expression])
            }
            _ => Expr::cust_with_values(
                format!(
                    "\"{table}\".rowid IN (SELECT rowid FROM {table}_search WHERE {table}_search MATCH ?)"
                ),
                [expression],
            ),
        };
        Condition::all().add(condition)
    }

    /// The ids of what the search index of a table finds in an organization; `None` if it is more than some.
    pub(crate) async fn found(
        &self,
        connection: &impl ConnectionTrait,
        table: &str,
        organization: Uuid,
        most: u64,
    ) -> Result<Option<Vec<Uuid>>> {
        let Some(expression) = self.expression.clone() else { return Ok(Some(Vec::new())) };
        let mut select = Query::select();
        match connection.get_database_backend() {
            DbBackend::Postgres => {
                let mut index = Query::select();
                index.column(Asterisk).from(Alias::new(table));
                index.cond_where(self.index(DbBackend::Postgres, table));
                // Without a fence it would walk all records of the organization and make a vector of each.
                index.offset(0);
                select.from_subquery(index.take(), Alias::new(table));
            }
            // It knows places only, of all organizations; the order of a cross join is not chosen.
            _ => {
                let (words, ids) = (format!("{table}_search"), ids(table));
                select.from(words.clone());
                select.cross_join(ids.clone());
                select.and_where(Expr::cust(format!("{ids}.place = {words}.rowid")));
                select.and_where(Expr::cust_with_values(format!("{words} MATCH ?"), [expression]));
            }
        }
        select.column("id").and_where(Expr::col("organization_id").eq(organization)).limit(most + 1);
        let ids: Vec<Uuid> = match connection.get_database_backend() {
            DbBackend::Postgres => {
                // An array is sent and read in less time than a row for each.
                let mut all = Query::select();
                all.expr(Expr::cust("array_agg(id)")).from_subquery(select, "found");
                let all = connection.query_one(&all).await?;
                all.map(|all| all.try_get_by_index(0)).transpose()?.flatten().unwrap_or_default()
            }
            _ => {
                let rows = connection.query_all(&select).await?;
                let ids = rows.iter().map(|row| row.try_get_by_index(0));
                ids.collect::<std::result::Result<_, DbErr>>()?
            }
        };
        Ok(Some(ids).filter(|ids| ids.len() as u64 <= most))
    }
}

/// Words of which a record has one at least.
struct Group {
    words: Vec<Word>,
    /// What all of them hold.
    common: Option<String>,
}

/// A word that is asked for.
struct Word {
    text: String,
    /// Whether it may be the beginning of a longer one.
    is_prefix: bool,
}

/// Asks for records that hold every word of a query in the given fields. `None` if the query has no word.
pub(crate) fn matches<E: Record>(
    backend: DbBackend,
    access: &Access,
    fields: &[&str],
    query: &str,
) -> Option<Question> {
    let seen = fields.iter().filter(|field| !access.hides(E::RESOURCE, field));
    let letters: Vec<char> = seen.map(|field| letter(E::SEARCHED, field)).collect();
    let words = asked(query);
    if words.is_empty() {
        return None;
    }
    if letters.is_empty() {
        return Some(Question::nothing());
    }
    let word = |letter: &char, word: &String| Word { text: format!("{letter}{word}"), is_prefix: true };
    let groups = words.iter().map(|asked| Group {
        words: letters.iter().map(|letter| word(letter, asked)).collect(),
        common: Some(asked.clone()),
    });
    Some(Question::new::<E>(backend, &groups.collect::<Vec<_>>()))
}

/// Asks for records that have one of some exact values in a list.
pub(crate) fn has_term<E: Record>(backend: DbBackend, field: &str, values: &[String]) -> Question {
    let words = values.iter().map(|value| Word { text: term(field, value), is_prefix: false });
    Question::new::<E>(backend, &[Group { words: words.collect(), common: None }])
}

/// How a search index joins what it is asked.
struct Operators {
    or: &'static str,
    and: &'static str,
    quote: char,
    star: &'static str,
}

const fn operators(backend: DbBackend) -> Operators {
    match backend {
        DbBackend::Postgres => Operators { or: " | ", and: " & ", quote: '\'', star: ":*" },
        _ => Operators { or: " OR ", and: " AND ", quote: '"', star: "*" },
    }
}

/// All groups of alternatives in the language of a search index.
fn expression(backend: DbBackend, groups: &[Group]) -> String {
    let Operators { or, and, quote, star } = operators(backend);
    let group = |group: &Group| {
        let words = group
            .words
            .iter()
            .map(|word| format!("{quote}{}{quote}{}", word.text, if word.is_prefix { star } else { "" }));
        format!("({})", words.collect::<Vec<_>>().join(or))
    };
    groups.iter().map(group).collect::<Vec<_>>().join(and)
}

/// The condition that the text of a record has a word, or one that begins with it: as its first, or after a space. Of
/// the words that must be whole none is the beginning of another, because all of them have the same length.
fn within(backend: DbBackend, table: &str, word: &Word) -> Condition {
    let text = format!("\"{table}\".\"search_text\"");
    let begins = match backend {
        DbBackend::Postgres => {
            Expr::cust_with_values(format!("starts_with({text}, $1)"), [word.text.clone()])
        }
        _ => Expr::cust_with_values(
            format!("substr({text}, 1, {}) = ?", word.text.chars().count()),
            [word.text.clone()],
        ),
    };
    Condition::any().add(begins).add(holds(backend, table, &format!(" {}", word.text)))
}

/// The condition that the text of a record holds a part.
fn holds(backend: DbBackend, table: &str, part: &str) -> SimpleExpr {
    let condition = match backend {
        DbBackend::Postgres => format!("strpos(\"{table}\".\"search_text\", $1) > 0"),
        _ => format!("instr(\"{table}\".\"search_text\", ?) > 0"),
    };
    Expr::cust_with_values(condition, [part])
}
