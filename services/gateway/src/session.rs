//! The session of a browser: a cookie outside, a bearer token inside.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use crm_kit::access::resolver::organization_of;

/// The name of the cookie where the gateway is reached over TLS.
pub(crate) const NAME: &str = "__Host-crm-session";

/// Browsers refuse the prefix without TLS.
const PLAIN_NAME: &str = "crm-session";

/// Longer tokens are none of identity's, and would break the connection to a service.
const MAX_TOKEN: usize = 200;

/// How the cookie is written.
pub(crate) struct Cookies {
    is_secure: bool,
    lifetime: Duration,
}

/// What a request proves its caller with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) is_cookie: bool,
}

impl Token {
    /// Whether it may be one of identity's.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.text.len() <= MAX_TOKEN && organization_of(&self.text).is_some()
    }
}

impl Cookies {
    /// Cookies for the URL at which people reach the gateway.
    pub(crate) fn new(public_url: &str, lifetime: Duration) -> Self {
        Self { is_secure: public_url.starts_with("https://"), lifetime }
    }

    fn name(&self) -> &'static str {
        if self.is_secure { NAME } else { PLAIN_NAME }
    }

    /// The token of a request; a bearer token, which only programs send, wins over the cookie.
    pub(crate) fn token(&self, headers: &HeaderMap) -> Option<Token> {
        if let Some(text) = bearer(headers) {
            return Some(Token { text: text.to_owned(), is_cookie: false });
        }
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut mine = pairs.filter(|(name, text)| *name == self.name() && !text.is_empty());
        mine.next().map(|(_, text)| Token { text: text.to_owned(), is_cookie: true })
    }

    /// Makes the browser keep a token.
    pub(crate) fn begin(&self, token: &str) -> Option<HeaderValue> {
        self.write(token, self.lifetime)
    }

    /// Makes the browser forget the token.
    pub(crate) fn end(&self) -> Option<HeaderValue> {
        self.write("", Duration::ZERO)
    }

    fn write(&self, token: &str, age: Duration) -> Option<HeaderValue> {
        let (name, age) = (self.name(), age.as_secs());
        let secure = if self.is_secure { "; Secure" } else { "" };
        let mut value = HeaderValue::try_from(format!(
            "{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
        ))
        .ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(url: &str) -> Cookies {
        Cookies::new(url, Duration::from_secs(60))
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_hosts() {
        let value = cookies("https://crm.example").begin("abc").unwrap();
        assert_eq!(value, "__Host-crm-session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let value = cookies("http://localhost:8080").end().unwrap();
        assert_eq!(value, "crm-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_token_that_is_no_token_is_not_written() {
        assert!(cookies("https://crm.example").begin("a\nb").is_none());
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let headers = headers(&[("cookie", "a=b; __Host-crm-session=abc; c=d")]);
        let token = cookies("https://crm.example").token(&headers);
        assert_eq!(token, Some(Token { text: "abc".to_owned(), is_cookie: true }));
        assert_eq!(cookies("http://localhost").token(&headers), None);
    }

    #[test]
    fn a_bearer_token_wins_over_the_cookie() {
        let both = headers(&[("cookie", "__Host-crm-session=abc"), ("authorization", "bearer key")]);
        let token = cookies("https://crm.example").token(&both);
        assert_eq!(token, Some(Token { text: "key".to_owned(), is_cookie: false }));
        assert_eq!(bearer(&headers(&[("authorization", "Basic abc")])), None);
    }
}
