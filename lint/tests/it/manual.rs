//! `docs/manual/lint.md` is the catalogue; `MAILPROOF_WRITE_MANUAL=1` writes it anew.

use mailproof_lint::catalogue::{all, find, page};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

#[test]
fn the_page_of_ids_is_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/manual/lint.md");
    if std::env::var_os("MAILPROOF_WRITE_MANUAL").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, page()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == page(), "docs/manual/lint.md is stale: run with MAILPROOF_WRITE_MANUAL=1");
}

#[test]
fn every_check_can_be_explained() {
    let mut ids = HashSet::new();
    for check in all() {
        assert_eq!(find(&check.to_string()), Some(check));
        assert!(ids.insert(check.to_string()), "{check} is there twice");
        for text in [check.title, check.effect, check.fix] {
            assert!(text.len() > 3 && !text.ends_with('.'), "{check}: {text}");
        }
        assert!(check.source.contains("RFC "), "{check}");
    }
    assert_eq!(ids.len(), 143);
    assert_eq!(find("spf-1").unwrap().to_string(), "SPF-001");
    assert_eq!(find("SPF-053"), None);
    assert_eq!(find("nothing"), None);
}
