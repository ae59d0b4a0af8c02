//! Which process holds a lock, so that the others of its machine know at once when it has died.
//!
//! An owner is `{random}-{machine}-{pid}-{start}`: 64 random bits, a hash of this boot and PID namespace, the process
//! and when it started. What another machine, or an older version, has written does not match, and its lease counts.

use std::sync::LazyLock;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::per_process::PerProcess;

/// This process as owners name it: `{machine}-{pid}-{start}`.
pub fn name() -> &'static str {
    static NAME: LazyLock<PerProcess<String>> = LazyLock::new(|| {
        PerProcess::new(|_| {
            let pid = std::process::id();
            format!("{}-{pid}-{}", machine(), started(pid).unwrap_or_default())
        })
    });
    NAME.get()
}

/// The owner of one acquisition.
pub fn owner(random: u64, process: &str) -> String {
    format!("{random:016x}-{process}")
}

/// The process in an owner, if it is one of the machine of `process`; `None`: nothing is known of it.
pub fn neighbour<'a>(owner: &'a str, process: &str) -> Option<&'a str> {
    let (_, theirs) = owner.split_once('-')?;
    let machine = |name: &str| name.split_once('-').map(|(machine, _)| machine.to_owned());
    let is_known = !theirs.starts_with('-') && machine(theirs) == machine(process);
    is_known.then_some(theirs)
}

/// Whether a process of this machine has ended: there is none of its number, or one that started at another time. What
/// cannot be found out counts as alive.
pub fn has_ended(neighbour: &str) -> bool {
    let mut parts = neighbour.split('-').skip(1);
    let Some(pid) = parts.next().and_then(|pid| pid.parse::<u32>().ok()).filter(|pid| *pid > 0) else {
        return false;
    };
    let is_missing = i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH));
    let start = parts.next().filter(|start| !start.is_empty());
    is_missing || matches!((start, started(pid)), (Some(then), Some(now)) if then != now)
}

/// Of this boot and this PID namespace, by which process numbers mean the same; empty where that cannot be found out.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid");
    let (Ok(boot), Ok(namespace)) = (boot, namespace) else {
        return String::new();
    };
    let text = format!("{} {}", boot.trim(), namespace.display());
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// When a process started, in clock ticks after boot: field 22 of
/// [`/proc/pid/stat`](https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). The name before it may hold anything.
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_names_its_process_to_the_same_machine_only() {
        let mine = owner(7, name());
        assert_eq!(neighbour(&mine, name()), Some(name()));
        assert_eq!(neighbour(&mine, "0123456789abcdef-1-2"), None);
        assert_eq!(neighbour("00000000000000010000000000000002", name()), None);
        assert_eq!(neighbour("0000000000000001--5-6", "-7-8"), None);
    }

    #[test]
    fn this_process_lives_and_one_that_is_no_more_or_started_at_another_time_does_not() {
        assert!(!has_ended(name()));
        let (pid, start) = (std::process::id(), started(std::process::id()).unwrap());
        assert!(has_ended(&format!("m-{pid}-{start}0")));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        assert!(has_ended(&format!("m-{gone}-1")));
    }

    #[test]
    fn what_cannot_be_read_counts_as_alive() {
        let pid = std::process::id();
        for odd in ["", "m", "m-", "m-0-1", "m-x-1", "m--5", &format!("m-{pid}"), &format!("m-{pid}-")] {
            assert!(!has_ended(odd), "{odd}");
        }
    }
}
