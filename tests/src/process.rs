//! Processes whose output is kept and that end with the test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::eventually;

/// A running process; it is killed when it is dropped.
pub struct Process {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a command and keeps what it prints in a file of the directory, named after the process.
    pub fn start(name: &str, command: &mut Command, directory: &Path) -> Self {
        let output = directory.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&output).expect("the log can be written");
        let errors = file.try_clone().expect("the log can be written");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
        Self { name: name.to_owned(), child: child.expect("the program can be started"), output }
    }

    /// The number by which the system knows it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// The rest of the line that it has printed with this beginning.
    pub fn find(&self, beginning: &str) -> Option<String> {
        let output = self.output();
        output.lines().find_map(|line| line.strip_prefix(beginning).map(|rest| rest.trim().to_owned()))
    }

    /// Fails if the process has ended.
    pub fn demand_running(&mut self) {
        let status = self.child.try_wait().expect("the process can be asked");
        assert!(status.is_none(), "{} ended with {status:?}", self.name);
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the process can be asked").is_none()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, signal: &str) {
        run(Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]));
    }

    /// Ends it at once, with no chance to finish anything.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end and waits until it has; tells whether it ended well.
    pub async fn terminate(&mut self) -> bool {
        self.signal("TERM");
        self.ended_well().await
    }

    /// Waits until it has ended; tells whether it ended well.
    pub async fn ended_well(&mut self) -> bool {
        let status =
            eventually("the process to end", async || self.child.try_wait().expect("it can be asked"));
        status.await.success()
    }
}

/// How much of the output of a process is told when a test fails, so that its own message can still be found.
const LAST_LINES: usize = 40;

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let output = self.output();
            let lines: Vec<_> = output.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            eprintln!("--- {} ---\n{}", self.name, last.join("\n"));
        }
    }
}

/// Runs a command to its end; fails unless it succeeds, and answers what it printed.
pub fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program can be started");
    let (text, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}\n{text}\n{errors}");
    text.into_owned()
}
