//! How much a caller may ask, and who the caller is for that purpose.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use crm_kit::access::network;
use crm_kit::cache::{Cache, Limit};
use crm_kit::config::LimitSettings;
use crm_kit::{Error, crypto};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// How much more than the largest request is read, and thrown away, before it is refused.
const LINGER: usize = 16;

/// How long a token that was good counts for its caller instead of its address, unless it turns out bad before.
const KNOWN: Duration = Duration::from_secs(3600);

/// Counts requests, in the cache that all processes share.
///
/// Whoever makes up tokens has as many as they like, so a token has a rate of its own only after a call with it has
/// succeeded. Until then it counts for the address, like no token.
#[derive(Clone)]
pub(crate) struct Limits {
    cache: Cache,
    settings: LimitSettings,
    trusted_proxies: usize,
}

impl Limits {
    pub(crate) fn new(cache: Cache, settings: LimitSettings, trusted_proxies: usize) -> Self {
        Self { cache, settings, trusted_proxies }
    }

    /// The address of the client.
    pub(crate) fn address(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        client_address(headers, extensions, self.trusted_proxies)
    }

    /// Whether a token was good lately.
    pub(crate) async fn knows(&self, token: &str) -> bool {
        self.cache.get(&key("known", token)).await.is_some()
    }

    /// Notes that a token is good.
    pub(crate) async fn remember(&self, token: &str) {
        self.cache.set(&key("known", token), Bytes::new(), KNOWN).await;
    }

    /// Notes that a token is good no more.
    pub(crate) async fn forget(&self, token: &str) {
        self.cache.delete(&key("known", token)).await;
    }

    /// Counts a request of whoever holds a known token.
    pub(crate) async fn count_token(&self, token: &str) -> Result<(), Problem> {
        self.take(key("token", token), &self.settings.per_caller).await
    }

    /// Counts a request of nobody in particular.
    pub(crate) async fn count_address(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let network = address.map_or("unknown".to_owned(), |address| network(&address.to_string()));
        self.take(format!("gateway:address:{network}"), &self.settings.per_address).await
    }

    async fn take(&self, key: String, limit: &Limit) -> Result<(), Problem> {
        self.cache.take(&key, limit).await.map_err(|retry_after| Error::Limited { retry_after }.into())
    }

    /// Reads a body that is not too large.
    pub(crate) async fn read(&self, mut body: Body) -> Result<Bytes, Problem> {
        let most = self.settings.max_request_bytes;
        match Limited::new(&mut body, most).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {
                // Who is refused in the middle of sending sees a broken connection instead of the answer.
                let mut rest = Limited::new(body, most.saturating_mul(LINGER));
                while let Some(Ok(_)) = rest.frame().await {}
                let detail = format!("send at most {most} bytes");
                Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", &detail))
            }
            Err(_) => Err(Error::invalid("body", "INCOMPLETE", "send the whole body").into()),
        }
    }
}

/// A name for a token, which is not kept in clear.
fn key(purpose: &str, token: &str) -> String {
    format!("gateway:{purpose}:{}", URL_SAFE_NO_PAD.encode(crypto::sha256(&[token.as_bytes()])))
}

/// Counts a request for its address, whatever else it says.
pub(crate) async fn count(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let address = limits.address(request.headers(), request.extensions());
    match limits.count_address(address).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The address of the client. Each of the trusted proxies has appended the address that it saw; what stands before
/// those is the client's own claim.
fn client_address(headers: &HeaderMap, extensions: &Extensions, proxies: usize) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    let Some(last) = proxies.checked_sub(1) else { return peer };
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let seen: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut from_last = seen.iter().rev();
    from_last.nth(last).or(seen.first()).and_then(|text| text.parse().ok()).or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(forwarded: &[&'static str], proxies: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo("[::ffff:10.0.0.9]:5000".parse::<SocketAddr>().unwrap()));
        client_address(&headers, &extensions, proxies).unwrap().to_string()
    }

    #[test]
    fn nobody_is_believed_without_a_trusted_proxy() {
        assert_eq!(address(&["1.2.3.4"], 0), "10.0.0.9");
    }

    #[test]
    fn only_what_trusted_proxies_saw_is_believed() {
        assert_eq!(address(&["6.6.6.6, 1.2.3.4"], 1), "1.2.3.4");
        assert_eq!(address(&["6.6.6.6", "1.2.3.4, 10.0.0.8"], 2), "1.2.3.4");
        assert_eq!(address(&["2001:db8::1"], 2), "2001:db8::1");
        assert_eq!(address(&["nonsense"], 1), "10.0.0.9");
        assert_eq!(address(&[], 1), "10.0.0.9");
    }
}
