//! Search: what a record is found by, and how a query asks for it.
//!
//! A record keeps its words in one column, `search_text`, that both databases index: Postgres as a GIN-indexed vector,
//! SQLite as a full-text table beside it. Every question becomes a question for prefixes of words, which both answer
//! from the index: a run of Chinese characters, the end of a telephone number or any part of an e-mail address is the
//! beginning of one of its tails, so the tails are kept as words too. Each word begins with a letter for its field, so
//! that a field that the caller may not see cannot be searched either.

use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::access::Access;
use crate::crypto::sha256;
use crate::error::Result;
use crate::record::Record;

/// Fewer digits of a telephone number find nothing.
const FEWEST_DIGITS: usize = 4;
/// Longer runs are cut; a query's run is cut alike.
const LONGEST_RUN: usize = 64;
/// More words of a query are not looked at.
const MOST_WORDS: usize = 12;

/// Gathers the words of one record.
pub struct Words {
    fields: &'static [&'static str],
    words: Vec<String>,
}

impl Words {
    pub(crate) fn new(fields: &'static [&'static str]) -> Self {
        Self { fields, words: Vec::new() }
    }

    /// Adds a text: found by prefixes of its words, and by any run of Chinese characters.
    pub fn text(&mut self, field: &str, text: &str) {
        let letter = letter(self.fields, field);
        for run in runs(text) {
            if is_ideographic(&run) {
                self.tails(letter, &run, 1);
            } else {
                self.words.push(format!("{letter}{run}"));
            }
        }
    }

    /// Adds a telephone number: found by any four or more consecutive digits.
    pub fn phone(&mut self, field: &str, number: &str) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        self.tails(letter(self.fields, field), &digits, FEWEST_DIGITS);
    }

    /// Adds an e-mail address: found by any part of it.
    pub fn email(&mut self, field: &str, address: &str) {
        self.tails(letter(self.fields, field), &plain(address), 1);
    }

    /// Adds an exact value that filters ask for, such as a tag or a reference in a list.
    pub fn term(&mut self, field: &str, value: &str) {
        self.words.push(term(field, value));
    }

    fn tails(&mut self, letter: char, run: &str, fewest: usize) {
        let run: Vec<char> = run.chars().take(LONGEST_RUN).collect();
        let starts = 0..(run.len() + 1).saturating_sub(fewest);
        self.words.extend(
            starts.map(|start| std::iter::once(letter).chain(run[start..].iter().copied()).collect()),
        );
    }

    /// The text of the column.
    pub(crate) fn finish(mut self) -> String {
        self.words.sort_unstable();
        self.words.dedup();
        self.words.join(" ")
    }
}

/// The letter that marks the words of a field.
fn letter(fields: &[&str], field: &str) -> char {
    let index = fields.iter().position(|name| *name == field);
    debug_assert!(index.is_some(), "{field} is not among the searched fields");
    char::from(b'a' + u8::try_from(index.unwrap_or_default() % 26).unwrap_or_default())
}

/// The word of an exact value. It begins with a digit, so it is never found by a query for words.
fn term(field: &str, value: &str) -> String {
    let hash = sha256(&[field.as_bytes(), &[0], value.trim().to_lowercase().as_bytes()]);
    format!("0{}", hex::encode(&hash[..12]))
}

/// Lower case, and only characters that both databases keep within a word.
fn plain(text: &str) -> String {
    let kept = |c: char| is_word(c) || matches!(c, '@' | '.' | '_' | '-');
    text.trim().chars().flat_map(char::to_lowercase).map(|c| if kept(c) { c } else { '_' }).collect()
}

/// The runs of one script in a text, in lower case: ideographs, or letters and digits.
fn runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut open = None;
    for c in text.chars().flat_map(char::to_lowercase) {
        let kind = is_word(c).then(|| is_ideograph(c));
        if let (Some(kind), Some(run)) = (kind, runs.last_mut().filter(|_| open == kind))
            && open == Some(kind)
        {
            run.push(c);
        } else if kind.is_some() {
            runs.push(c.to_string());
        }
        open = kind;
    }
    runs
}

/// Letters, marks and digits, as the full-text tables of SQLite see them: there circled letters are symbols.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

fn is_ideographic(run: &str) -> bool {
    run.chars().next().is_some_and(is_ideograph)
}

/// The words that a query asks for, every one of which must occur.
fn asked(query: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in query.split_whitespace() {
        if part.contains('@') {
            words.push(plain(part));
        } else if is_number(part) {
            words.push(part.chars().filter(char::is_ascii_digit).collect());
        } else {
            words.extend(runs(part));
        }
    }
    words.truncate(MOST_WORDS);
    words.iter().map(|word| word.chars().take(LONGEST_RUN).collect()).collect()
}

/// True if a query asks for anything at all.
pub(crate) fn has_words(query: &str) -> bool {
    !asked(query).is_empty()
}

fn is_number(part: &str) -> bool {
    part.chars().filter(char::is_ascii_digit).count() >= FEWEST_DIGITS
        && part.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '/' | '.'))
}

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
    fn new<E: Record>(backend: DbBackend, groups: &[Vec<Word>]) -> Self {
        let entity = E::default();
        let table = entity.unquoted();
        let alternatives = |group: &Vec<Word>| {
            group.iter().fold(Condition::any(), |any, word| any.add(within(backend, table, word)))
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

    /// The numbers of rows that the search index of SQLite finds, of all organizations; `None` if there are more than some.
    pub(crate) async fn rows(
        &self,
        connection: &impl ConnectionTrait,
        table: &str,
        most: u64,
    ) -> Result<Option<Vec<i64>>> {
        let Some(expression) = self.expression.clone() else { return Ok(Some(Vec::new())) };
        let mut select = Query::select();
        select
            .expr(Expr::cust("rowid"))
            .from(format!("{table}_search"))
            .and_where(Expr::cust_with_values(format!("{table}_search MATCH ?"), [expression]))
            .limit(most + 1);
        let rows = connection.query_all(&select).await?;
        if rows.len() as u64 > most {
            return Ok(None);
        }
        let rows = rows.iter().map(|row| row.try_get_by_index(0));
        Ok(Some(rows.collect::<std::result::Result<_, sea_orm::DbErr>>()?))
    }
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
    let groups = words.iter().map(|asked| letters.iter().map(|letter| word(letter, asked)).collect());
    Some(Question::new::<E>(backend, &groups.collect::<Vec<_>>()))
}

/// Asks for records that have one of some exact values in a list.
pub(crate) fn has_term<E: Record>(backend: DbBackend, field: &str, values: &[String]) -> Question {
    let words = values.iter().map(|value| Word { text: term(field, value), is_prefix: false });
    Question::new::<E>(backend, &[words.collect()])
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
fn expression(backend: DbBackend, groups: &[Vec<Word>]) -> String {
    let Operators { or, and, quote, star } = operators(backend);
    let group = |group: &Vec<Word>| {
        let words = group
            .iter()
            .map(|word| format!("{quote}{}{quote}{}", word.text, if word.is_prefix { star } else { "" }));
        format!("({})", words.collect::<Vec<_>>().join(or))
    };
    groups.iter().map(group).collect::<Vec<_>>().join(and)
}

/// The condition that the text of a record has a word, or one that begins with it: as its first, or after a space. Of
/// the words that must be whole none is the beginning of another, because all of them have the same length.
fn within(backend: DbBackend, table: &str, word: &Word) -> SimpleExpr {
    let text = format!("\"{table}\".\"search_text\"");
    let condition = match backend {
        DbBackend::Postgres => format!("(starts_with({text}, $1) OR strpos({text}, $2) > 0)"),
        _ => format!("(instr({text}, ?) = 1 OR instr({text}, ?) > 0)"),
    };
    Expr::cust_with_values(condition, [word.text.clone(), format!(" {}", word.text)])
}

/// The indexed expression on Postgres.
fn vector(table: &str) -> String {
    format!("array_to_tsvector(string_to_array(\"{table}\".\"search_text\", ' '))")
}

/// The statements that index the column `search_text` of a table, for its migration.
pub fn index(backend: DbBackend, table: &str) -> Vec<String> {
    if backend == DbBackend::Postgres {
        return vec![format!(
            "CREATE INDEX {table}_search ON {table} USING gin ({}) WITH (fastupdate = off)",
            vector(table)
        )];
    }
    let insert =
        format!("INSERT INTO {table}_search(rowid, search_text) VALUES (new.rowid, new.search_text);");
    let delete = format!(
        "INSERT INTO {table}_search({table}_search, rowid, search_text) VALUES ('delete', old.rowid, old.search_text);"
    );
    let changed = "WHEN old.search_text <> new.search_text";
    vec![
        format!(
            "CREATE VIRTUAL TABLE {table}_search USING fts5(search_text, content='{table}', content_rowid='rowid', \
             detail='none', tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '@._-'\")"
        ),
        format!("CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN {insert} END"),
        format!("CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN {delete} END"),
        format!(
            "CREATE TRIGGER {table}_search_update AFTER UPDATE OF search_text ON {table} {changed} BEGIN {delete} {insert} END"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(add: impl FnOnce(&mut Words)) -> String {
        let mut words = Words::new(&["name", "phones", "emails"]);
        add(&mut words);
        words.finish()
    }

    #[test]
    fn a_chinese_name_is_kept_with_its_tails() {
        assert_eq!(words(|w| w.text("name", "北京Acme 有限")), "aacme a京 a北京 a有限 a限");
    }

    #[test]
    fn a_phone_is_kept_by_tails_of_four_digits_or_more() {
        assert_eq!(
            words(|w| w.phone("phones", "+86 12345")),
            "b2345 b12345 b612345 b8612345"
                .split(' ')
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        );
    }

    #[test]
    fn a_query_is_split_by_script() {
        assert_eq!(asked("华为tech  ltd"), ["华为", "tech", "ltd"]);
        assert_eq!(asked("+86 138-0013"), ["86", "1380013"]);
        assert_eq!(asked("Li@Acme.COM"), ["li@acme.com"]);
        assert!(asked(" ,, ").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_run_of_an_indexed_name_is_the_beginning_of_one_of_its_words(name in "[\u{4e00}-\u{4e20}]{1,12}", start in 0usize..12, length in 1usize..12) {
            let start = start % name.chars().count();
            let run: String = name.chars().skip(start).take(length).collect();
            let index = words(|w| w.text("name", &name));
            let beginning = format!("a{}", run);
            proptest::prop_assert!(index.split(' ').any(|word| word.starts_with(&beginning)));
        }

        #[test]
        fn nothing_that_a_user_types_breaks_out_of_the_quotes(query in "\\PC{0,40}") {
            for word in asked(&query) {
                proptest::prop_assert!(!word.contains(['\'', '"', '\\', ' ', ':', '*', '&', '|']));
            }
        }
    }
}
