//! What the installed library exports, and that it can be installed and linked with.

use crate::toolchain::{archive, c, folder, has, root, succeed};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The library, installed below a folder of its own by `ffi/install`.
fn installed() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = folder("installed");
        let mut install = Command::new(root().join("ffi/install"));
        succeed(install.arg("--prefix").arg(&prefix).arg("--archive").arg(archive()));
        prefix
    })
}

#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    if !has("cc") || !has("nm") {
        return;
    }
    let header = fs::read_to_string(installed().join("include/mailproof.h")).unwrap();
    let declared: BTreeSet<_> = crate::header::functions(&header)
        .into_iter()
        .map(|(name, _)| format!("{name}@@MAILPROOF_0"))
        .collect();
    let library = installed().join("lib/libmailproof.so");
    let listing =
        succeed(Command::new("nm").args(["-D", "--defined-only", "--with-symbol-versions"]).arg(&library));
    let listing = String::from_utf8(listing.stdout).unwrap();
    let exported: BTreeSet<_> = listing
        .lines()
        .filter_map(|line| line.rsplit(' ').next())
        .filter(|name| *name != "MAILPROOF_0")
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, declared);
    assert!(listing.lines().all(|line| line.contains(" T ") || line.contains(" A ")), "data is exported");

    let dynamic = succeed(Command::new("readelf").arg("-d").arg(&library));
    let dynamic = String::from_utf8(dynamic.stdout).unwrap();
    assert!(dynamic.contains(&format!("soname: [libmailproof.so.{}]", mailproof_ffi::ABI)), "{dynamic}");
}

#[test]
fn a_program_is_built_with_pkg_config() {
    if !has("cc") || !has("pkg-config") {
        return;
    }
    let lib = installed().join("lib");
    let flags = |extra: &[&str]| -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", lib.join("pkgconfig")).args(extra).args([
            "--cflags",
            "--libs",
            "mailproof",
        ]);
        let output = String::from_utf8(succeed(&mut command).stdout).unwrap();
        output.split_whitespace().map(str::to_owned).collect()
    };
    let program = folder("pkg-config").join("shared");
    let build = |arguments: &[String]| {
        let mut cc = Command::new("cc");
        succeed(cc.arg("-D_GNU_SOURCE").arg(c("modes.c")).arg("-o").arg(&program).args(arguments));
    };
    build(&flags(&[]));
    succeed(Command::new(&program).env("LD_LIBRARY_PATH", &lib));

    let version = Command::new("pkg-config")
        .env("PKG_CONFIG_PATH", lib.join("pkgconfig"))
        .args(["--modversion", "mailproof"])
        .output();
    assert_eq!(String::from_utf8(version.unwrap().stdout).unwrap().trim(), env!("CARGO_PKG_VERSION"));

    // The same without the shared library.
    let shared = lib.join("libmailproof.so");
    let mut alone: Vec<String> = flags(&["--static"]);
    let at = alone.iter().position(|flag| flag == "-lmailproof").unwrap();
    alone[at] = lib.join("libmailproof.a").display().to_string();
    assert!(shared.exists());
    build(&alone);
    succeed(Command::new(&program).env_remove("LD_LIBRARY_PATH"));
}

#[test]
fn nothing_is_written_outside_of_destdir() {
    if !has("cc") {
        return;
    }
    let destdir = folder("destdir");
    let mut install = Command::new(root().join("ffi/install"));
    succeed(
        install
            .args(["--prefix", "/usr", "--libdir", "/usr/lib/x"])
            .arg("--destdir")
            .arg(&destdir)
            .arg("--archive")
            .arg(archive()),
    );
    let pc = fs::read_to_string(destdir.join("usr/lib/x/pkgconfig/mailproof.pc")).unwrap();
    assert!(pc.contains("prefix=/usr\n") && pc.contains("libdir=/usr/lib/x\n") && !pc.contains('@'), "{pc}");
    assert!(destdir.join("usr/include/mailproof.h").exists());
}
