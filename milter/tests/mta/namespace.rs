//! A network of its own, with the loopback alone, and mounts that nobody else sees.

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::panic::resume_unwind;
use std::path::Path;
use std::process::Command;

/// What every test here needs.
const PROGRAMS: [&str; 4] = ["ip", "knotd", "postfix", "unbound"];

/// Runs a test in namespaces of its own, if that can be and these programs are there, too.
pub(crate) fn within(programs: &[&str], test: impl FnOnce() + Send) {
    if let Some(missing) = PROGRAMS.iter().chain(programs).find(|program| !is_installed(program)) {
        return skip(&format!("{missing} is not installed"));
    }
    if !nix::unistd::geteuid().is_root() {
        return skip("only root may make namespaces and start Postfix");
    }
    std::thread::scope(|scope| {
        // Namespaces are a matter of the thread, and of the threads and processes it starts.
        let thread = scope.spawn(|| match enter() {
            Ok(()) => test(),
            Err(error) => skip(&format!("no namespaces: {error}")),
        });
        if let Err(panic) = thread.join() {
            resume_unwind(panic);
        }
    });
}

fn enter() -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)?;
    let nothing = None::<&str>;
    mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing)?;
    let status = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    assert!(status.is_ok_and(|status| status.success()));
    Ok(())
}

/// Has a file stand in the place of another.
pub(crate) fn bind(file: &Path, over: &str) {
    let nothing = None::<&str>;
    mount(Some(file), over, nothing, MsFlags::MS_BIND, nothing).unwrap();
}

fn is_installed(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("PATH=$PATH:/usr/sbin:/sbin; command -v {program}")])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn skip(why: &str) {
    assert!(std::env::var_os("MAILPROOF_REQUIRE_REAL").is_none(), "{why}");
    println!("skipped: {why}");
}
