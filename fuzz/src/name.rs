//! Domain names.

use mailproof::Name;
use mailproof::name::{LABEL_OCTETS, NAME_OCTETS};

/// A name keeps the bounds of RFC 1035 §2.3.4, reads as itself, and is within its parents.
pub fn name(octets: &[u8]) {
    if let Ok(name) = Name::parse(octets) {
        assert_sound(&name);
        assert_eq!(Name::parse(name.as_str()).as_ref(), Ok(&name));
        let upper = name.as_str().to_ascii_uppercase() + ".";
        assert_eq!(Name::parse(upper).as_ref(), Ok(&name), "in upper case, with a final dot");
    }
    if let Ok(name) = Name::parse_with_spaces(octets) {
        assert_sound(&name);
    }
}

fn assert_sound(name: &Name) {
    let text = name.as_str();
    assert!(text.is_ascii() && text.len() <= NAME_OCTETS && *text == text.to_ascii_lowercase());
    assert!(name.labels().all(|label| (1..=LABEL_OCTETS).contains(&label.len())));
    assert_eq!(name.labels().collect::<Vec<_>>().join("."), text);
    assert_eq!(name.last_labels(name.label_count()), *name);
    let mut above = name.parent();
    let mut count = name.label_count();
    while let Some(parent) = above {
        count -= 1;
        assert!(name.is_below(&parent) && !parent.is_within(name));
        assert_eq!((parent.label_count(), &name.last_labels(count)), (count, &parent));
        above = parent.parent();
    }
    assert_eq!(count, 0);
}
