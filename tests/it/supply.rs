//! What this is made of: no `unsafe` outside the C library, dependencies from crates.io only, under licences that permit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn files(folder: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let file = entry.file_name().into_string().unwrap();
        if path.is_dir() {
            if !file.starts_with('.') && file != "target" {
                files(&path, name, found);
            }
        } else if file.ends_with(name) {
            found.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn nothing_is_unsafe_outside_the_c_library() {
    let mut sources = Vec::new();
    for folder in ["src", "cli/src", "lint/src", "milter/src", "benches"] {
        files(&root().join(folder), ".rs", &mut sources);
    }
    assert!(sources.len() > 100);
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
        assert!(!is_root || text.contains("#![forbid(unsafe_code)]"), "{}", path.display());
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for word in ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"] {
            assert!(code.clone().all(|line| !line.contains(word)), "{}", path.display());
        }
    }
}

#[test]
fn all_dependencies_come_from_one_registry() {
    let mut locks = Vec::new();
    files(root(), "Cargo.lock", &mut locks);
    assert!(locks.len() > 2);
    for lock in locks {
        let text = fs::read_to_string(&lock).unwrap();
        let mut sources = text.lines().filter_map(|line| line.strip_prefix("source = "));
        let registry = "\"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(sources.all(|source| source == registry), "{}", lock.display());
    }
}

/// The licences of `deny.toml`: any of them permits what MIT and Apache-2.0 permit, or asks for no more than a notice.
fn permitted() -> Vec<String> {
    let settings = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = settings.split_once("\nallow = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// An expression of SPDX holds when one of its alternatives does.
fn is_permitted(expression: &str, permitted: &[String]) -> bool {
    let bare = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // All parts of a conjunction must hold; each of them by any of its alternatives.
    bare.split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| permitted.iter().any(|known| known == licence.trim())))
}

#[test]
fn all_licences_are_permitted() {
    let permitted = permitted();
    let holds = |expression: &str| is_permitted(expression, &permitted);
    assert!(holds("MIT OR GPL-3.0") && holds("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!holds("GPL-3.0") && !holds("MIT AND GPL-3.0") && !holds("MPL-2.0"));
    assert!(!permitted.iter().any(|licence| licence.contains("GPL")));
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--offline",
            "--all-features",
            "--format-version=1",
            "--filter-platform=x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        // It writes the C header for a test of ffi, and is part of nothing.
        if package["name"] == "cbindgen" {
            continue;
        }
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(holds(licence), "{}: {licence}", package["name"]);
    }
}

#[test]
#[should_panic(expected = "overflow")]
fn overflows_are_found_in_tests() {
    let largest = std::hint::black_box(u8::MAX);
    let _ = std::hint::black_box(largest + 1);
}
