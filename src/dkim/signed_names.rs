//! Which header fields of a message are signed (RFC 6376 §5.4).

use super::fold::FoldedTags;
use super::{InvalidSigner, SignError};
use crate::message::Headers;

/// Names in `h=` at most: as many as [`Policy::max_header_names`](super::Policy) of a verifier lets pass.
const HEADER_NAMES: usize = 1024;

/// The names to sign: From in any case, no name twice.
#[derive(Clone, Debug)]
pub(crate) struct SignedNames(Vec<SignedName>);

#[derive(Clone, Debug)]
struct SignedName {
    name: String,
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
            judge_field_name(name, place + 1, unsignable)?;
            if !names.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                names.push(SignedName { name: name.clone(), is_oversigned });
            }
        }
        // RFC 6376 §5.4: "The From header field MUST be signed".
        if !names.iter().any(|name| name.name.eq_ignore_ascii_case("From")) {
            names.insert(0, SignedName { name: "From".into(), is_oversigned: false });
        }
        Ok(Self(names))
    }

    /// Writes `h=`: each name as often as there are fields of it, and once more where none may be added (RFC 6376
    /// §5.4.2). Gives where the names begin and how many they are.
    pub(crate) fn write(
        &self,
        tail: &mut FoldedTags,
        headers: &Headers<'_>,
    ) -> Result<(usize, usize), SignError> {
        let mut counts: Vec<usize> = self.0.iter().map(|name| usize::from(name.is_oversigned)).collect();
        for field in headers.iter() {
            let name = field.name();
            let place = self.0.iter().position(|signed| signed.name.as_bytes().eq_ignore_ascii_case(name));
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        }
        let total = counts.iter().sum();
        if total > HEADER_NAMES {
            return Err(SignError::TooManyFields { limit: HEADER_NAMES });
        }
        let names = self.0.iter().zip(counts);
        let names = names.flat_map(|(name, count)| std::iter::repeat_n(name.name.as_str(), count));
        Ok((tail.list("h", ":", names), total))
    }
}

fn judge_field_name(name: &str, place: usize, unsignable: &[&'static str]) -> Result<(), InvalidSigner> {
    if let Some(unsignable) = unsignable.iter().find(|other| name.eq_ignore_ascii_case(other)) {
        return Err(InvalidSigner::Unsignable { name: unsignable });
    }
    // RFC 5322 §3.6.8; a semicolon would end the tag.
    let is_name = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b':' | b';');
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(InvalidSigner::FieldName { place });
    }
    Ok(())
}
