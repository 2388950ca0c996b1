//! `include/mailproof.h` is what cbindgen makes of the sources, with a page of conventions above.
//!
//! `MAILPROOF_WRITE_HEADER=1` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn path() -> PathBuf {
    root().join("include/mailproof.h")
}

#[test]
fn the_committed_header_is_the_one_of_these_sources() {
    let written = generate();
    if std::env::var_os("MAILPROOF_WRITE_HEADER").is_some() {
        fs::create_dir_all(root().join("include")).unwrap();
        fs::write(path(), &written).unwrap();
    }
    let committed = fs::read_to_string(path()).unwrap();
    assert!(committed == written, "include/mailproof.h is stale: run with MAILPROOF_WRITE_HEADER=1");
}

#[test]
fn every_function_says_what_it_gives_and_which_threads_may_call_it() {
    let header = fs::read_to_string(path()).unwrap();
    let functions = functions(&header);
    assert!(functions.len() > 40, "{}", functions.len());
    for (name, comment) in functions {
        assert!(comment.contains("thread"), "{name}: no thread rule");
        let is_free = name.ends_with("_free");
        assert!(is_free || comment.contains("@return"), "{name}: no @return");
        assert!(!comment.contains("Safety") && !comment.contains('`'), "{name}: words of Rust");
    }
}

/// The functions of the header, each with the comment above it.
pub(crate) fn functions(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut is_declaration = false;
    for line in header.lines() {
        if line.starts_with("//") {
            comment.push_str(line);
            comment.push('\n');
            continue;
        }
        let name = line.split('(').next().and_then(|before| before.split([' ', '*']).next_back());
        let starts = line.contains('(') && !line.starts_with([' ', '#']) && !line.starts_with("typedef");
        if starts && name.is_some_and(|name| name.starts_with("mailproof_")) {
            found.push((name.unwrap().to_owned(), std::mem::take(&mut comment)));
            is_declaration = true;
        }
        if is_declaration && line.ends_with(';') || line.is_empty() {
            is_declaration = false;
            comment.clear();
        }
    }
    found
}

fn generate() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    config.header = Some(format!("// mailproof {}\n//\n{}", env!("CARGO_PKG_VERSION"), conventions()));
    config.after_includes = Some(version_macros());
    let bindings = cbindgen::Builder::new().with_config(config).with_crate(folder).generate().unwrap();
    let mut written = Vec::new();
    bindings.write(&mut written);
    for_c(&String::from_utf8(written).unwrap())
}

/// The page of conventions, as comment lines.
fn conventions() -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("conventions.txt")).unwrap();
    let lines: Vec<_> = page.lines().map(|line| format!("// {line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

fn version_macros() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let parts: Vec<u32> = version.split(['.', '-']).take(3).map(|part| part.parse().unwrap()).collect();
    let number = parts[0] << 16 | parts[1] << 8 | parts[2];
    format!(
        "\n// The version of this header; mailproof_version tells that of the library.\n\
         #define MAILPROOF_VERSION \"{version}\"\n\
         #define MAILPROOF_VERSION_MAJOR {}\n#define MAILPROOF_VERSION_MINOR {}\n#define MAILPROOF_VERSION_PATCH {}\n\
         // The same as one number: major << 16 | minor << 8 | patch.\n\
         #define MAILPROOF_VERSION_NUMBER {number}\n\
         // The binary interface this header is for; mailproof_abi tells that of the library.\n\
         #define MAILPROOF_ABI {}",
        parts[0],
        parts[1],
        parts[2],
        mailproof_ffi::ABI
    )
}

/// What cbindgen writes, without what speaks to readers of Rust, and with the status words without `STATUS`.
fn for_c(header: &str) -> String {
    let mut lines = Vec::new();
    let mut in_safety = false;
    for line in header.lines() {
        in_safety = line.starts_with("//") && (in_safety || line.contains("# Safety"));
        if in_safety {
            // The empty comment line above it goes too.
            if lines.last() == Some(&"//") {
                lines.pop();
            }
            continue;
        }
        lines.push(line);
    }
    let text = lines.join("\n").replace("MAILPROOF_STATUS_", "MAILPROOF_").replace('`', "");
    text + "\n"
}
