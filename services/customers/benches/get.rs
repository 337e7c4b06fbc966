//! What a get costs with permission, tenancy, audit and metrics, and what the same query and answer cost alone.
//!
//! Both are called in turns through the same kind of channel inside one process, without a network. The caller is
//! signed beforehand, as it is by the gateway. Prints one line of JSON, in microseconds.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use crm_customers::Customers;
use crm_customers::api::accounts::answer;
use crm_customers::store::account;
use crm_kit::channel::Channel;
use crm_kit::testing::Harness;
use crm_protos::customers::v1::accounts_client::AccountsClient;
use crm_protos::customers::v1::{Account, CreateAccountRequest, GetAccountRequest};
use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, EntityTrait};
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::server::{Grpc, UnaryService};
use tonic::{Extensions, Request, Response, Status};
use tonic_prost::ProstCodec;
use uuid::Uuid;

/// How often each is measured.
const ROUNDS: usize = 16;
/// How long each time.
const TIME: Duration = Duration::from_millis(400);

#[tokio::main]
async fn main() {
    // Cargo passes arguments of its own.
    Harness::run(Customers, measure).await;
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
async fn measure(harness: &Harness) {
    let caller = harness.administrator();
    let (mut whole, connection) =
        (AccountsClient::new(harness.channel.clone()), harness.context.db.connection().clone());
    let create = CreateAccountRequest { account: Some(example()) };
    let id = whole.create_account(caller.request(create)).await.expect("an account is made").into_inner().id;
    let signed = caller.request(()).metadata().clone();
    let mut bare = AccountsClient::new(alone(connection));

    let (mut times, mut processor, mut calls) = ([const { Vec::new() }; 2], [0.0; 2], [0_u32; 2]);
    // The first round warms up.
    for round in 0..=ROUNDS {
        for (index, client) in [&mut whole, &mut bare].into_iter().enumerate() {
            let (before, begun, mut count) = (processor_seconds(), Instant::now(), 0);
            while begun.elapsed() < TIME {
                let found = client.get_account(request(&signed, &id)).await.expect("it is found");
                assert_eq!(found.get_ref().id, id);
                count += 1;
            }
            let time = begun.elapsed();
            // What is written later belongs to it.
            harness.flush_access_log().await;
            if round > 0 {
                times[index].push(time.as_secs_f64() * 1e6 / f64::from(count));
                processor[index] += processor_seconds() - before;
                calls[index] += count;
            }
        }
    }
    let [whole, bare] = times.map(median);
    let [whole_processor, bare_processor] =
        [0, 1].map(|index: usize| processor[index] * 1e6 / f64::from(calls[index]));
    println!(
        "{}",
        serde_json::json!({
            "whole": whole, "bare": bare, "whole_processor": whole_processor, "bare_processor": bare_processor,
        })
    );
}

fn example() -> Account {
    Account {
        name: "上海浦东精密机械有限公司".to_owned(),
        website: "https://www.pudong.example".to_owned(),
        industry: "机械".to_owned(),
        tags: vec!["重点客户".to_owned()],
        ..Account::default()
    }
}

fn request(signed: &MetadataMap, id: &str) -> Request<GetAccountRequest> {
    Request::from_parts(signed.clone(), Extensions::default(), GetAccountRequest { id: id.to_owned() })
}

/// A server that does nothing but ask and answer.
fn alone(connection: DatabaseConnection) -> Channel {
    Channel::local(tower::service_fn(move |request: http::Request<Body>| {
        let query = Query(connection.clone());
        async move {
            let mut grpc = Grpc::new(ProstCodec::<Account, GetAccountRequest>::default());
            Ok::<_, Infallible>(grpc.unary(query, request).await)
        }
    }))
}

struct Query(DatabaseConnection);

impl UnaryService<GetAccountRequest> for Query {
    type Response = Account;
    type Future = BoxFuture<'static, Result<Response<Account>, Status>>;

    #[expect(clippy::disallowed_methods, reason = "what kit adds is what is measured")]
    fn call(&mut self, request: Request<GetAccountRequest>) -> Self::Future {
        let connection = self.0.clone();
        Box::pin(async move {
            let id = Uuid::try_parse(&request.get_ref().id).map_err(|_| Status::not_found(""))?;
            let found = account::Entity::find_by_id(id).one(&connection).await;
            let found = found.map_err(|error| Status::internal(error.to_string()))?;
            found.map(|found| Response::new(answer(&found))).ok_or_else(|| Status::not_found(""))
        })
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The processor time of this process so far; Linux counts hundredths of seconds.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux tells");
    let fields = text.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect::<Vec<_>>()).expect("fields");
    let ticks = |index: usize| fields[index].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}
