//! One of those who send requests: a connection, an identity, and a memory of what was seen.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use futures::{StreamExt, TryStreamExt, stream};
use http::HeaderValue;
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
    /// How many records the last answer was about.
    pub(crate) answered: u64,
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
    /// A person at work, who has signed in.
    pub fn person(
        place: &Place,
        user: &User,
        session: &HeaderValue,
        data: &Arc<Data>,
        number: usize,
    ) -> Result<Self> {
        let http = Http::new(place.gateway).with_session(session.clone());
        Ok(Self { http, ..Self::new(place, user, data, number)? })
    }

    /// A program that has not sent anything yet; the number chooses its connection.
    pub fn new(place: &Place, user: &User, data: &Arc<Data>, number: usize) -> Result<Self> {
        let channel = place.grpc.get(number % place.grpc.len().max(1)).cloned();
        Ok(Self {
            http: Http::new(place.gateway).with_key(&user.key)?,
            grpc: channel.map(AccountsClient::new),
            bearer: format!("Bearer {}", user.key).parse()?,
            user: user.clone(),
            data: data.clone(),
            deep_page: place.deep_page.clone(),
            // Never the same again: what was written under the keys of an earlier round is answered without being done.
            rng: SmallRng::from_os_rng(),
            answered: 0,
        })
    }
}

/// The sessions of the users, in their order: each signs in once and stays.
pub async fn sign_in(place: &Place, data: &Data) -> Result<Vec<HeaderValue>> {
    let sign_in = |user: &User| {
        let (mut http, email) = (Http::new(place.gateway), user.email.clone());
        async move { http.sign_in(&email, &data.password).await }
    };
    // Not all at once: checking a password takes a core for a while, and nobody measures this.
    stream::iter(data.users.iter().map(sign_in)).buffered(4).try_collect().await
}
