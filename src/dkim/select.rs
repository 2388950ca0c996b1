//! Which header fields a signature covers (RFC 6376 §5.4).
//!
//! The fields are indexed by name once for a message; each signature then takes them bottom-up, in time linear in
//! the length of its `h=`.

use super::parse::list;
use crate::message::{Field, Headers};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Fields that the index has room for from the beginning; a section made of countless fields has few names.
const USUAL_FIELDS: usize = 64;

/// The fields of a header section by name.
#[derive(Debug)]
pub(super) struct Index<'h, 'a> {
    headers: &'h Headers<'a>,
    /// The lowest field of each name.
    lowest: HashMap<FieldName<'a>, usize>,
    /// For each field the next one above it of the same name.
    above: Vec<Option<usize>>,
}

impl<'h, 'a> Index<'h, 'a> {
    pub(super) fn new(headers: &'h Headers<'a>) -> Self {
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
        Self { headers, lowest, above }
    }

    /// The fields that `names`, the value of `h=`, select, in the order of the names; names that select nothing are
    /// left out.
    ///
    /// RFC 6376 §5.4.2: of several fields of one name each listing takes the next from the bottom. §5.4: what is
    /// listed and not there is the null string. §3.5: a signature field never covers itself, which is `own`.
    pub(super) fn select(&self, names: &'a [u8], count: usize, own: usize) -> Vec<&'h Field<'a>> {
        let mut next: HashMap<FieldName<'a>, Option<usize>> = HashMap::with_capacity(count);
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
            selected.extend(self.headers.iter().as_slice().get(position));
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
