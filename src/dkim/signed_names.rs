//! The names of the fields that a signer signs (RFC 6376 §5.4).

use super::{InvalidSigner, SigningOptions};

/// Names of fields that may not be signed (RFC 6376 §5.4.1, RFC 8601 §5, RFC 8617 §4.1.2).
const UNSIGNABLE: [&str; 7] = [
    "ARC-Authentication-Results",
    "ARC-Message-Signature",
    "ARC-Seal",
    "Authentication-Results",
    "DKIM-Signature",
    "Received",
    "Return-Path",
];

/// The names in the order in which they are signed; From is among them, and none twice.
pub(super) struct SignedNames {
    names: Vec<SignedName>,
    /// For each length the places of the names that are so long.
    by_length: Vec<Vec<usize>>,
    /// How many of them are oversigned.
    pub(super) oversigned: usize,
}

pub(super) struct SignedName {
    pub(super) text: String,
    pub(super) is_oversigned: bool,
}

impl SignedNames {
    pub(super) fn new(options: &SigningOptions) -> Result<Self, InvalidSigner> {
        let mut names: Vec<SignedName> = Vec::new();
        let wanted = options.oversigned.iter().map(|name| (name, true));
        let wanted = wanted.chain(options.signed.iter().map(|name| (name, false)));
        for (place, (name, is_oversigned)) in wanted.enumerate() {
            judge(name, place + 1)?;
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

    pub(super) fn iter(&self) -> std::slice::Iter<'_, SignedName> {
        self.names.iter()
    }

    /// The place of this name, in any case.
    pub(super) fn place(&self, name: &[u8]) -> Option<usize> {
        let is_it = |place: &usize| {
            self.names.get(*place).is_some_and(|signed| signed.text.as_bytes().eq_ignore_ascii_case(name))
        };
        self.by_length.get(name.len())?.iter().copied().find(is_it)
    }
}

fn judge(name: &str, place: usize) -> Result<(), InvalidSigner> {
    if let Some(unsignable) = UNSIGNABLE.into_iter().find(|other| name.eq_ignore_ascii_case(other)) {
        return Err(InvalidSigner::Unsignable { name: unsignable });
    }
    // RFC 5322 §3.6.8; a semicolon would end the tag.
    let is_name = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b':' | b';');
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(InvalidSigner::FieldName { place });
    }
    Ok(())
}
