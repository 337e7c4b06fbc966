//! Hashes passwords beside the requests: it takes memory and time, and is the same for users that do not exist.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crm_kit::error::{Error, Result};
use tokio::sync::oneshot;

use crate::domain::password::{self, Cost, Memory};

/// How many threads there are at most: four check a hundred passwords a second, and take 76 MiB.
const MOST: usize = 4;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes and verifies passwords, on a few threads. Cheap to clone.
///
/// They are threads of their own because each of them keeps the memory that a hash takes.
#[derive(Clone)]
pub struct Hasher {
    cost: Cost,
    patience: Duration,
    work: Sender<Work>,
    decoy: Arc<str>,
}

impl Hasher {
    /// Starts the threads, which end with the last clone. What has waited for one longer than the patience is not done:
    /// nobody is there any more to be answered.
    pub fn new(cost: Cost, patience: Duration) -> Result<Self> {
        let (work, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads() {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new().name("passwords".into());
            thread.spawn(move || work_off(&queue)).map_err(Error::internal)?;
        }
        Ok(Self { cost, patience, work, decoy: password::decoy(cost).into() })
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: String) -> Result<String> {
        let cost = self.cost;
        self.run(move |memory| password::hash(&password, cost, memory)).await?
    }

    /// Whether the password is the one that was hashed. Without a stored hash it is not, and finding that out takes
    /// the same time: nobody learns who has an account.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let decoy = Arc::clone(&self.decoy);
        self.run(move |memory| {
            let same = password::verify(&password, stored.as_deref().unwrap_or(&decoy), memory);
            same && stored.is_some()
        })
        .await
    }

    /// Whether a hash was made in another way than new ones are.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        password::needs_rehash(stored, self.cost)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let (asked, patience) = (Instant::now(), self.patience);
        let work = move |memory: &mut Memory| {
            if asked.elapsed() < patience {
                let _ = answer.send(work(memory));
            }
        };
        self.work.send(Box::new(work)).map_err(|_| Error::internal("no thread hashes passwords"))?;
        answered.await.map_err(|_| Error::Unavailable)
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

fn work_off(queue: &Mutex<Receiver<Work>>) {
    let mut memory = Memory::default();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        work(&mut memory);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const COST: Cost = Cost { memory_kib: 64, passes: 1 };
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let hasher = Hasher::new(COST, PATIENCE).unwrap();
        let stored = hasher.hash("xk7-plum-river".into()).await.unwrap();
        assert!(hasher.verify("xk7-plum-river".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("other".into(), Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("xk7-plum-river".into(), None).await.unwrap());
        assert!(!hasher.needs_rehash(&stored));
        let dearer = Hasher::new(Cost { passes: 2, ..COST }, PATIENCE).unwrap();
        assert!(dearer.needs_rehash(&stored));
        assert!(dearer.verify("xk7-plum-river".into(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn many_at_once_wait_for_few_threads() {
        let hasher = Hasher::new(COST, PATIENCE).unwrap();
        let all = (0..200).map(|number: u32| {
            let hasher = hasher.clone();
            tokio::spawn(async move {
                let hash = move |memory: &mut Memory| {
                    (thread::current().id(), password::hash(&number.to_string(), COST, memory))
                };
                hasher.run(hash).await.unwrap()
            })
        });
        let mut threads = HashSet::new();
        for hashed in all.collect::<Vec<_>>() {
            let (thread, hash) = hashed.await.unwrap();
            hash.unwrap();
            threads.insert(thread);
        }
        assert!(threads.len() <= super::threads(), "{threads:?}");
    }

    #[tokio::test]
    async fn what_has_waited_too_long_is_not_done() {
        let hasher = Hasher::new(COST, Duration::ZERO).unwrap();
        let (done, was_done) = channel();
        let hashed = hasher.run(move |_| done.send(())).await;
        assert!(matches!(hashed, Err(Error::Unavailable)));
        assert!(was_done.try_recv().is_err());
        let patient = Hasher { patience: PATIENCE, ..hasher };
        patient.hash("after".into()).await.unwrap();
    }
}
