//! The shared cache: what may be lost at any time, kept for a while.
//!
//! In one process it is memory, in many it is Redis. Nothing waits for a cache that does not answer: a failed read is
//! a miss, and while there is no connection every call returns at once.

mod shared;
#[cfg(test)]
mod tests;

use std::future::ready;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::future::Cache as Memory;
use moka::ops::compute::Op;
use moka::policy::{EvictionPolicy, Expiry};
use redis::{Cmd, cmd};

use crate::error::Result;
use crate::telemetry;
use shared::Shared;

/// How much the memory cache holds.
const MEMORY_BYTES: u64 = 64 << 20;

/// The shared cache of all processes, or the memory of the only one.
#[derive(Clone)]
pub enum Cache {
    /// The memory of this process.
    Memory(Memory<String, Entry>),
    /// A Redis that all processes share.
    Redis(Arc<Shared>),
}

/// A value in memory and its end.
#[derive(Clone)]
pub struct Entry {
    value: Bytes,
    expires: Instant,
}

impl Entry {
    fn new(value: impl Into<Bytes>, ttl: Duration) -> Self {
        Self { value: value.into(), expires: Instant::now() + ttl }
    }

    fn number(&self) -> Option<u64> {
        std::str::from_utf8(&self.value).ok()?.parse().ok()
    }
}

/// Lets every entry end when it says.
struct AtItsEnd;

impl Expiry<String, Entry> for AtItsEnd {
    fn expire_after_create(&self, _: &String, entry: &Entry, now: Instant) -> Option<Duration> {
        Some(entry.expires.saturating_duration_since(now))
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.expires.saturating_duration_since(now))
    }
}

/// How often something may happen.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many times at once after a pause.
    pub burst: u32,
    /// How many times per second in the long run.
    pub per_second: f64,
}

impl Limit {
    /// The microseconds that one event uses up, and how many may be used up ahead of time.
    fn micros(&self) -> (u64, u64) {
        let year = 365.0 * 86_400e6;
        let interval = (1e6 / self.per_second).clamp(1.0, year) as u64;
        (interval, interval * u64::from(self.burst))
    }

    /// Decides on one event by the generic cell rate algorithm: answers the new moment up to which the rate is used
    /// up, or how long to wait. `ADMIT` in Redis does the same.
    fn admit(&self, used_up_to: u64, now: u64) -> Result<u64, Duration> {
        let (interval, tolerance) = self.micros();
        let next = used_up_to.max(now) + interval;
        match (next - now).checked_sub(tolerance) {
            None | Some(0) => Ok(next),
            Some(wait) => Err(Duration::from_micros(wait)),
        }
    }
}

/// Redis' clock decides, so that processes need not agree on the time.
const ADMIT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used_up_to = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local next = used_up_to + ARGV[1]
local wait = next - now - ARGV[2]
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0";

const INCREMENT: &str = "
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count";

impl Cache {
    /// A cache in the memory of this process.
    pub fn memory() -> Self {
        let size = |key: &String, entry: &Entry| {
            u32::try_from(key.len() + entry.value.len() + size_of::<Entry>()).unwrap_or(u32::MAX)
        };
        let builder = Memory::builder().max_capacity(MEMORY_BYTES).weigher(size).expire_after(AtItsEnd);
        // The default policy may refuse a new entry, and a throttle must begin to count at once.
        Self::Memory(builder.eviction_policy(EvictionPolicy::lru()).build())
    }

    /// A cache in Redis. Waits only briefly for the connection, which is then made, and made again, in the background.
    pub async fn redis(url: &str) -> Result<Self> {
        Ok(Self::Redis(Shared::connect(url).await?))
    }

    /// Reads a value; whatever goes wrong is a miss.
    pub async fn get(&self, key: &str) -> Option<Bytes> {
        let [value] = self.get_many([key]).await;
        value
    }

    /// Reads several values in one round trip.
    pub async fn get_many<const N: usize>(&self, keys: [&str; N]) -> [Option<Bytes>; N] {
        let mut values = [const { None }; N];
        match self {
            Self::Memory(memory) => {
                for (value, key) in values.iter_mut().zip(keys) {
                    *value = memory.get(key).await.map(|entry| entry.value);
                }
            }
            Self::Redis(_) if N == 0 => {}
            Self::Redis(shared) => {
                let found: Option<Vec<Option<Vec<u8>>>> = shared.query(cmd("MGET").arg(&keys)).await;
                for (value, found) in values.iter_mut().zip(found.into_iter().flatten()) {
                    *value = found.map(Bytes::from);
                }
            }
        }
        let hits = values.iter().flatten().count();
        telemetry::count_cache_reads(hits, N - hits);
        values
    }

    /// Keeps a value; nothing tells if that failed.
    pub async fn set(&self, key: &str, value: Bytes, ttl: Duration) {
        self.put(key, value, ttl, false).await;
    }

    /// Keeps a value instead of another one, and says whether that is now certain.
    pub async fn replace(&self, key: &str, value: Bytes, ttl: Duration) -> bool {
        self.put(key, value, ttl, true).await
    }

    async fn put(&self, key: &str, value: Bytes, ttl: Duration, patient: bool) -> bool {
        match self {
            Self::Memory(memory) => {
                memory.insert(key.to_owned(), Entry::new(value, ttl)).await;
                true
            }
            Self::Redis(shared) => {
                let command = set(key, &value, ttl);
                let done: Option<()> = if patient {
                    shared.query_patiently(&command).await
                } else {
                    shared.query(&command).await
                };
                done.is_some()
            }
        }
    }

    /// Keeps a value if there is none, and says whether it did; `None` if the cache is not available.
    pub async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Option<bool> {
        match self {
            Self::Memory(memory) => {
                let mut kept = false;
                let decide = |entry| {
                    kept = live(entry).is_none();
                    ready(if kept { Op::Put(Entry::new(value, ttl)) } else { Op::Nop })
                };
                memory.entry_by_ref(key).and_compute_with(decide).await;
                Some(kept)
            }
            Self::Redis(shared) => {
                let done: Option<Option<String>> = shared.query(set(key, &value, ttl).arg("NX")).await;
                done.map(|answer| answer.is_some())
            }
        }
    }

    /// Whether the cache answers.
    pub async fn ping(&self) -> bool {
        match self {
            Self::Memory(_) => true,
            Self::Redis(shared) => shared.query::<String>(&cmd("PING")).await.is_some(),
        }
    }

    /// Removes a value, and says whether it is now certain that nobody reads it any more.
    pub async fn delete(&self, key: &str) -> bool {
        match self {
            Self::Memory(memory) => {
                memory.invalidate(key).await;
                true
            }
            Self::Redis(shared) => shared.query_patiently::<u64>(cmd("DEL").arg(key)).await.is_some(),
        }
    }

    /// Counts up and answers the count; the time to live begins with the first. `None` if the cache is not available.
    pub async fn increment(&self, key: &str, ttl: Duration) -> Option<u64> {
        match self {
            Self::Memory(memory) => {
                let mut count = 1;
                let decide = |entry| {
                    let before = live(entry);
                    count += before.as_ref().and_then(Entry::number).unwrap_or_default();
                    let ttl =
                        before.map_or(ttl, |entry| entry.expires.saturating_duration_since(Instant::now()));
                    ready(Op::Put(Entry::new(count.to_string(), ttl)))
                };
                memory.entry_by_ref(key).and_compute_with(decide).await;
                Some(count)
            }
            Self::Redis(shared) => shared.query(script(INCREMENT, key).arg(millis(ttl))).await,
        }
    }

    /// Uses up one event of a rate that all processes share, or says how long to wait. Allows everything if the cache
    /// is not available.
    pub async fn take(&self, key: &str, limit: &Limit) -> Result<(), Duration> {
        match self {
            Self::Memory(memory) => {
                let mut decision = Ok(());
                let decide = |entry: Option<moka::Entry<String, Entry>>| {
                    let now = START.elapsed().as_micros() as u64;
                    let used = live(entry).as_ref().and_then(Entry::number).unwrap_or_default();
                    ready(match limit.admit(used, now) {
                        Ok(next) => Op::Put(Entry::new(next.to_string(), Duration::from_micros(next - now))),
                        Err(wait) => {
                            decision = Err(wait);
                            Op::Nop
                        }
                    })
                };
                memory.entry_by_ref(key).and_compute_with(decide).await;
                decision
            }
            Self::Redis(shared) => {
                let (interval, tolerance) = limit.micros();
                let wait = shared.query(script(ADMIT, key).arg(interval).arg(tolerance)).await;
                match wait.unwrap_or_default() {
                    0 => Ok(()),
                    wait => Err(Duration::from_micros(wait)),
                }
            }
        }
    }
}

/// What memory's rates are measured from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The entry, unless its end has come and it was not removed yet.
fn live(entry: Option<moka::Entry<String, Entry>>) -> Option<Entry> {
    entry.map(moka::Entry::into_value).filter(|entry| entry.expires > Instant::now())
}

fn set(key: &str, value: &Bytes, ttl: Duration) -> Cmd {
    let mut command = cmd("SET");
    command.arg(key).arg(value.as_ref()).arg("PX").arg(millis(ttl));
    command
}

fn script(text: &str, key: &str) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(text).arg(1).arg(key);
    command
}

/// Redis refuses a time to live of zero.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
