//! How alike the names of companies and persons are, however they were typed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::name::is_east_asian;

/// Legal forms that stand behind a name as words of their own, in lower case and without points.
const WORDS: &str = "\
    ab ag as bv co company corp corporation gmbh group holding holdings inc incorporated kg limited llc llp ltd nv oy \
    plc pte pty pvt sa sarl sas se spa srl";

/// Legal forms that are written together with a name, in front of it or behind.
const AFFIXES: &str = "\
    有限责任公司 有限責任公司 有限公司 股份 集团 集團 公司 株式会社 有限会社 주식회사";

/// How alike the names of two companies are, from 0 for nothing in common to 1 for the same name. Case, punctuation,
/// spaces, full-width forms, the order of the words and the legal form do not count.
pub fn similarity(left: &str, right: &str) -> f64 {
    compare(left, right, |words| while drop_legal_form(words) {})
}

/// How alike the names of two persons are, as for companies; but Co and Sa are family names there.
pub fn person_similarity(left: &str, right: &str) -> f64 {
    compare(left, right, |_| {})
}

fn compare(left: &str, right: &str, adjust: fn(&mut Vec<String>)) -> f64 {
    if left == right {
        return 1.0;
    }
    let (mut left, mut right) = (words(left), words(right));
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    adjust(&mut left);
    adjust(&mut right);
    let as_written = measure(&left.concat(), &right.concat());
    left.sort_unstable();
    right.sort_unstable();
    as_written.max(measure(&left.concat(), &right.concat()))
}

/// A character of an East Asian script says as much as a word elsewhere, so that one that differs weighs more there:
/// pairs of characters are compared. In an alphabet one is a slip of the pen, and a common beginning says most.
fn measure(left: &str, right: &str) -> f64 {
    if left.chars().chain(right.chars()).any(is_east_asian) {
        common_pairs(left, right)
    } else {
        strsim::jaro_winkler(left, right)
    }
}

/// The Sørensen–Dice coefficient of pairs of characters; that of strsim divides by the number of bytes.
fn common_pairs(left: &str, right: &str) -> f64 {
    let (left_pairs, mut right_pairs) = (pairs(left), pairs(right));
    let total = left_pairs.len() + right_pairs.len();
    if total == 0 {
        return f64::from(u8::from(left == right));
    }
    let common = left_pairs.iter().filter(|pair| {
        let found = right_pairs.iter().position(|other| other == *pair);
        found.map(|position| right_pairs.swap_remove(position)).is_some()
    });
    2.0 * common.count() as f64 / total as f64
}

fn pairs(text: &str) -> Vec<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

/// The words of a name in one spelling.
fn words(name: &str) -> Vec<String> {
    let name = name.nfkc().collect::<String>().to_lowercase();
    let part_of_word = |character: char| character.is_alphanumeric() || is_combining_mark(character);
    let mut words = Vec::<String>::new();
    let mut initials = false;
    for word in name.split(|character| !part_of_word(character)).filter(|word| !word.is_empty()) {
        let letter = word.len() == 1;
        match words.last_mut() {
            // S. A. and J. R. are one word each.
            Some(last) if letter && initials => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        initials = letter;
    }
    words
}

/// Drops one legal form at either end, unless nothing would be left.
fn drop_legal_form(words: &mut Vec<String>) -> bool {
    let affix = |word: &String| AFFIXES.split(' ').any(|affix| affix == word);
    let form = |word: &String| affix(word) || WORDS.split(' ').any(|form| form == word);
    if words.len() > 1 && words.last().is_some_and(form) {
        words.pop();
        return true;
    }
    if words.len() > 1 && words.first().is_some_and(affix) {
        words.remove(0);
        return true;
    }
    let behind = words.last_mut().is_some_and(|last| shorten(last, |word, affix| word.strip_suffix(affix)));
    behind || words.first_mut().is_some_and(|first| shorten(first, |word, affix| word.strip_prefix(affix)))
}

fn shorten(word: &mut String, strip: for<'a> fn(&'a str, &str) -> Option<&'a str>) -> bool {
    let shorter = AFFIXES.split(' ').find_map(|affix| strip(word, affix)).filter(|rest| !rest.is_empty());
    let Some(shorter) = shorter.map(str::to_owned) else { return false };
    *word = shorter;
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_name_in_several_spellings_is_the_same() {
        for (left, right) in [
            ("Acme Ltd.", "ACME Limited"),
            ("Acme Co.,Ltd", "acme"),
            ("Acme GmbH & Co. KG", "Acme"),
            ("Acme, Inc.", "Acme L.L.C."),
            ("Grupo Sol S.A.", "Grupo Sol"),
            ("I.B.M. Corp", "IBM"),
            ("ＡＣＭＥ　Ｌｔｄ", "Acme"),
            ("北京华信科技有限公司", "北京华信科技"),
            ("华信集团股份有限公司", "华信"),
            ("华信（集团）有限责任公司", "华信"),
            ("北京 华信 有限公司", "北京华信"),
            ("株式会社みどり", "みどり"),
            ("Company", "COMPANY"),
        ] {
            assert_eq!(similarity(left, right), 1.0, "{left} and {right}");
        }
    }

    #[test]
    fn a_person_keeps_what_would_be_a_legal_form() {
        for (left, right) in [
            ("Na Li", "Li Na"),
            ("李 娜", "李娜"),
            ("李", " 李"),
            ("O'Brien, Mary", "Mary O’Brien"),
            ("J. R. Smith", "JR Smith"),
        ] {
            assert_eq!(person_similarity(left, right), 1.0, "{left} and {right}");
        }
        assert!(person_similarity("Maria Co", "Maria Sa") < 1.0);
        assert!(person_similarity("Jon Smith", "John Smith") > 0.9);
        assert!(person_similarity("王伟", "李娜") < 0.1);
        assert!(person_similarity("王", "李") < 0.1);
    }

    #[test]
    fn slips_and_additions_are_still_alike() {
        for (left, right) in [
            ("Huawie Technologies", "Huawei Technologies Co., Ltd."),
            ("Siemens Energie", "Siemens Energy AG"),
            ("北京华信科技发展有限公司", "北京华信科技"),
        ] {
            assert!(similarity(left, right) >= 0.8, "{left} and {right}: {}", similarity(left, right));
        }
    }

    #[test]
    fn other_companies_are_not_alike() {
        for (left, right, most) in [
            ("上海华信", "北京华信", 0.5),
            ("上海华信科技有限公司", "北京华信科技有限公司", 0.85),
            ("北京华信科技有限公司", "北京华通科技有限公司", 0.85),
            ("Acme Trading Ltd", "Acme Tools Ltd", 0.85),
            ("China Mobile", "China Unicom", 0.85),
            ("Siemens", "Bosch", 0.5),
            ("华为", "Huawei", 0.1),
            ("有限公司", "集团", 0.1),
            ("", "Acme", 0.1),
            ("...", "---", 0.1),
        ] {
            assert!(similarity(left, right) < most, "{left} and {right}: {}", similarity(left, right));
        }
    }

    proptest! {
        #[test]
        fn a_name_is_like_itself(name: String) {
            prop_assert_eq!(similarity(&name, &name), 1.0);
            prop_assert_eq!(person_similarity(&name, &name), 1.0);
        }

        #[test]
        fn neither_name_comes_first(left in "[a-d北京华信有限公司 .]{0,12}", right in "[a-d北京华信有限公司 .]{0,12}") {
            prop_assert_eq!(similarity(&left, &right), similarity(&right, &left));
        }

        #[test]
        fn any_two_texts_are_between_nothing_and_one(left: String, right: String) {
            let alike = similarity(&left, &right);
            prop_assert!((0.0..=1.0).contains(&alike), "{alike}");
        }

        #[test]
        fn a_legal_form_makes_no_difference(name in "[a-z]{3,10} [a-z]{5,10}") {
            for form in [" Ltd.", ", Inc.", " GmbH", "有限公司"] {
                prop_assert_eq!(similarity(&name, &format!("{name}{form}")), 1.0);
            }
        }
    }
}
