//! What a filled database holds, as far as requests must know it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

/// A description of a filled database, kept beside it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Data {
    /// How many accounts were asked for.
    pub accounts: u64,
    /// How many rows each kind of record has.
    pub counts: BTreeMap<String, u64>,
    /// How long filling it took, in seconds.
    pub seconds: f64,
    /// People who sign in now and then.
    pub people: Vec<String>,
    /// Everybody's password.
    pub password: String,
    /// Those who work.
    pub users: Vec<User>,
    /// Some of the accounts.
    pub account_sample: Vec<Sample>,
    /// Some of the contacts.
    pub contact_sample: Vec<Sample>,
    /// Some of the open opportunities.
    pub opportunity_sample: Vec<Sample>,
    /// The open stages of the pipeline.
    pub stages: Vec<String>,
    /// The months in which something was sold, first and last.
    pub months: [String; 2],
}

/// Somebody who works, with an account and an API key of his or her own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct User {
    /// The address to sign in with.
    pub email: String,
    /// The API key.
    pub key: String,
    /// The name of the role.
    pub role: String,
    /// The department; everywhere if empty.
    pub department: String,
    /// The accounts that the user owns, if the role reaches no others.
    pub own_accounts: Vec<String>,
}

/// One record of many.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// The id.
    pub id: String,
    /// The department of the owner.
    pub department: String,
    /// What it can be found by.
    pub words: Vec<String>,
}

impl Data {
    /// Reads the description from a directory.
    pub fn load(directory: &Path) -> Result<Self> {
        let file = directory.join("data.json");
        let text = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Writes the description into a directory.
    pub fn save(&self, directory: &Path) -> Result<()> {
        Ok(fs::write(directory.join("data.json"), serde_json::to_vec(self)?)?)
    }

    /// The users of a role.
    pub fn users_of<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a User> {
        self.users.iter().filter(move |user| user.role == role)
    }
}

/// A record that a user reaches, if any.
pub fn pick<'a>(sample: &'a [Sample], user: &User, rng: &mut impl Rng) -> Option<&'a Sample> {
    if !user.own_accounts.is_empty() {
        return None;
    }
    // A department has a fifth of the records or so: some draws find one of its own.
    let mut draws = (0..200).filter_map(|_| sample.choose(rng));
    draws.find(|sample| user.department.is_empty() || sample.department == user.department)
}
