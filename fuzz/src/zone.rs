//! Zones from text.

use mailproof::Name;
use mailproof::dns::{Answer, Kind, Outcome, Question, Zone};

/// A zone read from JSON answers every question about itself soundly.
pub fn json(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    if let Ok(zone) = Zone::from_json(text) {
        ask_everything(&zone, text.split('"'));
    }
}

/// A zone read from a master file answers every question about itself soundly; an error names a line of the text.
pub fn master_file(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    match Zone::from_master_file(text, Name::parse("example.com").ok()) {
        Ok(zone) => ask_everything(&zone, text.split_ascii_whitespace()),
        Err(error) => {
            assert!((1..=text.split('\n').count()).contains(&error.line), "{error}");
            assert!(!error.to_string().chars().any(char::is_control));
        }
    }
}

fn ask_everything<'a>(zone: &Zone, words: impl Iterator<Item = &'a str>) {
    for name in words.filter_map(|word| Name::parse_with_spaces(word).ok()).take(64) {
        for name in [name.clone(), name.child("below").unwrap_or(name)] {
            for kind in Kind::ALL {
                assert_sound(kind, &zone.lookup(&Question::new(name.clone(), kind)));
            }
        }
    }
}

fn assert_sound(kind: Kind, answer: &Answer) {
    match answer.outcome() {
        Outcome::Found(records) => {
            assert!(!records.is_empty(), "an empty set is not found");
            assert_eq!(records.kind(), kind);
        }
        Outcome::Failed(_) | Outcome::NoData | Outcome::NxDomain => {}
    }
    assert!(answer.aliases().len() <= 12);
    assert!(!answer.denies_name() || answer.aliases().is_empty());
}
