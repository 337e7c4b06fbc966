//! How much a caller may ask, and who the caller is for that purpose.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use crm_kit::cache::{Cache, Limit};
use crm_kit::config::LimitSettings;
use crm_kit::{Error, crypto};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::problem::Problem;

/// How much more than the largest request is read, and thrown away, before it is refused.
const LINGER: usize = 16;

/// Counts requests, in the cache that all processes share.
pub(crate) struct Limits {
    cache: Cache,
    settings: LimitSettings,
}

impl Limits {
    pub(crate) fn new(cache: Cache, settings: LimitSettings) -> Self {
        Self { cache, settings }
    }

    /// Counts a request of whoever holds a token, which is not kept in clear.
    pub(crate) async fn count_token(&self, token: &str) -> Result<(), Problem> {
        let hash = URL_SAFE_NO_PAD.encode(crypto::sha256(&[token.as_bytes()]));
        self.take(format!("gateway:token:{hash}"), &self.settings.per_caller).await
    }

    /// Counts a request of nobody in particular, or one whose token is worth nothing.
    pub(crate) async fn count_address(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let network = match address {
            // Whoever has one address of these has all 2^64.
            Some(IpAddr::V6(address)) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).to_string()
            }
            Some(address) => address.to_string(),
            None => "unknown".to_owned(),
        };
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

/// The address of the client. Each of the trusted proxies has appended the address that it saw; what stands before
/// those is the client's own claim.
pub(crate) fn client_address(headers: &HeaderMap, extensions: &Extensions, proxies: usize) -> Option<IpAddr> {
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
