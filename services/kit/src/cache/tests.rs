//! The same behaviour from memory and from a private Redis, and what happens when Redis goes.

use std::process::{Child, Command, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::time::sleep;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// A Redis of our own on a socket file; the same address after a restart.
struct Server {
    directory: TempDir,
    process: Child,
}

impl Server {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let process = Self::run(&directory);
        Self { directory, process }
    }

    fn run(directory: &TempDir) -> Child {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--unixsocket", "socket"]).current_dir(directory);
        command.stdout(Stdio::null()).spawn().expect("redis-server is installed")
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.directory.path().join("socket").display())
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(20), "it never happened that {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn ready_redis(server: &Server) -> Cache {
    let cache = Cache::redis(&server.url()).await.unwrap();
    eventually("the cache answers", async || cache.replace("ready", Bytes::new(), MINUTE).await).await;
    cache
}

fn text(value: &str) -> Bytes {
    Bytes::copy_from_slice(value.as_bytes())
}

async fn keeps_values(cache: &Cache) {
    assert_eq!(cache.get("a").await, None);
    cache.set("a", text("1"), MINUTE).await;
    assert!(cache.replace("b", text("2"), MINUTE).await);
    assert_eq!(cache.get_many(["a", "x", "b"]).await, [Some(text("1")), None, Some(text("2"))]);
    assert_eq!(cache.get_many([]).await, []);
    assert_eq!(cache.set_if_absent("a", text("3"), MINUTE).await, Some(false));
    assert_eq!(cache.set_if_absent("c", text("3"), MINUTE).await, Some(true));
    assert!(cache.delete("a").await && cache.delete("never there").await);
    assert_eq!(cache.get_many(["a", "b", "c"]).await, [None, Some(text("2")), Some(text("3"))]);
}

async fn forgets_in_time(cache: &Cache) {
    let soon = Duration::from_millis(30);
    cache.set("soon", text("1"), soon).await;
    cache.set("later", text("1"), soon).await;
    cache.set("later", text("2"), MINUTE).await;
    assert_eq!(cache.increment("count", Duration::from_millis(300)).await, Some(1));
    assert_eq!(cache.increment("count", MINUTE).await, Some(2));
    eventually("a value ends", async || cache.get("soon").await.is_none()).await;
    assert_eq!(cache.get("later").await, Some(text("2")));
    // The time to live began with the first, so the count starts again although the second said a minute.
    eventually("a count ends", async || cache.get("count").await.is_none()).await;
    assert_eq!(cache.increment("count", MINUTE).await, Some(1));
    assert_eq!(cache.set_if_absent("soon", text("again"), MINUTE).await, Some(true));
}

async fn counts_concurrent_callers(cache: &Cache) {
    let calls = (0..200).map(|_| cache.increment("together", MINUTE));
    let mut counts: Vec<_> = futures::future::join_all(calls).await.into_iter().flatten().collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=200).collect::<Vec<_>>());
}

async fn limits_rates(cache: &Cache) {
    let limit = Limit { burst: 5, per_second: 0.1 };
    let calls = (0..20).map(|_| cache.take("rate", &limit));
    let decisions = futures::future::join_all(calls).await;
    assert_eq!(decisions.iter().filter(|decision| decision.is_ok()).count(), 5);
    let wait = cache.take("rate", &limit).await.unwrap_err();
    assert!(wait > Duration::from_secs(8) && wait <= Duration::from_secs(10), "{wait:?}");
    assert!(cache.take("another", &limit).await.is_ok());
    let quick = Limit { burst: 1, per_second: 50.0 };
    assert!(cache.take("quick", &quick).await.is_ok());
    assert!(cache.take("quick", &quick).await.is_err());
    eventually("the rate recovers", async || cache.take("quick", &quick).await.is_ok()).await;
}

async fn behaves(cache: &Cache) {
    keeps_values(cache).await;
    forgets_in_time(cache).await;
    counts_concurrent_callers(cache).await;
    limits_rates(cache).await;
}

#[tokio::test]
async fn memory_behaves_as_a_cache() {
    behaves(&Cache::memory()).await;
}

#[tokio::test]
async fn redis_behaves_as_a_cache() {
    let server = Server::start();
    behaves(&ready_redis(&server).await).await;
}

#[tokio::test]
async fn a_lost_redis_is_a_miss_and_refills_after_its_return() {
    let mut server = Server::start();
    let cache = ready_redis(&server).await;
    cache.set("a", text("1"), MINUTE).await;
    server.stop();
    assert_eq!(cache.get("a").await, None);
    assert_eq!(cache.increment("a", MINUTE).await, None);
    assert_eq!(cache.set_if_absent("a", text("2"), MINUTE).await, None);
    assert!(!cache.delete("a").await);
    assert!(cache.take("a", &Limit { burst: 1, per_second: 0.001 }).await.is_ok());
    server.process = Server::run(&server.directory);
    eventually("the cache is back", async || cache.replace("a", text("2"), MINUTE).await).await;
    assert_eq!(cache.get("a").await, Some(text("2")));
}

#[tokio::test]
async fn a_redis_that_hangs_costs_one_call_its_patience() {
    let server = Server::start();
    let cache = ready_redis(&server).await;
    server.signal("-STOP");
    let start = Instant::now();
    for _ in 0..1000 {
        assert_eq!(cache.get("a").await, None);
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    server.signal("-CONT");
    eventually("the cache is back", async || cache.replace("a", text("2"), MINUTE).await).await;
}

#[tokio::test]
async fn a_redis_that_is_not_there_yet_does_not_hold_up_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("redis+unix://{}/socket", directory.path().display());
    let start = Instant::now();
    let cache = Cache::redis(&url).await.unwrap();
    assert_eq!(cache.get("a").await, None);
    assert!(start.elapsed() < Duration::from_secs(1));
    let process = Server::run(&directory);
    let _server = Server { directory, process };
    eventually("the cache is there", async || cache.replace("a", text("1"), MINUTE).await).await;
    assert!(Cache::redis("http://nothing").await.is_err());
}

proptest! {
    #[test]
    fn a_rate_is_never_exceeded_and_waiting_as_told_helps(
        burst in 1_u32..50, per_second in 0.01_f64..1000.0, pauses in prop::collection::vec(0_u64..200_000, 1..200),
    ) {
        let limit = Limit { burst, per_second };
        let (mut now, mut used, mut admitted) = (1, 0, 0_u32);
        for pause in pauses {
            now += pause;
            match limit.admit(used, now) {
                Ok(next) => (used, admitted) = (next, admitted + 1),
                Err(wait) => prop_assert!(limit.admit(used, now + wait.as_micros() as u64).is_ok()),
            }
            // Rounding down to whole microseconds lets a little more through.
            let allowed = f64::from(burst) + (now as f64) / 1e6 * per_second * 1.01;
            prop_assert!(f64::from(admitted) <= allowed + 1.0);
        }
    }
}
