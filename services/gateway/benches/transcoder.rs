//! JSON to messages and back.

#![expect(missing_docs, reason = "the macros of criterion make functions without sentences")]

use std::hint::black_box;

use axum::http::Method;
use criterion::{Criterion, criterion_group, criterion_main};
use crm_gateway::testing::Bench;
use crm_protos::customers::v1::{Account, Email, ListAccountsResponse, Phone};
use prost::Message;

fn transcoder(criterion: &mut Criterion) {
    let bench = Bench::new().expect("the routes can be compiled");
    let one = account(1);
    let json = bench
        .answer(&Method::GET, "/v1/accounts/1", &one.encode_to_vec())
        .expect("an account can be written");
    let list = ListAccountsResponse {
        accounts: (0..50).map(account).collect(),
        next_page_token: "token".to_owned(),
    };
    let (one, list) = (one.encode_to_vec(), list.encode_to_vec());
    criterion.bench_function("write an account", |timer| {
        timer.iter(|| bench.answer(&Method::GET, "/v1/accounts/1", black_box(&one)));
    });
    criterion.bench_function("write a list of 50", |timer| {
        timer.iter(|| bench.answer(&Method::GET, "/v1/accounts", black_box(&list)));
    });
    criterion.bench_function("read an account", |timer| {
        timer.iter(|| bench.request(&Method::POST, "/v1/accounts", black_box(&json)));
    });
    criterion.bench_function("find a route", |timer| {
        timer.iter(|| bench.request(&Method::GET, black_box("/v1/accounts/1"), b""));
    });
}

fn account(number: u32) -> Account {
    Account {
        id: format!("0199b2f0-0000-7000-8000-{number:012}"),
        name: "上海华腾科技有限公司".to_owned(),
        website: "https://www.huateng.example".to_owned(),
        phones: vec![Phone { number: "+862150001234".to_owned(), ..Phone::default() }],
        emails: vec![Email { address: "info@huateng.example".to_owned(), ..Email::default() }],
        annual_revenue: 120_000_000,
        tags: vec!["重点客户".to_owned()],
        ..Account::default()
    }
}

criterion_group!(benches, transcoder);
criterion_main!(benches);
