//! Texts: trimmed, of a sensible length, without control characters.

use crm_kit::error::Violations;

/// Brings a text of one line into its stored form: trimmed, and runs of white space as one space.
pub fn line(text: &str, most: usize, path: &str, violations: &mut Violations) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    check(&text, most, path, violations, char::is_control);
    text
}

/// Brings a text of several lines into its stored form: trimmed, with plain line ends.
pub fn paragraph(text: &str, most: usize, path: &str, violations: &mut Violations) -> String {
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    check(&text, most, path, violations, |character| {
        character.is_control() && character != '\n' && character != '\t'
    });
    text
}

fn check(text: &str, most: usize, path: &str, violations: &mut Violations, refused: impl Fn(char) -> bool) {
    if text.chars().count() > most {
        violations.add(path, "TOO_LONG", format!("give at most {most} characters"));
    }
    if text.chars().any(refused) {
        violations.add(path, "CONTROL_CHARACTER", "leave out control characters");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::reasons;

    #[test]
    fn a_line_has_single_spaces_and_no_control_characters() {
        let mut violations = Violations::default();
        assert_eq!(line("  Acme\t Ltd \n", 10, "name", &mut violations), "Acme Ltd");
        violations.finish().unwrap();
        assert_eq!(reasons(|v| drop(line("a\u{0}b", 10, "name", v))), ["CONTROL_CHARACTER"]);
        assert_eq!(reasons(|v| drop(line("长长长", 2, "name", v))), ["TOO_LONG"]);
    }

    #[test]
    fn a_paragraph_keeps_its_lines() {
        let mut violations = Violations::default();
        assert_eq!(paragraph(" one\r\ntwo\rthree \n", 99, "description", &mut violations), "one\ntwo\nthree");
        violations.finish().unwrap();
        assert_eq!(reasons(|v| drop(paragraph("a\u{7}", 9, "description", v))), ["CONTROL_CHARACTER"]);
    }

    proptest! {
        #[test]
        fn the_stored_form_is_its_own_stored_form(text: String) {
            let mut violations = Violations::default();
            let once = line(&text, 50, "name", &mut violations);
            prop_assert_eq!(&line(&once, 50, "name", &mut violations), &once);
            let once = paragraph(&text, 50, "name", &mut violations);
            prop_assert_eq!(&paragraph(&once, 50, "name", &mut violations), &once);
        }
    }
}
