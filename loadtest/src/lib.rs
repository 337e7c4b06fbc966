//! Measures the suite under load: what one operation costs, how it grows with the data, how many people can work at
//! once, and how far all this is from what the machine could do at best.
//!
//! Latencies count from the moment at which a request was meant to start, so that a stall is not hidden. Next to the
//! suite, in the same rounds, the floors are measured: bare servers and bare databases doing the least that the
//! operation needs. Ratios to the floors mean the same on every machine.

pub mod capacity;
pub mod compare;
pub mod counters;
pub mod data;
pub mod drive;
pub mod floor;
pub mod growth;
pub mod http;
pub mod machine;
pub mod operation;
pub mod overhead;
pub mod report;
pub mod rounds;
pub mod run;
pub mod scenario;
pub mod seed;
pub mod servers;
pub mod suite;
pub mod target;
pub mod worker;
