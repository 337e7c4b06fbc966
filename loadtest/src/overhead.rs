//! What the suite adds to a query: measured inside one process, because nobody outside can leave it out.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// A get with everything and without, in the same process on the same record.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Overhead {
    /// Microseconds of a get with permission, tenancy, audit and metrics.
    pub whole: f64,
    /// Microseconds of the same answer to the same query alone.
    pub bare: f64,
    /// Microseconds of processor time that one with everything takes, with what is written later.
    pub whole_processor: f64,
    /// Microseconds of processor time that the one alone takes.
    pub bare_processor: f64,
}

impl Overhead {
    /// The part of a get's processor time that is not the query and its answer, in percent.
    pub fn percent(&self) -> f64 {
        (1.0 - self.bare_processor / self.whole_processor.max(1e-9)) * 100.0
    }
}

/// Runs the benchmark of the service, which cargo builds if it is not there.
pub fn measure() -> Result<Overhead> {
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--quiet", "--package", "crm-customers", "--bench", "get"]);
    let output = cargo.output().context("cargo cannot be started")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the benchmark failed: {errors}");
    let text = String::from_utf8(output.stdout)?;
    let line =
        text.lines().rev().find(|line| line.starts_with('{')).context("the benchmark tells nothing")?;
    Ok(serde_json::from_str(line)?)
}
