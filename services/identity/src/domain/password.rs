//! Passwords: which are good enough, and how they are kept.

use std::collections::HashSet;

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use crm_kit::crypto::random;
use crm_kit::error::{Error, Result, Violations};

use super::common_passwords;

/// More is no safer and would only cost time to hash.
const LONGEST: usize = 200;
/// How many characters beside a common word do not make a password.
const DECORATION: usize = 8;
/// What fingers type when they are asked for a long password.
const RUNS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
    "1234qwerasdfzxcv",
];

/// What hashing costs whoever checks a password, and whoever guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// How much memory one hash takes.
    pub memory_kib: u32,
    /// How many passes over the memory one hash takes.
    pub passes: u32,
}

/// Checks a new password; `personal` are texts that anybody who knows the user would try first.
pub fn check(password: &str, shortest: usize, personal: &[&str], path: &str, violations: &mut Violations) {
    let length = password.chars().count();
    if length < shortest {
        violations.add(path, "PASSWORD_TOO_SHORT", format!("give at least {shortest} characters"));
    } else if length > LONGEST {
        violations.add(path, "PASSWORD_TOO_LONG", format!("give at most {LONGEST} characters"));
    } else if is_common(password) {
        violations.add(path, "PASSWORD_COMMON", "choose one that is not among the first to be guessed");
    } else if personal.iter().flat_map(|text| parts(text)).any(|part| is_decorated(password, &part)) {
        violations.add(path, "PASSWORD_PERSONAL", "choose one that is not your name or e-mail address");
    }
}

/// What hashing works in. It is kept from one password to the next: an allocator that is asked for so much again and
/// again, on many threads, holds many times what is in use.
#[derive(Default)]
pub struct Memory(Vec<Block>);

/// Hashes a password with argon2id and a random salt into a PHC string.
pub fn hash(password: &str, cost: Cost, memory: &mut Memory) -> Result<String> {
    let salt = random::<16>();
    let hash = derive(&argon2(cost)?, password, &salt, memory);
    Ok(phc(cost, &salt, &hash.map_err(|error| Error::internal(error.to_string()))?))
}

/// Makes a hash that is no password's, with which comparing takes as long as with any other.
pub fn decoy(cost: Cost) -> String {
    phc(cost, &random::<16>(), &random::<{ Params::DEFAULT_OUTPUT_LEN }>())
}

/// Whether the password is the one that was hashed. A stored text that is no hash is nobody's password.
pub fn verify(password: &str, stored: &str, memory: &mut Memory) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else { return false };
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return false };
    // The cost is read from the stored hash, whatever is configured by now.
    let argon2 = Algorithm::try_from(stored.algorithm.as_str()).and_then(|algorithm| {
        let version = Version::try_from(stored.version.unwrap_or_default())?;
        Ok(Argon2::new(algorithm, version, Params::try_from(&stored)?))
    });
    let Ok(argon2) = argon2 else { return false };
    let derived = derive(&argon2, password, salt, memory);
    // Compares in constant time.
    derived.is_ok_and(|derived| Output::new(&derived).is_ok_and(|derived| derived == *expected))
}

fn derive(argon2: &Argon2<'_>, password: &str, salt: &[u8], memory: &mut Memory) -> argon2::Result<Vec<u8>> {
    let params = argon2.params();
    memory.0.resize(params.block_count(), Block::new());
    let mut derived = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut derived, &mut memory.0)?;
    Ok(derived)
}

fn phc(cost: Cost, salt: &[u8], hash: &[u8]) -> String {
    let Cost { memory_kib, passes } = cost;
    let [salt, hash] = [salt, hash].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}")
}

/// Whether a hash was made in another way than new ones are, so that it is best made anew at the next chance.
pub fn needs_rehash(stored: &str, cost: Cost) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return true };
    let current = Params::try_from(&hash).is_ok_and(|params| {
        params.m_cost() == cost.memory_kib && params.t_cost() == cost.passes && params.p_cost() == 1
    });
    hash.algorithm != Algorithm::Argon2id.ident() || hash.version != Some(Version::V0x13.into()) || !current
}

/// Makes a password of 100 random bits that can be typed from paper.
pub fn generate() -> String {
    super::legible::<20>(5)
}

fn argon2(cost: Cost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None);
    let params = params.map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    let kinds = password.chars().collect::<HashSet<_>>().len();
    // Telephone numbers, dates and numbers that sound like a vow.
    let number = password.chars().all(|character| character.is_ascii_digit());
    let reversed = password.chars().rev().collect::<String>();
    let run = RUNS.iter().any(|run| run.contains(&password) || run.contains(&reversed));
    kinds < 5 || number || run || common_passwords::all().any(|word| is_decorated(&password, word))
}

/// Whether the password is a word with the usual decoration: capitals, digits for letters, a few signs around it, or
/// the word again.
fn is_decorated(password: &str, word: &str) -> bool {
    let typed = password.to_lowercase().chars().collect::<Vec<_>>();
    let meant = typed.iter().copied().map(undecorated).collect::<Vec<_>>();
    let word = word.chars().collect::<Vec<_>>();
    let mut rest = Vec::new();
    let mut next = 0;
    while next < typed.len() {
        if typed[next..].starts_with(&word) || meant[next..].starts_with(&word) {
            next += word.len();
        } else {
            rest.push(typed[next]);
            next += 1;
        }
    }
    rest.len() < typed.len()
        && rest.len() <= DECORATION
        && rest.iter().all(|character| !character.is_alphabetic())
}

/// The letter for which a digit or sign often stands.
fn undecorated(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// A personal text and its parts: of an e-mail address the local part, of a name its words. Short ones occur in any
/// password.
fn parts(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let local = text.split('@').next().unwrap_or_default();
    let joined = text.split_whitespace().collect::<String>();
    let words = local.split(|character: char| !character.is_alphanumeric()).map(str::to_owned);
    let mut parts = vec![text.clone(), local.to_owned(), joined];
    parts.extend(words);
    parts.retain(|part| part.chars().count() >= 3);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use argon2::PasswordVerifier;

    use super::*;

    const COST: Cost = Cost { memory_kib: 64, passes: 1 };

    fn fault(password: &str) -> Option<&'static str> {
        let mut violations = Violations::default();
        check(password, 10, &["li.na@huateng.example", "Na Li", "王小明"], "password", &mut violations);
        match violations.finish() {
            Err(Error::Invalid(found)) => Some(found[0].reason),
            _ => None,
        }
    }

    #[test]
    fn passwords_of_a_sensible_length_are_good() {
        for password in [
            "correct horse battery staple",
            "xk7-plum-river",
            "zebra crossing at noon",
            "我的密码是一首很长的诗歌啊",
            "password managers are fine",
            &generate(),
        ] {
            assert_eq!(fault(password), None, "{password}");
        }
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(fault("xk7-plum"), Some("PASSWORD_TOO_SHORT"));
        assert_eq!(fault(&"xk7-plum".repeat(26)), Some("PASSWORD_TOO_LONG"));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "1234567890",
            "0987654321",
            "qwertyuiop",
            "1q2w3e4r5t",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "Password123!",
            "P@ssw0rd2026",
            "passwordpassword",
            "administrator",
            "Welcome2026!!",
            "iloveyou1314",
            "woaini520520",
            "!!!dragon1995",
            "5201314520",
            "abcdefghijkl",
        ] {
            assert_eq!(fault(password), Some("PASSWORD_COMMON"), "{password}");
        }
    }

    #[test]
    fn names_and_addresses_are_refused() {
        for password in ["li.na@huateng.example", "LI.NA2026!!", "nali20261122", "王小明20261122"] {
            assert_eq!(fault(password), Some("PASSWORD_PERSONAL"), "{password}");
        }
    }

    #[test]
    fn a_decoy_is_as_dear_as_a_hash_and_opens_to_nothing() {
        let memory = &mut Memory::default();
        let decoy = decoy(COST);
        assert!(!needs_rehash(&decoy, COST));
        assert_eq!(decoy.len(), hash("", COST, memory).unwrap().len());
        assert!(!verify("", &decoy, memory));
    }

    #[test]
    fn a_hash_is_salted_and_opens_to_its_password_only() {
        let memory = &mut Memory::default();
        let (one, two) =
            (hash("xk7-plum-river", COST, memory).unwrap(), hash("xk7-plum-river", COST, memory).unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{one}");
        assert!(verify("xk7-plum-river", &one, memory));
        assert!(Argon2::default().verify_password(b"xk7-plum-river", one.as_str()).is_ok());
        assert!(!verify("xk7-plum-rivers", &one, memory));
        assert!(!verify("", &one, memory));
        assert!(!verify("", "", memory));
        assert!(!verify("xk7-plum-river", "xk7-plum-river", memory));
    }

    #[test]
    fn a_hash_of_another_cost_is_made_anew() {
        let memory = &mut Memory::default();
        let stored = hash("xk7-plum-river", COST, memory).unwrap();
        let dearer = Cost { memory_kib: 128, ..COST };
        assert!(verify("other", &hash("other", dearer, memory).unwrap(), memory));
        assert!(verify("xk7-plum-river", &stored, memory));
        assert!(!needs_rehash(&stored, COST));
        assert!(needs_rehash(&stored, Cost { passes: 2, ..COST }));
        assert!(needs_rehash(&stored, Cost { memory_kib: 128, ..COST }));
        assert!(needs_rehash(&stored.replace("argon2id", "argon2i"), COST));
        assert!(needs_rehash("none", COST));
    }

    #[test]
    fn generated_passwords_are_legible_and_never_the_same() {
        let (one, two) = (generate(), generate());
        assert_ne!(one, two);
        assert_eq!(one.len(), 23);
        assert!(
            one.chars()
                .all(|character| character == '-' || super::super::LEGIBLE.contains(&(character as u8)))
        );
    }

    proptest! {
        #[test]
        fn any_password_is_answered(password: String, name: String) {
            let mut violations = Violations::default();
            check(&password, 10, &[&name], "password", &mut violations);
        }

        #[test]
        fn random_passwords_are_good(password in "[a-zA-Z0-9]{16,40}") {
            // A run of five kinds of characters and more is what a random text is.
            prop_assume!(password.chars().collect::<std::collections::HashSet<_>>().len() > 8);
            prop_assert_eq!(fault(&password), None);
        }
    }
}
