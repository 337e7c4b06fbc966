//! Calls to the services with messages that stay encoded.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use crm_kit::Error;
use crm_kit::channel::Channel;
use futures::future::join_all;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tokio::sync::Semaphore;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

/// Every service mounts the services of these packages.
const SHARED: [&str; 3] = ["comment", "feed", "search"];

/// More than any page or export in one message.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// The services by name.
pub(crate) struct Upstreams(BTreeMap<String, Upstream>);

/// A service, and how many requests more it may work on. Each has its own, so that one that does not answer holds up no
/// other.
struct Upstream {
    channel: Channel,
    places: Semaphore,
}

impl Upstreams {
    pub(crate) fn new(services: BTreeMap<String, Channel>, most: usize) -> Self {
        let upstream = |(name, channel)| (name, Upstream { channel, places: Semaphore::new(most) });
        Self(services.into_iter().map(upstream).collect())
    }

    /// Whether any service here answers a method.
    pub(crate) fn serve(&self, method: &MethodDescriptor) -> bool {
        let package = package(method);
        SHARED.contains(&package) || self.0.contains_key(package)
    }

    /// Calls a method at the service that it belongs to. Of the methods that all services have, the request says which
    /// service is meant; if it does not, all are asked and their answers laid end to end, which is how protobuf merges.
    pub(crate) async fn call(
        &self,
        method: &MethodDescriptor,
        rpc: &PathAndQuery,
        message: &DynamicMessage,
        request: Request<()>,
    ) -> Result<Bytes, Status> {
        let request = request.map(|()| Bytes::from(message.encode_to_vec()));
        let name = match package(method) {
            shared if SHARED.contains(&shared) => match named_service(message) {
                Some(name) => name,
                None => return self.call_all(rpc, request).await,
            },
            package => package.to_owned(),
        };
        self.0.get(&name).ok_or(Error::NotFound)?.unary(rpc, request).await
    }

    async fn call_all(&self, rpc: &PathAndQuery, request: Request<Bytes>) -> Result<Bytes, Status> {
        let calls = self.0.values().map(|upstream| upstream.unary(rpc, clone(&request)));
        let mut merged = BytesMut::new();
        let mut failure = None;
        let mut successes = 0;
        for (name, answer) in self.0.keys().zip(join_all(calls).await) {
            match answer {
                Ok(answer) => {
                    successes += 1;
                    merged.extend_from_slice(&answer);
                }
                Err(status) => {
                    tracing::debug!(service = name, code = ?status.code(), "a service is missing from a merged answer");
                    failure.get_or_insert(status);
                }
            }
        }
        match failure {
            Some(status) if successes == 0 => Err(status),
            _ => Ok(merged.freeze()),
        }
    }
}

/// `customers` of `crm.customers.v1.Accounts`.
fn package(method: &MethodDescriptor) -> &str {
    method.full_name().split('.').nth(1).unwrap_or_default()
}

/// The service that a request to a shared method names, by a resource such as `customers.account` or outright.
fn named_service(message: &DynamicMessage) -> Option<String> {
    ["resource", "service"].into_iter().find_map(|field| {
        let value = message.get_field_by_name(field)?;
        value.as_str()?.split('.').next().map(str::to_owned)
    })
}

fn clone(request: &Request<Bytes>) -> Request<Bytes> {
    let mut copy = Request::new(request.get_ref().clone());
    *copy.metadata_mut() = request.metadata().clone();
    copy
}

impl Upstream {
    /// Waits for a place, whoever comes first has the first, and calls.
    async fn unary(&self, rpc: &PathAndQuery, request: Request<Bytes>) -> Result<Bytes, Status> {
        let _place = self.places.acquire().await.map_err(Error::internal)?;
        let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(MAX_ANSWER_BYTES);
        grpc.ready().await?;
        Ok(grpc.unary(request, rpc.clone(), Encoded).await?.into_inner())
    }
}

/// The codec of messages that are encoded already.
#[derive(Clone, Copy)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
