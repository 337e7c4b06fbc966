//! `Products`.

use std::collections::HashSet;

use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{ListQuery, Result, Violations, convert, message, store};
use crm_protos::sales::v1::products_server::Products;
use crm_protos::sales::v1::{
    BatchGetProductsRequest, BatchGetProductsResponse, CountProductsRequest, CountProductsResponse,
    CreateProductRequest, DeleteProductRequest, GetProductRequest, ListProductsRequest, ListProductsResponse,
    Money, Product, RestoreProductRequest, UpdateProductRequest,
};
use crm_values::{amount, currency, text};
use tonic::{Request, Response, Status};

use crate::store::product::{Entity, Model};
use crate::store::values::{Price, Prices};

/// More prices are refused.
const MOST_PRICES: usize = 30;
/// The whole price as tax, in basis points.
const MOST_TAX: i32 = 10_000;

/// Serves `Products`.
pub struct ProductsService {
    /// What the service was given.
    pub context: Context,
}

#[async_trait::async_trait]
impl Products for ProductsService {
    async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        crm_kit::call(request, async |access, request| {
            let product = model(Model::default(), &request.product.unwrap_or_default())?;
            self.context
                .db
                .write(access, async |tx| {
                    tx.insert::<Entity>("created", product.clone()).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn get_product(&self, request: Request<GetProductRequest>) -> Result<Response<Product>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn batch_get_products(
        &self,
        request: Request<BatchGetProductsRequest>,
    ) -> Result<Response<BatchGetProductsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let models =
                store::batch_get::<Entity>(self.context.db.connection(), access, &request.ids).await?;
            Ok(BatchGetProductsResponse { products: models.iter().map(answer).collect() })
        })
        .await
    }

    async fn list_products(
        &self,
        request: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListProductsRequest { page_size, page_token, filter, order_by, query, show_deleted } =
                request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, show_deleted };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            Ok(ListProductsResponse {
                products: page.items.iter().map(answer).collect(),
                next_page_token: page.next_page_token,
            })
        })
        .await
    }

    async fn count_products(
        &self,
        request: Request<CountProductsRequest>,
    ) -> Result<Response<CountProductsResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountProductsResponse { count, truncated })
        })
        .await
    }

    async fn update_product(
        &self,
        request: Request<UpdateProductRequest>,
    ) -> Result<Response<Product>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.product.unwrap_or_default();
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &patch.id).await?;
                    let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                    let after = model(before.clone(), &merged)?;
                    tx.update::<Entity>("updated", before, after, &patch.etag)
                        .await
                        .map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn delete_product(
        &self,
        request: Request<DeleteProductRequest>,
    ) -> Result<Response<Product>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.delete::<Entity>(before, &request.etag).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }

    async fn restore_product(
        &self,
        request: Request<RestoreProductRequest>,
    ) -> Result<Response<Product>, Status> {
        crm_kit::call(request, async |access, request| {
            self.context
                .db
                .write(access, async |tx| {
                    let before = store::get_deleted::<Entity>(tx.connection(), access, &request.id).await?;
                    tx.restore::<Entity>(before).await.map(|model| answer(&model))
                })
                .await
        })
        .await
    }
}

/// The product with the values of the message in the form that is stored. Every violation is named at once.
fn model(base: Model, product: &Product) -> Result<Model> {
    let mut violations = Violations::default();
    let check = &mut violations;
    message::require(product, "product", check)?;
    if !(0..=MOST_TAX).contains(&product.tax_basis_points) {
        check.add("product.tax_basis_points", "OUT_OF_RANGE", format!("give 0 to {MOST_TAX}"));
    }
    let model = Model {
        code: text::line(&product.code, 100, "product.code", check),
        name: text::line(&product.name, 200, "product.name", check),
        unit: text::line(&product.unit, 50, "product.unit", check),
        category: text::line(&product.category, 100, "product.category", check),
        prices: Prices(prices(&product.prices, check)),
        tax_basis_points: product.tax_basis_points,
        disabled: product.disabled,
        description: text::paragraph(&product.description, 10_000, "product.description", check),
        ..base
    };
    violations.finish()?;
    Ok(model)
}

fn prices(given: &[Money], check: &mut Violations) -> Vec<Price> {
    if given.len() > MOST_PRICES {
        check.add("product.prices", "TOO_MANY", format!("give {MOST_PRICES} prices at most"));
    }
    let mut currencies = HashSet::new();
    let mut price = |(index, money): (usize, &Money)| {
        let field = |name| format!("product.prices[{index}].{name}");
        amount::check(money.amount_minor, &field("amount_minor"), check);
        let currency = currency::normalize(&money.currency, &field("currency"), check);
        if currency.is_empty() {
            check.add(field("currency"), "REQUIRED", "give a value");
        } else if !currencies.insert(currency.clone()) {
            check.add(field("currency"), "DUPLICATE", "give one price in each currency");
        }
        Price { amount_minor: money.amount_minor, currency }
    };
    given.iter().take(MOST_PRICES).enumerate().map(&mut price).collect()
}

/// The product as the API shows it.
fn answer(model: &Model) -> Product {
    let price = |price: &Price| Money { amount_minor: price.amount_minor, currency: price.currency.clone() };
    Product {
        id: model.id.to_string(),
        etag: model.version.to_string(),
        create_time: Some(convert::timestamp(model.create_time)),
        update_time: Some(convert::timestamp(model.update_time)),
        delete_time: convert::optional_timestamp(model.delete_time),
        code: model.code.clone(),
        name: model.name.clone(),
        unit: model.unit.clone(),
        category: model.category.clone(),
        prices: model.prices.0.iter().map(price).collect(),
        tax_basis_points: model.tax_basis_points,
        disabled: model.disabled,
        description: model.description.clone(),
    }
}
