//! Search: what a record is found by, and how its words are indexed.
//!
//! A record keeps its words in one column, `search_text`, that both databases index: Postgres as a GIN-indexed vector,
//! SQLite as a full-text table beside it. Every question becomes a question for prefixes of words, which both answer
//! from the index: a run of Chinese characters, the end of a telephone number or any part of an e-mail address is the
//! beginning of one of its tails, so the tails are kept as words too. Each word begins with a letter for its field, so
//! that a field that the caller may not see cannot be searched either.

mod question;

use sea_orm::DbBackend;

use crate::crypto::sha256;

pub(crate) use question::{Question, has_term, matches};

/// Fewer digits of a telephone number find nothing.
const FEWEST_DIGITS: usize = 4;
/// Longer runs are cut; a query's run is cut alike.
const LONGEST_RUN: usize = 64;
/// How many KiB a search index of Postgres gathers, the words of some eighty records.
const GATHERED: u32 = 256;
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

/// The indexed expression on Postgres.
fn vector(table: &str) -> String {
    format!("array_to_tsvector(string_to_array(\"{table}\".\"search_text\", ' '))")
}

/// The statements that index the column `search_text` of a table, for its migration.
pub fn index(backend: DbBackend, table: &str) -> Vec<String> {
    if backend == DbBackend::Postgres {
        return vec![format!(
            "CREATE INDEX {table}_search ON {table} USING gin ({}) WITH ({})",
            vector(table),
            gathering()
        )];
    }
    let insert =
        format!("INSERT INTO {table}_search(rowid, search_text) VALUES (new.rowid, new.search_text);");
    let delete = format!(
        "INSERT INTO {table}_search({table}_search, rowid, search_text) VALUES ('delete', old.rowid, old.search_text);"
    );
    let changed = "WHEN old.search_text <> new.search_text";
    let mut statements = vec![
        format!(
            "CREATE VIRTUAL TABLE {table}_search USING fts5(search_text, content='{table}', content_rowid='rowid', \
             detail='none', tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '@._-'\")"
        ),
        format!("CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN {insert} END"),
        format!("CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN {delete} END"),
        format!(
            "CREATE TRIGGER {table}_search_update AFTER UPDATE OF search_text ON {table} {changed} BEGIN {delete} {insert} END"
        ),
    ];
    statements.extend(keep_ids(backend, table));
    statements
}

/// How a search index of Postgres gathers what is written: the words of many records are sorted in with less work. What is
/// gathered is read by each question, so it is little.
fn gathering() -> String {
    format!("fastupdate = on, gin_pending_list_limit = {GATHERED}")
}

/// The statements that let a search index gather that was made when none did.
pub fn gather(backend: DbBackend, table: &str) -> Vec<String> {
    match backend {
        DbBackend::Postgres => vec![format!("ALTER INDEX {table}_search SET ({})", gathering())],
        // The full-text tables of SQLite do so by themselves.
        _ => Vec::new(),
    }
}

/// The table of the ids of what a full-text table of SQLite finds.
fn ids(table: &str) -> String {
    format!("{table}_ids")
}

/// The statements that keep the ids of a table's records beside a search index that was made when none did.
///
/// The index of SQLite knows their places only. Most of what many records have in common is not on the page that is asked
/// for; where ids are at hand, it need not be read to find that out.
pub fn keep_ids(backend: DbBackend, table: &str) -> Vec<String> {
    if backend == DbBackend::Postgres {
        return Vec::new();
    }
    let ids = ids(table);
    vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {ids} \
             (place integer PRIMARY KEY, organization_id blob NOT NULL, id blob NOT NULL)"
        ),
        format!("INSERT OR IGNORE INTO {ids} SELECT rowid, organization_id, id FROM {table}"),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {ids}_insert AFTER INSERT ON {table} \
             BEGIN INSERT INTO {ids} VALUES (new.rowid, new.organization_id, new.id); END"
        ),
        format!(
            "CREATE TRIGGER IF NOT EXISTS {ids}_delete AFTER DELETE ON {table} \
             BEGIN DELETE FROM {ids} WHERE place = old.rowid; END"
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
