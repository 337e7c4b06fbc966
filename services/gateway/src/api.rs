//! The one handler of every method: count, find, read, call, answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_MATCH, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use crm_kit::Error;
use crm_kit::access::{ADDRESS_METADATA, AGENT_METADATA, Introduction, REQUEST_METADATA};
use crm_protos::identity::v1::SignInResponse;
use prost::Message;
use tonic::Code;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};

use crate::limit::Limits;
use crate::observe::{RequestId, RouteTemplate};
use crate::problem::Problem;
use crate::session::{Cookies, Token};
use crate::transcode::{Content, Found, Route, Transcoder};
use crate::upstream::Upstreams;

/// Longer names of clients are cut.
const MAX_AGENT: usize = 256;

/// Longer traces are not followed; W3C's have 55 characters.
const MAX_TRACE: usize = 128;

/// What fits the column of the services.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// What the handler works with.
pub(crate) struct Api {
    pub(crate) transcoder: Transcoder,
    pub(crate) upstreams: Upstreams,
    pub(crate) introduction: Introduction,
    pub(crate) limits: Limits,
    pub(crate) cookies: Cookies,
    pub(crate) timeout: Duration,
}

/// Who asks.
struct Asker {
    token: Option<Token>,
    /// A call with the token has succeeded lately.
    is_known: bool,
    address: Option<IpAddr>,
}

impl Asker {
    /// The token, if it is worth showing to a service.
    fn credential(&self) -> Option<&str> {
        self.token.as_ref().filter(|token| token.is_well_formed()).map(|token| token.text.as_str())
    }
}

/// Answers any request under the API.
pub(crate) async fn answer(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut asker = Asker {
        token: api.cookies.token(&parts.headers),
        is_known: false,
        address: api.limits.address(&parts.headers, &parts.extensions),
    };
    if let Some(token) = asker.credential() {
        asker.is_known = api.limits.knows(token).await;
    }
    let mut response = match api.find(&parts, &asker).await {
        Err(problem) => problem.into_response(),
        Ok((route, captures)) => {
            let work = api.serve(&parts, body, route, &captures, &asker);
            let late = Problem::from(tonic::Status::deadline_exceeded(""));
            let done = tokio::time::timeout(api.timeout, work).await.unwrap_or(Err(late));
            let mut response = done.unwrap_or_else(|problem| api.refuse(problem, &asker));
            response.extensions_mut().insert(RouteTemplate(route.template.clone()));
            response
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Api {
    async fn find(&self, parts: &Parts, asker: &Asker) -> Result<(&Route, Vec<String>), Problem> {
        let verb = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let found = self.transcoder.find(verb, parts.uri.path());
        match (&found, asker.credential()) {
            (Ok(Found::Route(..)), Some(token)) if asker.is_known => self.limits.count_token(token).await?,
            _ => self.limits.count_address(asker.address).await?,
        }
        match found? {
            Found::Route(route, captures) => Ok((route, captures)),
            Found::Nothing => Err(Problem::no_such_path()),
            Found::OtherMethods(mut methods) => {
                if methods.contains("GET") {
                    methods.insert("HEAD".to_owned());
                }
                Err(Problem::other_methods(methods.into_iter().collect::<Vec<_>>().join(", ")))
            }
        }
    }

    async fn serve(
        &self,
        parts: &Parts,
        body: Body,
        route: &Route,
        captures: &[String],
        asker: &Asker,
    ) -> Result<Response, Problem> {
        let start = Instant::now();
        if asker.token.is_some() && asker.credential().is_none() && !route.is_public {
            let message = "sign in again or send a valid API key".to_owned();
            return Err(Error::Unauthenticated { reason: "TOKEN_INVALID", message }.into());
        }
        let metadata = metadata(parts, asker)?;
        let body = self.limits.read(body).await?;
        if !body.is_empty() && !is_json(&parts.headers) {
            let detail = "send the body as application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail));
        }
        let content = Content {
            query: parts.uri.query().unwrap_or_default(),
            body: &body,
            if_match: text(&parts.headers, IF_MATCH.as_str()),
        };
        let message = self.transcoder.request(route, captures, &content)?;
        let mut request = tonic::Request::new(());
        *request.metadata_mut() = metadata;
        self.introduction.stamp(request.metadata_mut());
        request.set_timeout(self.timeout.saturating_sub(start.elapsed()));
        let called = self.upstreams.call(&route.method, &route.rpc, &message, request).await;
        if let Some(token) = asker.credential() {
            match &called {
                // Anyone's call succeeds with any token, and one that fails may not have got as far as the token.
                Ok(_) if !asker.is_known && !route.is_public => self.limits.remember(token).await,
                Err(status) if asker.is_known && status.code() == Code::Unauthenticated => {
                    self.limits.forget(token).await;
                }
                _ => {}
            }
        }
        self.succeed(route, called?)
    }

    fn succeed(&self, route: &Route, mut wire: Bytes) -> Result<Response, Problem> {
        let cookie = match route.method.full_name() {
            "crm.identity.v1.Sessions.SignIn" => {
                let mut session = SignInResponse::decode(wire).map_err(Error::internal)?;
                let token = std::mem::take(&mut session.token);
                wire = session.encode_to_vec().into();
                self.cookies.begin(&token)
            }
            "crm.identity.v1.Sessions.SignOut" | "crm.identity.v1.Sessions.SignOutEverywhere" => {
                self.cookies.end()
            }
            _ => None,
        };
        let json = self.transcoder.answer(route, &wire)?;
        let mut response = Response::new(Body::from(json));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        Ok(response)
    }

    /// Answers a problem; a cookie that is worth nothing any more goes with it.
    fn refuse(&self, problem: Problem, asker: &Asker) -> Response {
        let is_over = matches!(problem.reason.as_str(), "SESSION_ENDED" | "TOKEN_INVALID");
        let has_cookie = asker.token.as_ref().is_some_and(|token| token.is_cookie);
        let cookie = self
            .cookies
            .end()
            .filter(|_| is_over && has_cookie && problem.status == StatusCode::UNAUTHORIZED);
        let mut response = problem.into_response();
        response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
        response
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, CONTENT_TYPE.as_str()).unwrap_or("application/json");
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// What the services are told besides the message. Nothing else that the client sends gets through.
fn metadata(parts: &Parts, asker: &Asker) -> Result<MetadataMap, Error> {
    let headers = &parts.headers;
    let agent = text(headers, USER_AGENT.as_str()).map(|agent| agent.chars().take(MAX_AGENT).collect());
    let trace = text(headers, "traceparent").filter(|trace| trace.len() <= MAX_TRACE);
    let entries = [
        ("authorization", asker.credential().map(|token| format!("Bearer {token}"))),
        ("idempotency-key", idempotency_key(headers)?),
        ("traceparent", trace.map(str::to_owned)),
        (REQUEST_METADATA, parts.extensions.get::<RequestId>().map(|id| id.0.clone())),
        (ADDRESS_METADATA, asker.address.map(|address| address.to_string())),
        (AGENT_METADATA, agent),
    ];
    let mut metadata = MetadataMap::new();
    for (name, value) in entries {
        if let Some(value) = value.and_then(|value: String| MetadataValue::<Ascii>::try_from(value).ok()) {
            metadata.insert(MetadataKey::<Ascii>::from_static(name), value);
        }
    }
    Ok(metadata)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let fits = (1..=MAX_IDEMPOTENCY_KEY).contains(&value.len());
    let key = value.to_str().ok().filter(|key| fits && key.bytes().all(|byte| byte.is_ascii_graphic()));
    let message = format!("give 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters");
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| Error::invalid("idempotency-key", "IDEMPOTENCY_KEY_MALFORMED", message))
}
