//! Which header fields a signature covers (RFC 6376 §5.4).
//!
//! A usual signature goes through the fields once, from the bottom up, with its names at hand by how they look. For one
//! with too many names, or with names made to look the same, the fields are indexed by name, once for a message: either way
//! takes time linear in the fields and in the length of `h=`.

use super::parse::list;
use crate::message::{Field, Headers};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Fields that the index has room for from the beginning; a section made of countless fields has few names.
const USUAL_FIELDS: usize = 64;

/// Names that most signatures list at most.
const FEW: usize = 32;

/// Names that a usual signature lists at most.
const LISTED: usize = 64;

/// Looks that are told apart.
const LOOKS: usize = 256;

/// Different names of one look at most.
const ALIKE: usize = 8;

/// No place in a [`Listing`].
const NOWHERE: u8 = u8::MAX;

/// The fields of a header section, for signatures to select from.
#[derive(Debug)]
pub(crate) struct Selection<'h, 'a> {
    headers: &'h Headers<'a>,
    index: OnceCell<Index<'a>>,
}

/// The names of one signature, at most so many.
struct Listing<'n, const PLACES: usize> {
    /// The first of the names of each look.
    looks: [u8; LOOKS],
    names: [Listed<'n>; PLACES],
}

/// One place in `h=`.
#[derive(Clone, Copy)]
struct Listed<'n> {
    name: &'n [u8],
    /// Another name that looks the same.
    alike: u8,
    /// The next place of the same name.
    again: u8,
    /// Of the first place of a name: where the next field goes.
    open: u8,
    /// Of the first place of a name: its last place.
    last: u8,
}

/// The places of the fields by name.
#[derive(Debug)]
struct Index<'a> {
    /// The lowest field of each name.
    lowest: HashMap<FieldName<'a>, usize>,
    /// For each field the next one above it of the same name.
    above: Vec<Option<usize>>,
}

impl<'h, 'a> Selection<'h, 'a> {
    pub(crate) const fn new(headers: &'h Headers<'a>) -> Self {
        Self { headers, index: OnceCell::new() }
    }

    /// The fields that `names`, the value of `h=`, select, in the order of the names; names that select nothing are
    /// left out.
    ///
    /// RFC 6376 §5.4.2: of several fields of one name each listing takes the next from the bottom. §5.4: what is
    /// listed and not there is the null string. §3.5: a signature field never covers itself, which is `own`.
    pub(crate) fn select(&self, names: &[u8], count: usize, own: usize) -> Vec<&'h Field<'a>> {
        let selected = if count <= FEW {
            Listing::<FEW>::new(names).map(|mut listing| listing.select(self.headers, count, own))
        } else {
            Listing::<LISTED>::new(names).map(|mut listing| listing.select(self.headers, count, own))
        };
        if let Some(selected) = selected {
            return selected;
        }
        let index = self.index.get_or_init(|| Index::new(self.headers));
        let fields = self.headers.iter().as_slice();
        index.select(names, count, own).into_iter().filter_map(|position| fields.get(position)).collect()
    }
}

impl<'n, const PLACES: usize> Listing<'n, PLACES> {
    /// `None`, if there are too many names, or too many that look the same.
    fn new(names: &'n [u8]) -> Option<Self> {
        let nothing = Listed { name: &[], alike: NOWHERE, again: NOWHERE, open: NOWHERE, last: NOWHERE };
        let mut listing = Self { looks: [NOWHERE; LOOKS], names: [nothing; PLACES] };
        for (place, name) in (0..).zip(list(names)) {
            listing.add(place, name)?;
        }
        Some(listing)
    }

    fn add(&mut self, place: u8, name: &'n [u8]) -> Option<()> {
        let (alike, known) = self.find(name);
        if let Some(known) = known {
            let first = self.names.get_mut(usize::from(known))?;
            let last = std::mem::replace(&mut first.last, place);
            self.names.get_mut(usize::from(last))?.again = place;
        } else if alike >= ALIKE {
            return None;
        }
        let first = self.looks.get_mut(look(name))?;
        let alike = if known.is_some() { NOWHERE } else { std::mem::replace(first, place) };
        *self.names.get_mut(usize::from(place))? =
            Listed { name, alike, again: NOWHERE, open: place, last: place };
        Some(())
    }

    /// How many other names look like this one, and the first place of the name itself.
    fn find(&self, name: &[u8]) -> (usize, Option<u8>) {
        let mut place = self.looks.get(look(name)).copied().unwrap_or(NOWHERE);
        let mut alike = 0;
        while let Some(listed) = self.names.get(usize::from(place)) {
            // Most are written the same, which is seen at once.
            if listed.name == name || listed.name.eq_ignore_ascii_case(name) {
                return (alike, Some(place));
            }
            alike += 1;
            place = listed.alike;
        }
        (alike, None)
    }

    fn select<'h, 'a>(&mut self, headers: &'h Headers<'a>, count: usize, own: usize) -> Vec<&'h Field<'a>> {
        let mut selected = [None; PLACES];
        for (position, field) in headers.iter().enumerate().rev() {
            if let Some(place) = self.take(field.name(), position == own)
                && let Some(selected) = selected.get_mut(usize::from(place))
            {
                *selected = Some(field);
            }
        }
        let mut fields = Vec::with_capacity(count);
        fields.extend(selected.into_iter().flatten());
        fields
    }

    /// The place that a field of this name gets, if there is one left.
    fn take(&mut self, name: &[u8], is_own: bool) -> Option<u8> {
        let (_, known) = self.find(name);
        // A line without a colon is no field and is never selected.
        if is_own || name.is_empty() {
            return None;
        }
        let first = usize::from(known?);
        let place = self.names.get(first)?.open;
        self.names.get_mut(first)?.open = self.names.get(usize::from(place))?.again;
        Some(place)
    }
}

/// What a name looks like in any case, at a glance: less than [`LOOKS`].
fn look(name: &[u8]) -> usize {
    let [first, last] =
        [name.first(), name.last()].map(|octet| usize::from(octet.map_or(0, |octet| octet | 0x20)));
    (name.len() * 37 + first * 5 + last * 11) % LOOKS
}

impl<'a> Index<'a> {
    fn new(headers: &Headers<'a>) -> Self {
        let mut lowest = HashMap::with_capacity(headers.len().min(USUAL_FIELDS));
        let above = headers
            .iter()
            .enumerate()
            .map(|(position, field)| match field.name() {
                // A line without a colon is no field and is never selected.
                [] => None,
                name => lowest.insert(FieldName(name), position),
            })
            .collect();
        Self { lowest, above }
    }

    /// The places of the fields to select.
    fn select(&self, names: &[u8], count: usize, own: usize) -> Vec<usize> {
        let mut next: HashMap<FieldName<'_>, Option<usize>> = HashMap::with_capacity(count);
        let mut selected = Vec::with_capacity(count);
        for name in list(names).map(FieldName) {
            let cursor = next.entry(name).or_insert_with_key(|name| self.lowest.get(name).copied());
            if *cursor == Some(own) {
                *cursor = self.above(own);
            }
            let Some(position) = *cursor else {
                continue;
            };
            *cursor = self.above(position);
            selected.push(position);
        }
        selected
    }

    fn above(&self, position: usize) -> Option<usize> {
        self.above.get(position).copied().flatten()
    }
}

/// A field name, compared without regard to ASCII case.
#[derive(Clone, Copy, Debug)]
struct FieldName<'a>(&'a [u8]);

impl PartialEq for FieldName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for FieldName<'_> {}

impl Hash for FieldName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for part in self.0.chunks(16) {
            let mut lower = [0; 16];
            for (lower, octet) in lower.iter_mut().zip(part) {
                *lower = octet.to_ascii_lowercase();
            }
            state.write(&lower);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_the_same_with_and_without_the_index() {
        let section = b"A: 1\r\nb: 2\r\na : 3\r\nC: 4\r\nno field\r\nB: 5\r\nA: 6\r\n";
        let headers = Headers::parse(section).unwrap();
        let selection = Selection::new(&headers);
        let index = Index::new(&headers);
        for (names, own, expected) in [
            (&b"a:a:a:a"[..], 9, &[6, 2, 0][..]),
            (b"a : B:c:b: A:d:b", 9, &[6, 5, 3, 1, 2]),
            (b"a:b:a:a", 2, &[6, 5, 0]),
            (b"a:a:b", 6, &[2, 0, 5]),
            (b"c:c:no field", 3, &[]),
        ] {
            assert_eq!(index.select(names, 7, own), expected);
            let fields: Vec<_> = expected.iter().map(|place| headers.iter().nth(*place).unwrap()).collect();
            assert_eq!(selection.select(names, 7, own), fields);
        }
    }

    #[test]
    fn names_that_look_the_same_are_indexed() {
        let names =
            |count: usize| (0..count).map(|number| format!("x{number:02}x")).collect::<Vec<_>>().join(":");
        assert!(Listing::<LISTED>::new(names(ALIKE).as_bytes()).is_some());
        assert!(Listing::<LISTED>::new(names(ALIKE + 1).as_bytes()).is_none());
        let section = b"x08x: 1\r\nX03X: 2\r\nx08x: 3\r\n";
        let headers = Headers::parse(section).unwrap();
        let fields: Vec<_> = [1, 2].map(|place| headers.iter().nth(place).unwrap()).into();
        assert_eq!(Selection::new(&headers).select(names(12).as_bytes(), 12, 9), fields);
        let many = "a:".repeat(LISTED + 1) + "x03x";
        assert!(Listing::<LISTED>::new(many.as_bytes()).is_none());
        assert_eq!(Selection::new(&headers).select(many.as_bytes(), LISTED + 2, 9), fields[..1]);
    }
}
