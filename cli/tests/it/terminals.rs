//! What `spf walk`, `lint` and `audit` print on wide and narrow terminals, in ASCII, and in colour.
//!
//! `MAILPROOF_WRITE_SNAPSHOTS=1` writes the files anew: look at what changed.

use super::{command, data};

const RECORD: &str =
    "v=spf1 ipv4:192.0.2.1 inculde:_spf.esp.example ip4:192.0.2.1ip4:192.0.2.2 ip4:198.51.100.0/24 ~all mx";

/// What the command prints on a terminal of so many columns, results before complaints.
fn printed(words: &[&str], columns: Option<&str>, more: &[&str]) -> String {
    let mut command = command();
    command.args(words).args(more);
    if let Some(columns) = columns {
        command.env("COLUMNS", columns);
    }
    let output = command.output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    text(output.stdout) + &text(output.stderr)
}

fn compare(name: &str, words: &[&str]) {
    let is_writing = std::env::var_os("MAILPROOF_WRITE_SNAPSHOTS").is_some();
    for (file, columns, more) in [
        ("wide.txt", None, &[][..]),
        ("narrow.txt", Some("60"), &[]),
        ("ascii.txt", None, &["--ascii"]),
        ("colour.txt", None, &["--color=always"]),
    ] {
        let text = printed(words, columns, more);
        let path = data(name).join(file);
        if is_writing {
            std::fs::create_dir_all(data(name)).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}/{file}");
        let without_colour = printed(words, columns, &[more, &["--color=never"]].concat());
        assert!(!without_colour.contains('\u{1b}'), "{name}/{file}");
        assert!(file != "ascii.txt" || text.is_ascii(), "{name}/{file}");
    }
}

#[test]
fn a_walk_on_every_kind_of_terminal() {
    let zone = data("tree/zone.json");
    compare("walk", &["spf", "walk", "good.example", "--zone", zone.to_str().unwrap()]);
}

#[test]
fn findings_on_every_kind_of_terminal() {
    compare("lint", &["lint", RECORD]);
}

#[test]
fn an_audit_on_every_kind_of_terminal() {
    let zone = data("tree/zone.json");
    compare("audit", &["audit", "-v", "good.example", "--zone", zone.to_str().unwrap()]);
}
