//! The names of the fields that a signer signs (RFC 6376 §5.4).

use super::fold::FoldedTags;
use super::{InvalidSigner, SignError};
use crate::message::{Field, Headers};
use std::iter::repeat_n;

/// Names in `h=` at most: as many as [`Policy::max_header_names`](super::Policy) of a verifier lets pass.
const HEADER_NAMES: usize = 1024;

/// Octets of a name at most: in a line of 998 (RFC 5322 §2.1.1) there is room for a space, `h=` and a colon beside it.
const NAME_OCTETS: usize = 994;

/// The names in the order in which they are signed; From is among them, and none twice.
pub(crate) struct SignedNames {
    names: Vec<SignedName>,
    /// For each length the places of the names that are so long.
    by_length: Vec<Vec<usize>>,
    /// How many of them are oversigned.
    oversigned: usize,
}

struct SignedName {
    text: String,
    is_oversigned: bool,
}

impl SignedNames {
    pub(crate) fn new(
        oversigned: &[String],
        signed: &[String],
        unsignable: &[&'static str],
    ) -> Result<Self, InvalidSigner> {
        let mut names: Vec<SignedName> = Vec::new();
        let wanted = oversigned.iter().map(|name| (name, true));
        let wanted = wanted.chain(signed.iter().map(|name| (name, false)));
        for (place, (name, is_oversigned)) in wanted.enumerate() {
            judge(name, place + 1, unsignable)?;
            if !names.iter().any(|other| other.text.eq_ignore_ascii_case(name)) {
                names.push(SignedName { text: name.clone(), is_oversigned });
            }
        }
        // RFC 6376 §5.4: "The From header field MUST be signed".
        if !names.iter().any(|name| name.text.eq_ignore_ascii_case("From")) {
            names.insert(0, SignedName { text: "From".into(), is_oversigned: false });
        }
        let longest = names.iter().map(|name| name.text.len()).max().unwrap_or(0);
        let mut by_length = vec![Vec::new(); longest + 1];
        for (place, name) in names.iter().enumerate() {
            if let Some(places) = by_length.get_mut(name.text.len()) {
                places.push(place);
            }
        }
        let oversigned = names.iter().filter(|name| name.is_oversigned).count();
        Ok(Self { names, by_length, oversigned })
    }

    /// The fields to sign with the places of their names, in the order of the names; of one name from the bottom up
    /// (RFC 6376 §5.4.2).
    pub(crate) fn select<'h, 'a>(
        &self,
        headers: &'h Headers<'a>,
    ) -> Result<Vec<(usize, &'h Field<'a>)>, SignError> {
        let mut fields = Vec::with_capacity(headers.len().min(HEADER_NAMES));
        for field in headers.iter().rev() {
            if let Some(place) = self.place(field.name()) {
                fields.push((place, field));
            }
        }
        if fields.len() + self.oversigned > HEADER_NAMES {
            return Err(SignError::TooManyFields { limit: HEADER_NAMES });
        }
        fields.sort_by_key(|(place, _)| *place);
        Ok(fields)
    }

    /// `h=`: each name as often as there are fields of it, and once more where none may be added.
    pub(crate) fn write(&self, tail: &mut FoldedTags, fields: &[(usize, &Field<'_>)]) {
        let mut rest = fields;
        let names = self.names.iter().enumerate().flat_map(|(place, name)| {
            let count = rest.iter().take_while(|(other, _)| *other == place).count();
            rest = rest.get(count..).unwrap_or_default();
            repeat_n(name.text.as_str(), count + usize::from(name.is_oversigned))
        });
        tail.list("h", ":", names);
    }

    /// The place of this name, in any case.
    fn place(&self, name: &[u8]) -> Option<usize> {
        let is_it = |place: &usize| {
            self.names.get(*place).is_some_and(|signed| {
                // Most are written as here, which is seen at once.
                let text = signed.text.as_bytes();
                text == name || text.eq_ignore_ascii_case(name)
            })
        };
        self.by_length.get(name.len())?.iter().copied().find(is_it)
    }
}

fn judge(name: &str, place: usize, unsignable: &[&'static str]) -> Result<(), InvalidSigner> {
    if let Some(unsignable) = unsignable.iter().find(|other| name.eq_ignore_ascii_case(other)) {
        return Err(InvalidSigner::Unsignable { name: unsignable });
    }
    // RFC 5322 §3.6.8; a semicolon would end the tag.
    let is_name = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b':' | b';');
    if !(1..=NAME_OCTETS).contains(&name.len()) || !name.bytes().all(is_name) {
        return Err(InvalidSigner::FieldName { place });
    }
    Ok(())
}
