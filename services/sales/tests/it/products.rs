//! Products and their prices.

use crm_kit::testing::{Harness, TestCaller};
use crm_protos::sales::v1::products_client::ProductsClient;
use crm_protos::sales::v1::{
    BatchGetProductsRequest, CountProductsRequest, CreateProductRequest, DeleteProductRequest,
    GetProductRequest, ListProductsRequest, Money, Opportunity, OpportunityLineItem, Product,
    RestoreProductRequest, UpdateProductRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

use super::opportunities::{create as open, deal, put};
use super::{assert_refused, organization, run, violations};

fn products(harness: &Harness) -> ProductsClient<crm_kit::channel::Channel> {
    ProductsClient::new(harness.channel.clone())
}

fn product(code: &str, name: &str) -> Product {
    Product { code: code.to_owned(), name: name.to_owned(), ..Product::default() }
}

fn price(amount_minor: i64, currency: &str) -> Money {
    Money { amount_minor, currency: currency.to_owned() }
}

async fn create(harness: &Harness, caller: &TestCaller, product: Product) -> Result<Product, Status> {
    let request = caller.request(CreateProductRequest { product: Some(product) });
    Ok(products(harness).create_product(request).await?.into_inner())
}

async fn update(
    harness: &Harness,
    caller: &TestCaller,
    product: Product,
    field: &str,
) -> Result<Product, Status> {
    let update_mask = Some(FieldMask { paths: vec![field.to_owned()] });
    let request = UpdateProductRequest { product: Some(product), update_mask };
    Ok(products(harness).update_product(caller.request(request)).await?.into_inner())
}

async fn codes(harness: &Harness, caller: &TestCaller, list: ListProductsRequest) -> Vec<String> {
    let answer = products(harness).list_products(caller.request(list)).await.unwrap().into_inner();
    answer.products.into_iter().map(|product| product.code).collect()
}

#[tokio::test]
async fn a_product_has_one_price_in_each_currency() {
    run(async |harness| {
        let caller = harness.administrator();
        let given = Product {
            unit: "month".to_owned(),
            category: "Software".to_owned(),
            prices: vec![price(19_900, "cny"), price(2_900, "USD")],
            tax_basis_points: 1300,
            ..product(" CRM-1 ", "Suite")
        };
        let created = create(harness, &caller, given).await.unwrap();
        assert_eq!(created.code, "CRM-1");
        assert_eq!(created.prices, [price(19_900, "CNY"), price(2_900, "USD")]);
        let wrong = Product {
            prices: vec![price(-1, "CNY"), price(1, "CNY"), price(1, ""), price(1, "RMB")],
            tax_basis_points: 10_001,
            ..product("", "Suite")
        };
        let status = create(harness, &caller, wrong).await.unwrap_err();
        let expected = [
            ("product.code", "REQUIRED"),
            ("product.tax_basis_points", "OUT_OF_RANGE"),
            ("product.prices[0].amount_minor", "NEGATIVE"),
            ("product.prices[1].currency", "DUPLICATE"),
            ("product.prices[2].currency", "REQUIRED"),
            ("product.prices[3].currency", "CURRENCY_UNKNOWN"),
        ];
        assert_eq!(
            violations(&status),
            expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()))
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_is_taken_by_a_deleted_product_too() {
    run(async |harness| {
        let caller = harness.administrator();
        let first = create(harness, &caller, product("A", "First")).await.unwrap();
        let second = create(harness, &caller, product("B", "Second")).await.unwrap();
        let renamed = Product { code: "A".to_owned(), ..second.clone() };
        assert_refused(update(harness, &caller, renamed, "code").await, Code::AlreadyExists, "CODE_TAKEN");
        let delete = DeleteProductRequest { id: first.id.clone(), etag: first.etag.clone() };
        let deleted = products(harness).delete_product(caller.request(delete)).await.unwrap().into_inner();
        assert!(deleted.delete_time.is_some());
        assert_refused(
            create(harness, &caller, product("A", "Third")).await,
            Code::AlreadyExists,
            "CODE_TAKEN",
        );
        create(harness, &harness.administrator(), product("A", "Elsewhere")).await.unwrap();
        assert_eq!(codes(harness, &caller, ListProductsRequest::default()).await, ["B"]);
        let trash = ListProductsRequest { show_deleted: true, ..Default::default() };
        assert_eq!(codes(harness, &caller, trash).await, ["A"]);
        let restore = || RestoreProductRequest { id: first.id.clone() };
        products(harness).restore_product(caller.request(restore())).await.unwrap();
        assert_eq!(codes(harness, &caller, ListProductsRequest::default()).await, ["B", "A"]);
        let again = products(harness).restore_product(caller.request(restore())).await;
        assert_refused(again, Code::FailedPrecondition, "NOT_DELETED");
    })
    .await;
}

#[tokio::test]
async fn products_are_changed_found_counted_and_read_together() {
    run(async |harness| {
        let caller = harness.administrator();
        let mut all = Vec::new();
        for (code, name, category) in
            [("S-1", "客户管理套件", "软件"), ("S-2", "Support", "软件"), ("H-1", "Phone", "硬件")]
        {
            let given = Product { category: category.to_owned(), ..product(code, name) };
            all.push(create(harness, &caller, given).await.unwrap());
        }
        let found = |query: &str, filter: &[&str]| ListProductsRequest {
            query: query.to_owned(),
            filter: filter.iter().map(|text| (*text).to_owned()).collect(),
            order_by: "code".to_owned(),
            ..Default::default()
        };
        assert_eq!(codes(harness, &caller, found("管理", &[])).await, ["S-1"]);
        assert_eq!(codes(harness, &caller, found("", &["category=软件"])).await, ["S-1", "S-2"]);
        let count = CountProductsRequest { filter: vec!["category=软件".to_owned()], ..Default::default() };
        let count = products(harness).count_products(caller.request(count)).await.unwrap().into_inner();
        assert_eq!(count.count, 2);
        let wanted = Product { disabled: true, name: "not in the mask".to_owned(), ..all[2].clone() };
        let changed = update(harness, &caller, wanted, "disabled").await.unwrap();
        assert_eq!((changed.disabled, changed.name.as_str()), (true, "Phone"));
        let get = GetProductRequest { id: changed.id.clone() };
        assert_eq!(products(harness).get_product(caller.request(get)).await.unwrap().into_inner(), changed);
        let batch = |id: String| BatchGetProductsRequest { ids: vec![id, all[0].id.clone()] };
        let answer = products(harness).batch_get_products(caller.request(batch(all[1].id.clone()))).await;
        let names: Vec<String> =
            answer.unwrap().into_inner().products.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["Support", "客户管理套件"]);
        let unknown = crm_kit::id::new().to_string();
        let answer = products(harness).batch_get_products(caller.request(batch(unknown))).await;
        assert_refused(answer, Code::NotFound, "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn what_is_on_offer_stays_on_it_when_the_product_is_gone() {
    run(async |harness| {
        let caller = organization(harness).await;
        let wanted = Product { prices: vec![price(900, "CNY")], ..product("P1", "Pump") };
        let gone = create(harness, &caller, wanted).await.unwrap();
        let line = OpportunityLineItem {
            product_id: gone.id.clone(),
            quantity_milli: 2_000,
            ..OpportunityLineItem::default()
        };
        let wanted = Opportunity { line_items: vec![line.clone()], ..deal("Pumps", 0) };
        let offer = open(harness, &caller, wanted.clone()).await.unwrap();
        harness.tamper("DELETE FROM products").await;

        let changed = Opportunity { id: offer.id.clone(), next_step: "Call".to_owned(), ..deal("Pumps", 0) };
        let changed = put(harness, &caller, changed, &["next_step"]).await.unwrap();
        assert_eq!((changed.next_step.as_str(), &changed.line_items), ("Call", &offer.line_items));
        let refused = open(harness, &caller, wanted).await.unwrap_err();
        let expected = ("opportunity.line_items[0].product_id".to_owned(), "PRODUCT_UNKNOWN".to_owned());
        assert_eq!(violations(&refused), [expected]);
    })
    .await;
}
