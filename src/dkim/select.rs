//! Which header fields a signature covers (RFC 6376 §5.4).
//!
//! A usual signature looks through the fields for each name. For one that lists too many names in too many fields
//! they are indexed by name, once for a message: it takes them in time linear in the length of its `h=`.

use super::parse::list;
use crate::message::{Field, Headers};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Fields that the index has room for from the beginning; a section made of countless fields has few names.
const USUAL_FIELDS: usize = 64;

/// Names times fields up to which a signature looks through the fields.
const SCANNED: usize = 1024;

/// Bits that tell which of so many fields are selected.
type Selected = [u64; SCANNED / 64];

/// The fields of a header section, for signatures to select from.
#[derive(Debug)]
pub(crate) struct Selection<'h, 'a> {
    headers: &'h Headers<'a>,
    index: OnceCell<Index<'a>>,
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
        if count.max(1).saturating_mul(self.headers.len()) <= SCANNED {
            return self.scan(names, count, own);
        }
        let index = self.index.get_or_init(|| Index::new(self.headers));
        let fields = self.headers.iter().as_slice();
        index.select(names, count, own).into_iter().filter_map(|position| fields.get(position)).collect()
    }

    fn scan(&self, names: &[u8], count: usize, own: usize) -> Vec<&'h Field<'a>> {
        let mut taken = Selected::default();
        take(&mut taken, own);
        let mut selected = Vec::with_capacity(count);
        for name in list(names) {
            let mut is_next = |(position, field): &(usize, &Field<'_>)| {
                field.name().eq_ignore_ascii_case(name) && !name.is_empty() && take(&mut taken, *position)
            };
            selected.extend(self.headers.iter().enumerate().rev().find(&mut is_next).map(|(_, field)| field));
        }
        selected
    }
}

/// Takes the field at this place, if nobody has.
fn take(taken: &mut Selected, position: usize) -> bool {
    let bit = 1 << (position % 64);
    let Some(word) = taken.get_mut(position / 64) else {
        return false;
    };
    let is_free = *word & bit == 0;
    *word |= bit;
    is_free
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
            assert_eq!(selection.scan(names, 7, own), fields);
            assert_eq!(selection.select(names, 7, own), fields);
            assert_eq!(selection.select(names, SCANNED, own), fields);
        }
    }
}
