//! What every request does: filters, page tokens, field rules, search words.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use crm_kit::filter;
use crm_kit::testing::micro::{Call, words};
use crm_protos::customers::v1::{Account, Phone};

fn requests(criterion: &mut Criterion) {
    criterion.bench_function("filter", |bench| {
        bench.iter(|| filter::parse(black_box("status=OPPORTUNITY_STATUS_OPEN|OPPORTUNITY_STATUS_WON")));
    });
    let (free, restricted) = (Call::new(None), Call::new(Some("customers.account.annual_revenue")));
    criterion.bench_function("page token, made", |bench| bench.iter(|| free.page_token()));
    let token = free.page_token().expect("a token can be made");
    criterion.bench_function("page token, read", |bench| {
        bench.iter(|| free.read_page_token(black_box(&token)));
    });
    let account = account();
    criterion.bench_function("field rules, none", |bench| {
        bench.iter_with_setup(|| account.clone(), |account| free.hide(account));
    });
    criterion.bench_function("field rules, one hidden", |bench| {
        bench.iter_with_setup(|| account.clone(), |account| restricted.hide(account));
    });
    criterion.bench_function("search words", |bench| {
        bench.iter(|| {
            words(black_box("欧阳志远"), "+8613800138000", "ouyang.zhiyuan@huateng-shanghai.example")
        });
    });
}

fn account() -> Account {
    Account {
        id: "0199b2f0-0000-7000-8000-000000000001".to_owned(),
        name: "上海华腾科技有限公司".to_owned(),
        website: "https://www.huateng.example".to_owned(),
        phones: vec![Phone { number: "+862150001234".to_owned(), ..Phone::default() }],
        annual_revenue: 120_000_000,
        tags: vec!["重点客户".to_owned()],
        ..Account::default()
    }
}

criterion_group!(benches, requests);
criterion_main!(benches);
