//! Work that is done later.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crm_customers::Customers;
use crm_kit::service::{Context, Parts, Service};
use crm_kit::testing::{Harness, eventually};
use crm_kit::{Result, job};
use sea_orm_migration::MigrationTrait;
use tokio::sync::Semaphore;

const KIND: &str = "wait";

/// Customers with a job that waits for a gate.
struct Waits {
    begun: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

#[async_trait::async_trait]
impl Service for Waits {
    fn name(&self) -> &'static str {
        Customers.name()
    }

    fn migrations(&self) -> fn() -> Vec<Box<dyn MigrationTrait>> {
        Customers.migrations()
    }

    async fn start(&self, context: &Context) -> Result<Parts> {
        let parts = Customers.start(context).await?;
        let (begun, gate) = (self.begun.clone(), self.gate.clone());
        let jobs = parts.jobs.on(KIND, move |_| {
            begun.fetch_add(1, Ordering::SeqCst);
            let gate = gate.clone();
            async move { gate.acquire().await.map(|passed| passed.forget()).map_err(crm_kit::Error::internal) }
        });
        Ok(Parts { jobs, ..parts })
    }
}

#[tokio::test]
async fn what_is_asked_for_while_it_is_done_is_done_again() {
    let (begun, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let service = Waits { begun: begun.clone(), gate: gate.clone() };
    Harness::run(service, async |harness| {
        let ask = async || {
            let db = &harness.context.db;
            db.transact(async |tx| job::add(tx, KIND, "once", &(), tx.now()).await).await.unwrap();
        };
        let has_begun =
            async |times| eventually("it is begun", async || begun.load(Ordering::SeqCst) == times).await;
        ask().await;
        has_begun(1).await;
        // Twice, but only one waits.
        ask().await;
        ask().await;
        gate.add_permits(3);
        has_begun(2).await;
        eventually("both are done", async || gate.available_permits() == 1).await;
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    })
    .await;
}
