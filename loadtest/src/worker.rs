//! One of those who send requests: a connection, an identity, and a memory of what was seen.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;

use crate::data::{Data, User};
use crate::http::Http;

/// Sends requests in somebody's name.
pub struct Worker {
    pub(crate) http: Http,
    pub(crate) grpc: Option<AccountsClient<Channel>>,
    pub(crate) bearer: MetadataValue<Ascii>,
    pub(crate) user: User,
    pub(crate) data: Arc<Data>,
    pub(crate) deep_page: Arc<str>,
    pub(crate) rng: SmallRng,
}

/// Where a worker sends its requests.
#[derive(Clone)]
pub struct Place {
    /// The gateway.
    pub gateway: SocketAddr,
    /// Connections to the service of customers, divided among workers; none where only REST is measured.
    pub grpc: Vec<Channel>,
    /// The token of a page deep in the list of accounts.
    pub deep_page: Arc<str>,
}

impl Worker {
    /// One that has not sent anything yet; the number makes its choices its own.
    pub fn new(place: &Place, user: &User, data: &Arc<Data>, number: usize) -> Result<Self> {
        let channel = place.grpc.get(number % place.grpc.len().max(1)).cloned();
        Ok(Self {
            http: Http::new(place.gateway).with_key(&user.key)?,
            grpc: channel.map(AccountsClient::new),
            bearer: format!("Bearer {}", user.key).parse()?,
            user: user.clone(),
            data: data.clone(),
            deep_page: place.deep_page.clone(),
            rng: SmallRng::seed_from_u64(number as u64),
        })
    }
}
