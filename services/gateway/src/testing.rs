//! The transcoder by itself, for benchmarks.

use axum::http::Method;
use crm_kit::{Error, Result};
use prost::Message;

use crate::transcode::{Content, Found, Route, Transcoder};

/// Turns requests into messages and answers into JSON, without a server around it.
pub struct Bench {
    transcoder: Transcoder,
}

impl Bench {
    /// One that knows every method.
    pub fn new() -> Result<Self> {
        Ok(Self { transcoder: Transcoder::new(crm_protos::descriptors(), |_| true)? })
    }

    /// Finds the route of a request and reads its body; answers the message.
    pub fn request(&self, method: &Method, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let (route, captures) = self.route(method, path)?;
        let content = Content { body, ..Content::default() };
        Ok(self.transcoder.request(route, &captures, &content)?.encode_to_vec())
    }

    /// Writes the answer of a method as JSON.
    pub fn answer(&self, method: &Method, path: &str, wire: &[u8]) -> Result<Vec<u8>> {
        let (route, _) = self.route(method, path)?;
        self.transcoder.answer(route, wire)
    }

    fn route(&self, method: &Method, path: &str) -> Result<(&Route, Vec<String>)> {
        match self.transcoder.find(method, path)? {
            Found::Route(route, captures) => Ok((route, captures)),
            Found::OtherMethods(_) | Found::Nothing => Err(Error::NotFound),
        }
    }
}
