//! What came of the requests of a drill.

use std::collections::BTreeMap;
use std::time::Duration;

use crm_tests::{Rest, text};

/// One request and its answer.
pub struct Call {
    pub kind: &'static str,
    pub service: &'static str,
    /// When it was sent, counted from the first.
    pub at: Duration,
    pub took: Duration,
    pub result: Result<(), String>,
}

impl Call {
    /// Whether the failure tells the client what is wrong and when to come back.
    pub fn is_clear(&self) -> bool {
        let Err(text) = &self.result else { return true };
        let over_rest = [" 503 ", " 504 "].iter().any(|status| text.contains(status))
            && text.ends_with("retry-after=true");
        let over_grpc = ["Unavailable", "DeadlineExceeded"].iter().any(|code| text.contains(code));
        over_rest || over_grpc || text.ends_with("is ready")
    }
}

/// A write that was acknowledged.
#[derive(Clone)]
pub struct Write {
    pub resource: &'static str,
    pub name: String,
    pub id: String,
}

/// Every request and every acknowledged write.
pub struct Outcome {
    pub calls: Vec<Call>,
    pub writes: Vec<Write>,
}

impl Outcome {
    /// The requests that failed.
    pub fn failed(&self) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.result.is_err()).collect()
    }

    /// What was measured, in one line.
    pub fn summary(&self) -> String {
        let mut took: Vec<_> = self.calls.iter().map(|call| call.took).collect();
        took.sort_unstable();
        let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
        format!(
            "{} requests, {} failed, {} writes acknowledged, median {:?}, 99 % within {:?}, longest {:?}",
            self.calls.len(),
            self.failed().len(),
            self.writes.len(),
            at(0.5),
            at(0.99),
            took.last().copied().unwrap_or_default(),
        )
    }

    /// Fails if as many requests failed as this share or more.
    #[track_caller]
    pub fn demand_fewer_failures_than(&self, share: f64) {
        let failed = self.failed();
        assert!(
            (failed.len() as f64) < self.calls.len() as f64 * share,
            "{}\n{}",
            self.summary(),
            self.failures()
        );
    }

    /// Fails if any request failed.
    #[track_caller]
    pub fn demand_no_failure(&self) {
        assert!(self.failed().is_empty(), "{}\n{}", self.summary(), self.failures());
    }

    /// The failed requests, a line each.
    pub fn failures(&self) -> String {
        let line = |call: &&Call| {
            format!(
                "{:?} {} after {:?}: {}\n",
                call.at,
                call.kind,
                call.took,
                call.result.as_ref().unwrap_err()
            )
        };
        self.failed().iter().map(line).collect()
    }

    /// Fails unless every acknowledged write is there, and nothing is there twice.
    pub async fn demand_all_kept_once(&self, rest: &Rest) {
        for (resource, path, field) in
            [("account", "/v1/accounts", "accounts"), ("lead", "/v1/leads", "leads")]
        {
            let rows = rest.all(path, field, &[("page_size", "200")]).await;
            let mut kept = BTreeMap::new();
            for row in rows.iter().filter(|row| text(&row["name"]).starts_with("drill ")) {
                let former = kept.insert(text(&row["name"]), text(&row["id"]));
                assert_eq!(former, None, "{resource} {} was made twice", row["name"]);
            }
            let acknowledged: Vec<_> =
                self.writes.iter().filter(|write| write.resource == resource).collect();
            assert!(!acknowledged.is_empty(), "no {resource} was acknowledged");
            for write in acknowledged {
                assert_eq!(kept.get(&write.name), Some(&write.id), "{resource} {} was lost", write.name);
            }
        }
    }
}
