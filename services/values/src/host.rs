//! Names of hosts, as they stand in e-mail and web addresses.

/// Whether a text is the full name of a host: two parts at least, in any script.
pub fn is_name(text: &str) -> bool {
    let mut labels = text.split('.').peekable();
    let mut count = 0;
    while let Some(label) = labels.next() {
        count += 1;
        // No top-level domain is a number, and 10.0.0.1 is none of the names meant here.
        let number = labels.peek().is_none() && label.chars().all(|character| character.is_ascii_digit());
        if number || !is_label(label) {
            return false;
        }
    }
    count > 1 && text.len() <= 253
}

fn is_label(label: &str) -> bool {
    let fits = |character: char| {
        character.is_ascii_alphanumeric()
            || character == '-'
            // Beyond ASCII scripts need marks and joiners; white space, controls and full-width signs are never part of a name.
            || (!character.is_ascii()
                && !character.is_whitespace()
                && !character.is_control()
                && !matches!(character, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff61}'))
    };
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts_are_told_from_other_texts() {
        for name in
            ["example.com", "a-b.example", "例子.中国", "bücher.example", "xn--fiqs8s.example", "1.example"]
        {
            assert!(is_name(name), "{name}");
        }
        for text in
            ["", "localhost", ".com", "a..b", "-a.example", "a-.example", "a b.example", "a_b.example"]
        {
            assert!(!is_name(text), "{text}");
        }
        for text in ["10.0.0.1", "例子。中国", "a\u{3000}.example", "a.example.", "a＠b.example"] {
            assert!(!is_name(text), "{text}");
        }
        assert!(!is_name(&format!("{}.example", "a".repeat(64))));
        assert!(!is_name(&"a.".repeat(130)));
    }
}
