//! Keys and certificates that are replaced while a suite of separate processes serves.

use std::fs;
use std::path::PathBuf;

use crate::certificates::{Pem, replace};
use crate::{Suite, eventually};

/// A key of the tests by its id, of one letter or digit.
fn key(id: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = ALPHABET.chars().cycle().nth(usize::from(id.as_bytes()[0])).expect("it has no end");
    // 32 bytes in base64.
    format!("{}=", letter.to_string().repeat(42) + "A")
}

impl Suite {
    /// The settings by which keys come from files, with one key each.
    pub(crate) fn keys_in_files(&mut self) {
        for kind in ["cluster", "master"] {
            let file = self.key_file(kind);
            replace(&file, &format!("1:{}\n", key("1")));
            self.set(
                &format!("CRM__SECURITY__{}_KEYS_FILE", kind.to_uppercase()),
                &file.display().to_string(),
            );
        }
    }

    /// Replaces the keys of a kind, `cluster` or `master`, by those of these ids, the current one first, and waits until
    /// every process that has them has taken them up.
    pub async fn set_keys(&mut self, kind: &str, ids: &[&str]) {
        let lines: String = ids.iter().map(|id| format!("{id}:{}\n", key(id))).collect();
        replace(&self.key_file(kind), &lines);
        let line = format!("setting=\"security.{kind}_keys\" keys=\"{}\"", ids.join(", "));
        let gateway_too = kind == "cluster";
        let processes: Vec<_> = self
            .nodes
            .iter()
            .filter(|node| gateway_too || !node.services.contains(&"gateway"))
            .filter_map(|node| node.process.as_ref())
            .collect();
        eventually(&format!("every process to have {line}"), async || {
            processes.iter().all(|process| process.output().contains(&line)).then_some(())
        })
        .await;
    }

    /// Lets every process believe a new authority beside the old one; what the new one has signed comes next.
    pub async fn believe_new_authority(&mut self) -> NewAuthority {
        let new = Pem::new();
        let [authority, _, _] =
            self.certificate_files().expect("the suite has certificates").map(PathBuf::from);
        let both = fs::read_to_string(&authority).expect("the file can be read") + &new.authority;
        self.reloaded(&["internal"], || replace(&authority, &both)).await;
        NewAuthority(new)
    }

    /// Gives every process a certificate that the new authority has signed.
    pub async fn use_new_authority(&mut self, new: &NewAuthority) {
        let [_, certificate, key] =
            self.certificate_files().expect("the suite has certificates").map(PathBuf::from);
        let write = || {
            replace(&certificate, &new.0.certificate);
            replace(&key, &new.0.key);
        };
        self.reloaded(&["internal", "gateway"], write).await;
    }

    /// Lets no process believe the old authority any more.
    pub async fn forget_old_authority(&mut self, new: &NewAuthority) {
        let [authority, _, _] =
            self.certificate_files().expect("the suite has certificates").map(PathBuf::from);
        self.reloaded(&["internal"], || replace(&authority, &new.0.authority)).await;
    }

    /// Replaces files and waits until every process has taken them up, for each of its certificates of these names.
    async fn reloaded(&mut self, names: &[&str], write: impl FnOnce()) {
        let lines: Vec<_> = names.iter().map(|name| format!("loaded again certificate=\"{name}\"")).collect();
        let count = |suite: &Self| {
            let of = |node: &crate::node::Node| {
                let output = node.process.as_ref().map(|process| process.output()).unwrap_or_default();
                let gateway = node.services.contains(&"gateway");
                let lines = lines.iter().filter(|line| gateway || !line.ends_with("\"gateway\""));
                lines.map(|line| output.matches(line.as_str()).count()).collect::<Vec<_>>()
            };
            suite.nodes.iter().flat_map(of).collect::<Vec<_>>()
        };
        let before = count(self);
        write();
        eventually("every process to take up the certificates", async || {
            count(self).iter().zip(&before).all(|(now, before)| now > before).then_some(())
        })
        .await;
    }

    fn key_file(&self, kind: &str) -> PathBuf {
        self.directory().join(format!("{kind}.keys"))
    }
}

/// An authority that the suite moves to.
pub struct NewAuthority(Pem);
