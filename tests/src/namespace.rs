//! Processes that see some of the machine's files otherwise than it does: each has mounts of its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use crate::run;

/// What the resolver of the system reads: names, that a name may have several addresses, and that nobody else is asked.
const RESOLVER: [(&str, &str); 3] =
    [("hosts", ""), ("host.conf", "multi on\n"), ("nsswitch.conf", "hosts: files\n")];
/// More than any table of names takes. It is written over in place, at one length: whoever reads it meanwhile finds
/// the former or the new one, never half of it.
const TABLE: usize = 2048;

/// Wraps a command so that it alone sees a disk of a size, in memory, at a directory.
pub(crate) fn on_small_disk(size: &str, directory: &Path, command: &Command) -> Command {
    let mount = r#"mount -t tmpfs -o "size=$1" none "$2"; chown --reference="$(dirname "$2")" "$2""#;
    mounted(mount, [size.as_ref(), directory], command)
}

/// Wraps a command so that it alone finds hosts by the names that `write_names` has written into a directory.
pub(crate) fn with_names_in(directory: &Path, command: &Command) -> Command {
    let mount = r#"for file in $1; do mount --bind "$2/$file" "/etc/$file"; done"#;
    let files = RESOLVER.map(|(file, _)| file).join(" ");
    mounted(mount, [files.as_ref(), directory], command)
}

/// Writes the files of the resolver into a directory.
pub(crate) fn prepare_names(directory: &Path) {
    fs::create_dir(directory).expect("the directory can be written");
    for (file, content) in RESOLVER {
        fs::write(directory.join(file), content).expect("the directory can be written");
    }
    write_names(directory, "");
}

/// Replaces the names, lines of an address and a name, for all processes that find hosts by them.
pub(crate) fn write_names(directory: &Path, names: &str) {
    assert!(names.len() < TABLE, "there are more names than were foreseen");
    let table = names.to_owned() + &"\n".repeat(TABLE - names.len());
    let file = fs::File::options().write(true).open(directory.join("hosts"));
    let written = file.and_then(|file| std::os::unix::fs::FileExt::write_all_at(&file, table.as_bytes(), 0));
    // The last names may come when the suite's directory is gone.
    drop(written);
}

/// Wraps a command so that it alone sees what a script mounts.
fn mounted(script: &str, arguments: [&Path; 2], command: &Command) -> Command {
    static ARE_POSSIBLE: LazyLock<bool> = LazyLock::new(|| {
        let mut trial = unshared();
        trial.args(["--mount", "mount", "-t", "tmpfs", "none", "/tmp"]);
        trial.output().is_ok_and(|output| output.status.success())
    });
    assert!(
        *ARE_POSSIBLE,
        "mounts of its own are refused to this user: run as root, in a container with CAP_SYS_ADMIN, \
        or allow user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)"
    );
    let mut wrapped = unshared();
    wrapped.args(["--mount", "sh", "-euc", &format!("{script}; shift 2; exec \"$@\""), "sh"]);
    wrapped.args(arguments).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        wrapped.env(name, value.unwrap_or_default());
    }
    if let Some(directory) = command.get_current_dir() {
        wrapped.current_dir(directory);
    }
    wrapped
}

/// Who may not mount does so as root of a namespace.
fn unshared() -> Command {
    let mut command = Command::new("unshare");
    if !is_root() {
        command.arg("--map-root-user");
    }
    command
}

pub(crate) fn is_root() -> bool {
    static IS_ROOT: LazyLock<bool> = LazyLock::new(|| run(Command::new("id").arg("--user")).trim() == "0");
    *IS_ROOT
}
