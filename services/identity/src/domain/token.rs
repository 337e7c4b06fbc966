//! Opaque tokens: what a browser, a program or a mail carries, and of which only a hash is kept.

use std::fmt;

use crm_kit::access::resolver;
use crm_kit::crypto;
use uuid::Uuid;

/// What a token lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Call as a user who is signed in.
    Session,
    /// Call as a program.
    ApiKey,
    /// Accept an invitation, once.
    Invitation,
    /// Set a new password, once.
    PasswordReset,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Session, Self::ApiKey, Self::Invitation, Self::PasswordReset];

    /// How tokens of the kind begin, so that people and scanners of leaked secrets recognise them.
    fn mark(self) -> &'static str {
        match self {
            Self::Session => "crms_",
            Self::ApiKey => "crmk_",
            Self::Invitation => "crmi_",
            Self::PasswordReset => "crmr_",
        }
    }
}

/// A secret of 256 random bits that names its kind and tenant.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: Kind,
    organization_id: Uuid,
    text: String,
}

impl Token {
    /// Makes a token.
    pub fn generate(kind: Kind, organization_id: Uuid) -> Self {
        Self { kind, organization_id, text: resolver::token(kind.mark(), organization_id) }
    }

    /// Reads a token; none if the text was never one.
    pub fn parse(text: &str) -> Option<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| text.starts_with(kind.mark()))?;
        Some(Self { kind, organization_id: resolver::organization_of(text)?, text: text.to_owned() })
    }

    /// What the token lets its bearer do.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The tenant.
    pub fn organization_id(&self) -> Uuid {
        self.organization_id
    }

    /// The token itself, for its bearer only.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is stored: the token is random enough for a plain hash.
    pub fn hash(&self) -> String {
        hex::encode(crypto::sha256(&[self.text.as_bytes()]))
    }

    /// The first characters, by which a person recognises an API key and nobody guesses it.
    pub fn prefix(&self) -> &str {
        &self.text[..12]
    }
}

/// Shows no more of the secret than its prefix.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Token({}…)", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_names_its_kind_and_tenant() {
        for kind in Kind::ALL {
            let organization_id = crm_kit::id::new();
            let token = Token::generate(kind, organization_id);
            let read = Token::parse(token.reveal()).unwrap();
            assert_eq!((read.kind(), read.organization_id()), (kind, organization_id));
            assert_eq!((read.hash(), read.prefix()), (token.hash(), token.prefix()));
            assert!(token.reveal().starts_with(kind.mark()));
        }
    }

    #[test]
    fn two_tokens_of_one_tenant_differ_from_the_first_characters() {
        let organization_id = crm_kit::id::new();
        let (one, two) =
            (Token::generate(Kind::ApiKey, organization_id), Token::generate(Kind::ApiKey, organization_id));
        assert_ne!(one.prefix(), two.prefix());
        assert_ne!(one.hash(), two.hash());
        assert_eq!((one.prefix().len(), one.hash().len()), (12, 64));
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let token = Token::generate(Kind::Session, crm_kit::id::new());
        let text = token.reveal();
        for text in [
            "",
            "crms_",
            "crms_AAAA",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &text.replace("crms", "crmx"),
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_log_shows_no_secret() {
        let token = Token::generate(Kind::Session, crm_kit::id::new());
        assert!(!format!("{token:?}").contains(&token.reveal()[12..]));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String, rest: String) {
            Token::parse(&text);
            Token::parse(&format!("crms_{rest}"));
        }
    }
}
