//! One connection of HTTP/1.1, as cheap for the generator as can be.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection that opens itself when it is needed.
pub struct Http {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
    headers: HeaderMap,
}

/// What was answered.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Http {
    /// A connection to an address; nothing is opened yet.
    pub fn new(address: SocketAddr) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        Self { address, sender: None, headers }
    }

    /// Shows an API key from now on.
    pub fn with_key(mut self, key: &str) -> Result<Self> {
        let value = format!("Bearer {key}").parse().context("a key is plain text")?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Shows a session from now on, as a browser does.
    pub fn with_session(mut self, cookies: HeaderValue) -> Self {
        self.headers.insert(COOKIE, cookies);
        self.headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        self
    }

    /// Signs in with a password; answers the cookies of the session.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Result<HeaderValue> {
        let body = serde_json::json!({ "email": email, "password": password }).to_string();
        let answer = self.send(Method::POST, "/v1/sessions", Some(body.into())).await?;
        answer.demand_success()?;
        let cookies = answer.headers.get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next().map(str::to_owned));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        anyhow::ensure!(!cookies.is_empty(), "no session was answered");
        Ok(HeaderValue::from_str(&cookies)?)
    }

    /// Sends a request; with a body it is JSON. The path is encoded already.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<Bytes>) -> Result<Answer> {
        self.send_with(method, path, body, None).await
    }

    /// Does the same with an idempotency key.
    pub async fn send_with(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
        idempotency_key: Option<&str>,
    ) -> Result<Answer> {
        let mut request = Request::new(Full::new(body.clone().unwrap_or_default()));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().with_context(|| format!("{path} is no path"))?;
        *request.headers_mut() = self.headers.clone();
        if body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = idempotency_key {
            request.headers_mut().insert("idempotency-key", key.parse()?);
        }
        let sender = self.ready().await?;
        let answer = match sender.send_request(request).await {
            Ok(answer) => answer,
            Err(error) => {
                self.sender = None;
                return Err(error.into());
            }
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    async fn ready(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        if let Some(sender) = &mut self.sender
            && sender.ready().await.is_err()
        {
            self.sender = None;
        }
        if self.sender.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        self.sender.as_mut().context("the connection is open")
    }
}

impl Answer {
    /// The body of a good answer as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        self.demand_success()?;
        Ok(serde_json::from_slice(&self.body)?)
    }

    fn demand_success(&self) -> Result<()> {
        let text = || String::from_utf8_lossy(&self.body);
        anyhow::ensure!(self.status.is_success(), "answered {}: {}", self.status, text());
        Ok(())
    }
}

/// A text as a part of a path or a query.
pub fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
