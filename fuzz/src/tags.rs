//! Tag=value lists.

use mailproof::tags::TagList;

/// Every value stands where its span says; a list written again from its tags reads the same.
pub fn tags(octets: &[u8]) {
    let Ok(list) = TagList::parse(octets) else {
        return;
    };
    let mut written = Vec::new();
    let mut names = Vec::new();
    for tag in list.iter() {
        let (start, end) = tag.span;
        let element = &octets[start..end];
        assert!(
            element.windows(tag.value.len().max(1)).any(|part| part == tag.value) || tag.value.is_empty()
        );
        assert!(!names.contains(&tag.name), "{} twice", tag.name);
        assert_eq!(list.value(tag.name), Some(tag.value));
        names.push(tag.name);
        written.extend([tag.name.as_bytes(), b"=", tag.value, b";"].concat());
    }
    let again = TagList::parse(&written).expect("what was read can be written");
    assert!(again.iter().map(|tag| (tag.name, tag.value)).eq(list.iter().map(|tag| (tag.name, tag.value))));
}
