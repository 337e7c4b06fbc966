//! Hashes passwords beside the requests: it takes memory and time, and is the same for users that do not exist.

use std::sync::Arc;

use crm_kit::error::{Error, Result};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::domain::password::{self, Cost};

/// Hashes and verifies passwords, as many at once as there are cores. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    cost: Cost,
    permits: Arc<Semaphore>,
    decoy: Arc<str>,
}

impl Hasher {
    /// Makes a hasher; takes as long as one hash does.
    pub fn new(cost: Cost) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let decoy = password::hash(&password::generate(), cost)?.into();
        Ok(Self { cost, permits: Arc::new(Semaphore::new(cores)), decoy })
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: String) -> Result<String> {
        let cost = self.cost;
        self.run(move || password::hash(&password, cost)).await?
    }

    /// Whether the password is the one that was hashed. Without a stored hash it is not, and finding that out takes
    /// the same time: nobody learns who has an account.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move || {
            let same = password::verify(&password, stored.as_deref().unwrap_or(&decoy));
            same && stored.is_some()
        })
        .await
    }

    /// Whether a hash was made in another way than new ones are.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        password::needs_rehash(stored, self.cost)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let work = move || {
            // Held to the end of the work, also when nobody waits for it any more.
            let _permit = permit;
            work()
        };
        spawn_blocking(work).await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Cost = Cost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let hasher = Hasher::new(COST).unwrap();
        let stored = hasher.hash("xk7-plum-river".into()).await.unwrap();
        assert!(hasher.verify("xk7-plum-river".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("other".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("xk7-plum-river".into(), None).await.unwrap());
        assert!(!hasher.needs_rehash(&stored));
        let dearer = Hasher::new(Cost { passes: 2, ..COST }).unwrap();
        assert!(dearer.needs_rehash(&stored));
        assert!(dearer.verify("xk7-plum-river".into(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn many_at_once_wait_for_each_other() {
        let hasher = Hasher::new(COST).unwrap();
        let all = (0..40).map(|number| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(number.to_string()).await })
        });
        for hash in all.collect::<Vec<_>>() {
            hash.await.unwrap().unwrap();
        }
        // One that nobody waits for gives its place back.
        drop(hasher.hash("dropped".into()));
        hasher.hash("after".into()).await.unwrap();
    }
}
