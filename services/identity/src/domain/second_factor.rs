//! The second factor: codes of an authenticator app, and recovery codes for when it is lost.

use chrono::{DateTime, Utc};
use crm_kit::crypto;
use crm_kit::error::{Error, Result};
use totp_rs::{Builder, Secret, Totp};

/// How long one code of an app is shown; what every app assumes.
const STEP_SECONDS: u64 = 30;
const RECOVERY_CODES: usize = 10;

/// Makes a secret for an authenticator app, in base32.
pub fn generate() -> String {
    Secret::from(crypto::random::<20>().to_vec()).to_base32()
}

/// The address by which an app takes a secret over, to be shown as a QR code.
pub fn uri(secret: &str, issuer: &str, account: &str) -> Result<String> {
    // A colon separates the two names in the address.
    let name = |text: &str| text.replace(':', " ");
    let totp = builder(secret)?.with_issuer(Some(name(issuer))).with_account_name(name(account)).build();
    totp.map_err(fault)?.to_url().map_err(fault)
}

/// Checks a code of an app, which may be one step early or late. Returns the step that it is of; it has to be later
/// than the last one used, because a code is good once.
pub fn verify(secret: &str, code: &str, last_step: Option<i64>, now: DateTime<Utc>) -> Result<Option<i64>> {
    let time = u64::try_from(now.timestamp()).map_err(Error::internal)?;
    let totp: Totp = builder(secret)?.with_account_name("").build_noncompliant();
    let step = totp.check(code, time).map(i64::try_from).transpose().map_err(Error::internal)?;
    Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
}

/// Makes codes of 80 random bits, each of which replaces a code of the app once.
pub fn recovery_codes() -> Vec<String> {
    std::iter::repeat_with(|| super::legible::<16>(4)).take(RECOVERY_CODES).collect()
}

/// What is stored of a recovery code. It is random enough for a plain hash.
pub fn hash_recovery_code(code: &str) -> String {
    let legible = code.chars().filter(|character| character.is_ascii_alphanumeric());
    let typed = legible.map(|character| character.to_ascii_lowercase()).collect::<String>();
    hex::encode(crypto::sha256(&[typed.as_bytes()]))
}

/// Uses a recovery code up: returns the hashes that are left, or none if it is not among them.
pub fn use_recovery_code(code: &str, hashes: &[String]) -> Option<Vec<String>> {
    let used = hash_recovery_code(code);
    hashes.contains(&used).then(|| hashes.iter().filter(|hash| **hash != used).cloned().collect())
}

fn builder(secret: &str) -> Result<Builder> {
    let secret = Secret::try_from_base32(secret).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Builder::new().with_secret(secret).with_step_duration(STEP_SECONDS).with_skew(1))
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's examples, `12345678901234567890`.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        assert_eq!(verify(SECRET, "287082", None, at(59)).unwrap(), Some(1));
        assert_eq!(verify(SECRET, "081804", None, at(1_111_111_109)).unwrap(), Some(37_037_036));
        assert_eq!(verify(SECRET, "005924", None, at(1_234_567_890)).unwrap(), Some(41_152_263));
    }

    #[test]
    fn a_code_may_be_one_step_early_or_late() {
        for (seconds, step) in [(29, Some(1)), (89, Some(1)), (90, None)] {
            assert_eq!(verify(SECRET, "287082", None, at(seconds)).unwrap(), step, "{seconds}");
        }
        for code in ["", "287083", "28708", "2870820", "abcdef"] {
            assert_eq!(verify(SECRET, code, None, at(59)).unwrap(), None, "{code}");
        }
    }

    #[test]
    fn a_code_is_good_once() {
        assert_eq!(verify(SECRET, "287082", Some(0), at(59)).unwrap(), Some(1));
        assert_eq!(verify(SECRET, "287082", Some(1), at(59)).unwrap(), None);
        assert_eq!(verify(SECRET, "287082", Some(2), at(59)).unwrap(), None);
    }

    #[test]
    fn an_app_takes_the_secret_over_by_its_address() {
        let secret = generate();
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, generate());
        let uri = uri(&secret, "Huateng: CRM", "li.na@huateng.example").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains(&format!("secret={secret}")), "{uri}");
        let totp = Totp::from_url(&uri).unwrap();
        assert_eq!((totp.issuer(), totp.account_name()), (Some("Huateng  CRM"), "li.na@huateng.example"));
        let code = totp.generate(600).to_string();
        assert_eq!(verify(&secret, &code, None, at(600)).unwrap(), Some(20));
    }

    #[test]
    fn a_recovery_code_is_good_once_however_it_is_typed() {
        let codes = recovery_codes();
        assert_eq!(codes.len(), 10);
        let hashes = codes.iter().map(|code| hash_recovery_code(code)).collect::<Vec<_>>();
        let typed = codes[3].to_uppercase().replace('-', " ");
        let left = use_recovery_code(&typed, &hashes).unwrap();
        assert_eq!(left.len(), 9);
        assert_eq!(use_recovery_code(&codes[3], &left), None);
        assert_eq!(use_recovery_code("", &hashes), None);
        assert!(use_recovery_code(&codes[4], &left).is_some());
    }
}
