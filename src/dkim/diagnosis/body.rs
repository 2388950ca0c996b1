//! What was done to a body (RFC 6376 §3.4.3–§3.4.5).

use super::BodyChange;
use crate::crypto::{DIGEST_OCTETS, Sha256};
use crate::dkim::canon_body::BodyCanon;
use crate::dkim::canon_header::Canonicalization;
use crate::dkim::signature::Signature;
use crate::message::with_crlf;
use memchr::memmem;

/// Octets of a body that is looked into.
const BODY_OCTETS: usize = 16 << 20;

/// Octets at the end of a body in which the beginning of a footer is sought.
const FOOTER_OCTETS: usize = 64 << 10;

/// Lines at the end of a body in which the beginning of a footer is sought.
const FOOTER_LINES: usize = 2000;

/// Lines that a banner has at most.
const BANNER_LINES: usize = 20;

/// Octets that are hashed in search of a banner.
const BANNER_OCTETS: usize = 16 << 20;

/// Whether the body is the one that `bh=` speaks of, and if it is not, what was done to it.
pub(super) fn examine(body: &[u8], signature: &Signature<'_>) -> (Option<bool>, Option<BodyChange>) {
    if body.len() > BODY_OCTETS {
        return (None, None);
    }
    let wanted = Wanted { hash: signature.body_hash, length: signature.length };
    let canonical = canonical(signature.body_canon, body);
    if wanted.is(&canonical) {
        return (Some(true), None);
    }
    let change = footer(&canonical, signature.body_canon, &wanted)
        .or_else(|| rewritten(body, signature.body_canon, &wanted))
        .or_else(|| banner(&canonical, &wanted));
    (Some(false), change)
}

/// The hash that is sought, of all octets or of so many.
struct Wanted {
    hash: [u8; DIGEST_OCTETS],
    length: Option<u64>,
}

impl Wanted {
    fn is(&self, canonical: &[u8]) -> bool {
        let length = self.length.and_then(|length| usize::try_from(length).ok());
        let signed = length.and_then(|length| canonical.get(..length)).unwrap_or(canonical);
        Sha256::of(signed) == self.hash
    }
}

fn canonical(canon: Canonicalization, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut machine = BodyCanon::new(canon);
    machine.feed(body, &mut |piece| out.extend_from_slice(piece));
    machine.finish(&mut |piece| out.extend_from_slice(piece));
    out
}

/// Cuts the body after each of its last lines: one pass of the hash, which is told apart at each line end.
fn footer(canonical: &[u8], canon: Canonicalization, wanted: &Wanted) -> Option<BodyChange> {
    // RFC 6376 §3.4.5: with l= a footer breaks nothing.
    if wanted.length.is_some() {
        return None;
    }
    let total = memmem::find_iter(canonical, b"\r\n").count();
    let empty: &[u8] = if canon == Canonicalization::Simple { b"\r\n" } else { b"" };
    if Sha256::of(empty) == wanted.hash {
        return Some(BodyChange::Footer { intact: 0, added: total });
    }
    let start = canonical.len().saturating_sub(FOOTER_OCTETS);
    let mut ends: Vec<usize> = memmem::rfind_iter(canonical.get(start..)?, b"\r\n")
        .map(|end| start + end + 2)
        .take(FOOTER_LINES)
        .collect();
    ends.reverse();
    let mut hash = Sha256::new();
    let mut hashed = 0;
    for (index, end) in ends.iter().enumerate() {
        hash.update(canonical.get(hashed..*end)?);
        hashed = *end;
        // RFC 6376 §3.4.3, §3.4.4: empty lines before the cut would have been taken off.
        let is_empty_line = canonical.get(..*end)?.ends_with(b"\r\n\r\n");
        if !is_empty_line && hash.clone().finish() == wanted.hash {
            let added = ends.len() - index - 1;
            return Some(BodyChange::Footer { intact: total - added, added });
        }
    }
    None
}

/// Leaves out the first lines of the body, one more each time.
fn banner(canonical: &[u8], wanted: &Wanted) -> Option<BodyChange> {
    let mut budget = BANNER_OCTETS;
    for (index, end) in memmem::find_iter(canonical, b"\r\n").enumerate().take(BANNER_LINES) {
        let rest = canonical.get(end + 2..)?;
        budget = budget.checked_sub(rest.len())?;
        if wanted.is(rest) {
            return Some(BodyChange::Banner { added: index + 1 });
        }
    }
    None
}

/// Makes of a body what it was.
type Undo = fn(&[u8]) -> Vec<u8>;

/// Undoes what programs do to all lines.
fn rewritten(body: &[u8], canon: Canonicalization, wanted: &Wanted) -> Option<BodyChange> {
    let is = |octets: &[u8]| wanted.is(&canonical(canon, octets));
    let tried: [(BodyChange, Undo); 4] = [
        (BodyChange::BareLineEnds, |body| with_crlf(body).into_owned()),
        (BodyChange::Mailbox, |body| in_lines(body, b">From ", b"From ")),
        (BodyChange::Dots, |body| in_lines(body, b"..", b".")),
        (BodyChange::Dots, |body| in_lines(body, b".", b"..")),
    ];
    tried.into_iter().find(|(_, undo)| is(&undo(body))).map(|(change, _)| change)
}

/// The body with `from` at the beginning of each line made `to`.
fn in_lines(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 16);
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_prefix(from) {
            Some(rest) => {
                out.extend_from_slice(to);
                out.extend_from_slice(rest);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
