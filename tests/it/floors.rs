//! The plan of the house: who may use whom, and how big a room may be (ARCHITECTURE.md).

use std::fs;
use std::path::{Path, PathBuf};

/// Each floor, bottom up, its rooms from left to right: a room uses lower floors, and what is left of it on its own.
const FLOORS: [&[&str]; 6] = [
    &["few", "ascii", "cursor", "cidr", "name"],
    &["dns", "eval", "trace", "tags", "message", "authres", "crypto"],
    &["spf", "dkim", "dmarc", "iprev"],
    &["arc"],
    &["report", "reply", "inspection", "session", "authenticator", "edits"],
    &["resolver"],
];

/// The rooms of the protocols' floor see none of each other, left or right.
const PROTOCOLS: usize = 2;

/// Lines of a source file at most.
const LINES: usize = 500;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn place(room: &str) -> Option<(usize, usize)> {
    FLOORS.iter().enumerate().find_map(|(floor, rooms)| {
        rooms.iter().position(|candidate| *candidate == room).map(|place| (floor, place))
    })
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms a source names, in `use crate::room`, `crate::room::item` and `use crate::{room, …}`.
fn used_rooms(source: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
    };
    let mut rooms = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let rest = &source[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                rooms.extend(list[..list.find(';').unwrap()].split(',').map(|item| word(item.trim())))
            }
            None => rooms.push(word(rest)),
        }
    }
    rooms
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_room_uses_lower_floors_only() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let room = room(&path);
        if room == "lib" {
            continue;
        }
        let (floor, at) = place(&room).unwrap_or_else(|| panic!("{room} stands on no floor"));
        for used in used_rooms(&fs::read_to_string(&path).unwrap()) {
            // Items that lib.rs lends their short name, such as crate::Name, are named by their room instead.
            let Some((used_floor, used_at)) = place(&used) else {
                wrong.push(format!("{}: crate::{used} is no room", path.display()));
                continue;
            };
            let is_left = used_floor == floor && used_at < at && floor != PROTOCOLS;
            if used != room && used_floor >= floor && !is_left {
                wrong.push(format!("{}: {room} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_below_the_doors_reads_no_clock_file_or_socket() {
    let forbidden = [
        "std::fs",
        "std::net::Udp",
        "std::net::Tcp",
        "Instant::now",
        "SystemTime",
        "std::thread",
        "tokio",
        "rand",
    ];
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        if room(&path) == "resolver" {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        // ring's RSA signature has a parameter for randomness, of which PKCS#1 v1.5 takes none.
        let has_permission = |word: &str| word == "rand" && path.ends_with("crypto/backend.rs");
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let names = |word: &&str| {
                line.match_indices(*word).any(|(at, _)| {
                    !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
                        && !line[at + word.len()..]
                            .starts_with(|after: char| after.is_alphanumeric() || after == '_')
                })
            };
            if let Some(word) = forbidden.iter().find(|word| names(word) && !has_permission(word)) {
                wrong.push(format!("{}: {word}: {line}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_code_lives_in_the_c_library_only() {
    for folder in ["src", "cli", "milter"] {
        for path in sources(&root().join(folder)) {
            let source = fs::read_to_string(&path).unwrap();
            assert!(!source.contains("unsafe {") && !source.contains("unsafe fn"), "{}", path.display());
        }
    }
    assert!(fs::read_to_string(root().join("src/lib.rs")).unwrap().contains("#![forbid(unsafe_code)]"));
}

#[test]
fn no_source_file_is_longer_than_a_reader_can_hold() {
    let mut long = Vec::new();
    for folder in ["src", "cli", "ffi", "milter", "tests", "benches", "fuzz"] {
        let folder = root().join(folder);
        for path in if folder.exists() { sources(&folder) } else { Vec::new() } {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > LINES {
                long.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}
