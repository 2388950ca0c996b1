//! The public suffix list's own tests, by the domain whose record the RFC 7489 discovery asks for last.

use crate::dmarc_world::World;
use mailproof::Name;
use std::path::PathBuf;

fn corpora(path: &str) -> Option<String> {
    let root =
        std::env::var_os("MAILPROOF_CORPORA").map_or_else(|| "../shared/corpora".into(), PathBuf::from);
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("{path} is not here (MAILPROOF_CORPORA): skipped");
    }
    text
}

/// `checkPublicSuffix(name, registered domain)` lines of the list's own tests.
#[test]
fn the_public_suffix_list_tests() {
    let Some(text) = corpora("dmarc/publicsuffix/test_psl.txt") else { return };
    let mut count = 0;
    for line in text.lines() {
        let Some(arguments) = line.strip_prefix("checkPublicSuffix(").and_then(|rest| rest.split(')').next())
        else {
            continue;
        };
        let mut arguments = arguments.split(',').map(|argument| argument.trim().trim_matches('\''));
        let (Some(input), Some(expected)) = (arguments.next(), arguments.next()) else { panic!("{line}") };
        let Ok(author) = Name::parse(input) else { continue };
        if input == "null" {
            continue;
        }
        let world = World::new(&[]).by_list();
        world.discover(author.as_str());
        let expected = if expected == "null" { author } else { Name::parse(expected).unwrap() };
        assert_eq!(world.asked().last().unwrap(), &format!("_dmarc.{expected}"), "{line}");
        count += 1;
    }
    println!("{count} public suffix tests");
}
