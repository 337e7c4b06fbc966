//! A REST client that is one browser or one program.

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// Calls the gateway, with the cookies of one browser or with one API key.
#[derive(Clone)]
pub struct Rest {
    base: String,
    http: Client,
    key: Option<String>,
}

/// What the gateway answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is not JSON.
    pub body: Value,
}

impl Rest {
    pub(crate) fn new(base: &str, authority: Option<&[u8]>, key: Option<String>) -> Self {
        let authorities =
            authority.map(|pem| Certificate::from_pem_bundle(pem).expect("these are certificates"));
        let authorities = authorities.into_iter().flatten();
        let http = Client::builder().cookie_store(true).tls_certs_only(authorities).build();
        Self { base: base.to_owned(), http: http.expect("a client can be made"), key }
    }

    /// A request that the test completes itself.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("the gateway answers")
    }

    /// Sends a request that may get no answer because the test stops a process.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
        Ok(Answer { status, headers, body })
    }

    /// Gets a resource.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Gets a resource with parameters, which are encoded.
    pub async fn find(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::GET, path).query(parameters)).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Changes a resource.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// Deletes a resource.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Signs in; the session stays in a cookie.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/v1/sessions", json!({ "email": email, "password": password })).await
    }

    /// Follows the pages of a list to its end.
    pub async fn all(&self, path: &str, field: &str, parameters: &[(&str, &str)]) -> Vec<Value> {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let mut parameters = parameters.to_vec();
            parameters.push(("page_token", &token));
            let page = self.find(path, &parameters).await.ok();
            found.extend(page[field].as_array().into_iter().flatten().cloned());
            token = text(&page["next_page_token"]);
            if token.is_empty() {
                return found;
            }
        }
    }
}

impl Answer {
    /// The body of an answer that must be good.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "refused: {self:?}");
        self.body
    }

    /// The problem of an answer that must be a refusal with this status and reason.
    #[track_caller]
    pub fn refused(self, status: u16, reason: &str) -> Value {
        let problem = (self.status, self.body["reason"].as_str().unwrap_or_default());
        assert_eq!(problem, (status, reason), "{self:?}");
        let kind = self.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{self:?}");
        self.body
    }
}

/// The text of a JSON string; empty if it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
