//! What was done to a header section: each change that forwarders are known for is undone, and the signature tried.

use super::{Copied, HeaderChange, shown};
use crate::ascii::{trim_fws, trim_wsp};
use crate::dkim::canon_header::{Canonicalization, append_field};
use crate::dkim::cause::Mismatch;
use crate::dkim::parse::{list, quoted_printable};
use crate::dkim::signature::Signature;
use crate::dkim::verdict::Outcome;
use crate::dkim::{Policy, verify};
use crate::dns::{Answer, Failure, Kind, Known, Question};
use crate::eval::{Evaluation, Step};
use crate::message::{Field, Headers, Message};
use crate::tags::TagList;
use std::borrow::Cow;
use std::cell::Cell;

/// Signatures that are tried at most.
const TRIES: usize = 100;

/// Octets of a header section that is looked into.
const HEADER_OCTETS: usize = 256 << 10;

/// Fields of `z=` that are compared.
const COPIES: usize = 64;

/// Fields of which each is left out once.
const FIELDS: usize = 500;

/// Where a From that was replaced may be found.
const SOURCES: [&str; 5] =
    ["X-Original-From", "X-Google-Original-From", "Original-From", "Reply-To", "Sender"];

const ENCODINGS: [&str; 4] = ["7bit", "8bit", "quoted-printable", "base64"];

/// A change, and how it is undone.
struct Suspicion {
    change: HeaderChange,
    undo: Undo,
}

enum Undo {
    /// The field at this place was another.
    Replace(usize, Vec<u8>),
    /// The field at this place was not there.
    Remove(usize),
    /// A field that is gone.
    Restore(Vec<u8>),
    /// No field was folded.
    Unfold,
}

/// What to undo so that the signature verifies; and where fields differ from `z=`, if nothing was found.
pub(super) fn examine(
    message: &Message<'_>,
    own: &Field<'_>,
    signature: &Signature<'_>,
    policy: &Policy,
    known: &dyn Known,
) -> (Vec<HeaderChange>, Vec<Copied>) {
    let octets: usize = message.headers.iter().map(|field| field.raw().len()).sum();
    if octets > HEADER_OCTETS {
        return (Vec::new(), Vec::new());
    }
    let signs_signatures = list(signature.names).any(|name| name.eq_ignore_ascii_case(b"DKIM-Signature"));
    // RFC 6376 §5.4: which fields are signed depends on their order alone, and on none of another name.
    let fields: Vec<_> = message
        .headers
        .iter()
        .filter(|field| field.raw() != own.raw() && (signs_signatures || !field.is_named("DKIM-Signature")))
        .copied()
        .collect();
    let question = Question::new(signature.key_name.clone(), Kind::Txt);
    let key =
        known.recall(&question).filter(|answer| !matches!(answer.outcome(), crate::dns::Outcome::Failed(_)));
    let copies = differing(&fields, own);
    let differing = || copies.iter().map(|(copied, _)| copied.clone()).collect();
    let Some(key) = key else {
        return (Vec::new(), differing());
    };
    let bench = Bench { own, fields: &fields, policy, question, key, tries: Cell::new(TRIES) };
    let found = bench.all_copies(&copies).or_else(|| bench.search(signature));
    found.map_or_else(|| (Vec::new(), differing()), |changes| (changes, Vec::new()))
}

/// Where header sections are tried.
struct Bench<'a> {
    own: &'a Field<'a>,
    fields: &'a [Field<'a>],
    policy: &'a Policy,
    question: Question,
    key: Answer,
    tries: Cell<usize>,
}

impl Bench<'_> {
    /// Every field as `z=` has it.
    fn all_copies(&self, copies: &[(Copied, Undo)]) -> Option<Vec<HeaderChange>> {
        let undone: Vec<_> = copies.iter().map(|(_, undo)| undo).collect();
        let changes = copies.iter().map(|(copied, _)| HeaderChange::Copied(copied.clone())).collect();
        (!copies.is_empty() && self.verifies(&undone)).then_some(changes)
    }

    /// One change that explains it, or two of which one concerns the subject.
    fn search(&self, signature: &Signature<'_>) -> Option<Vec<HeaderChange>> {
        let subjects = self.subjects();
        let others = self.others(signature);
        let mut single = subjects.iter().chain(&others);
        if let Some(found) = single.find(|suspicion| self.verifies(&[&suspicion.undo])) {
            return Some(vec![found.change.clone()]);
        }
        for subject in &subjects {
            let both = |other: &&Suspicion| self.verifies(&[&subject.undo, &other.undo]);
            if let Some(other) = others.iter().find(both) {
                return Some(vec![subject.change.clone(), other.change.clone()]);
            }
        }
        None
    }

    /// The place and value of the field of this name that is signed first.
    fn lowest(&self, name: &str) -> Option<(usize, &Field<'_>)> {
        self.fields.iter().enumerate().rev().find(|(_, field)| field.is_named(name))
    }

    /// The subject without what lists and filters put before it.
    fn subjects(&self) -> Vec<Suspicion> {
        let Some((place, field)) = self.lowest("Subject") else {
            return Vec::new();
        };
        let value = field.value();
        let text = trim_fws(value);
        let lead = value.get(..value.len() - value.trim_ascii_start().len()).unwrap_or_default();
        tags(text)
            .into_iter()
            .map(|(tag, before, after)| {
                let rest = [before, after.trim_ascii_start()].concat();
                Suspicion {
                    change: HeaderChange::SubjectTag { tag: shown(tag) },
                    undo: Undo::Replace(place, replaced(field, &[lead, &rest].concat())),
                }
            })
            .collect()
    }

    fn others(&self, signature: &Signature<'_>) -> Vec<Suspicion> {
        let mut out = Vec::new();
        if let Some((place, from)) = self.lowest("From") {
            for source in SOURCES {
                if let Some((_, field)) = self.lowest(source) {
                    let undo = Undo::Replace(place, replaced(from, field.value()));
                    out.push(Suspicion { change: HeaderChange::From { source }, undo });
                }
            }
        }
        if let Some((place, field)) = self.lowest("Content-Transfer-Encoding") {
            for was in ENCODINGS {
                let undo = Undo::Replace(place, replaced(field, format!(" {was}").as_bytes()));
                out.push(Suspicion { change: HeaderChange::Encoding { was }, undo });
            }
        }
        if signature.header_canon == Canonicalization::Simple {
            out.push(Suspicion { change: HeaderChange::Folding, undo: Undo::Unfold });
        }
        for (place, field) in self.fields.iter().enumerate().take(FIELDS) {
            let is_signed = list(signature.names).any(|name| field.name().eq_ignore_ascii_case(name));
            // RFC 6376 §5.4: a message without From is none.
            if is_signed && !field.is_named("From") {
                let change = HeaderChange::Added { name: shown(field.name()) };
                out.push(Suspicion { change, undo: Undo::Remove(place) });
            }
        }
        out
    }

    /// Whether the signature verifies with these changes undone.
    fn verifies(&self, undone: &[&Undo]) -> bool {
        let Some(left) = self.tries.get().checked_sub(1) else {
            return false;
        };
        self.tries.set(left);
        let section = self.section(undone);
        let Ok(headers) = Headers::parse(&section) else {
            return false;
        };
        // Without a body: what its hash says is another matter. The time has been judged.
        let message = Message { headers, body: b"" };
        let policy = Policy { reject_future: false, ..self.policy.clone() };
        let Step::Done(verdicts) = verify(&message, &policy, 0).step(self) else {
            return false;
        };
        verdicts.first().is_some_and(|verdict| {
            matches!(
                verdict.outcome,
                Outcome::Pass
                    | Outcome::Policy(_)
                    | Outcome::Fail(Mismatch::BodyHash | Mismatch::BodyTooShort { .. })
            )
        })
    }

    /// The header section with these changes undone, the signature on top.
    fn section(&self, undone: &[&Undo]) -> Vec<u8> {
        let mut fields: Vec<Option<Cow<'_, [u8]>>> =
            self.fields.iter().map(|field| Some(Cow::Borrowed(field.raw()))).collect();
        for undo in undone {
            match undo {
                Undo::Replace(place, raw) => {
                    if let Some(field) = fields.get_mut(*place) {
                        *field = Some(Cow::Borrowed(raw));
                    }
                }
                Undo::Remove(place) => {
                    if let Some(field) = fields.get_mut(*place) {
                        *field = None;
                    }
                }
                Undo::Restore(raw) => fields.push(Some(Cow::Borrowed(raw))),
                Undo::Unfold => {
                    for field in fields.iter_mut().flatten() {
                        *field = Cow::Owned(unfolded(field));
                    }
                }
            }
        }
        let mut section = self.own.raw().to_vec();
        for field in fields.iter().flatten() {
            section.extend_from_slice(b"\r\n");
            section.extend_from_slice(field);
        }
        section.extend_from_slice(b"\r\n");
        section
    }
}

impl Known for Bench<'_> {
    /// The key of this signature, and nothing else.
    fn recall(&self, question: &Question) -> Option<Answer> {
        let is_key = *question == self.question;
        Some(if is_key { self.key.clone() } else { Answer::failed(Failure::Unrecorded) })
    }
}

/// Each tag at the beginning of a subject, what stands before it (a reply mark) and behind it.
fn tags(text: &[u8]) -> Vec<(&[u8], &[u8], &[u8])> {
    let mut starts = vec![0];
    // "Re: [list] text": the tag stands behind the mark.
    if let Some(colon) = text.get(..6).unwrap_or(text).iter().position(|octet| *octet == b':') {
        let after = text.get(colon + 1..).unwrap_or_default();
        starts.push(colon + 1 + (after.len() - after.trim_ascii_start().len()));
    }
    let mut found = Vec::new();
    for start in starts {
        let (before, rest) = text.split_at_checked(start).unwrap_or((text, &[]));
        let end = match rest {
            [b'[', ..] => rest.iter().position(|octet| *octet == b']').map(|end| end + 1),
            [b'(', ..] => rest.iter().position(|octet| *octet == b')').map(|end| end + 1),
            [b'*', ..] => {
                let stars = rest.iter().take_while(|octet| **octet == b'*').count();
                let tail = rest.get(stars..).unwrap_or_default();
                let close = tail.iter().position(|octet| *octet == b'*');
                close.map(|close| {
                    let closing = tail.get(close..).unwrap_or_default();
                    stars + close + closing.iter().take_while(|octet| **octet == b'*').count()
                })
            }
            _ => None,
        };
        // "EXTERNAL: text".
        let end = end.or_else(|| {
            let colon = rest.get(..32).unwrap_or(rest).iter().position(|octet| *octet == b':')?;
            Some(colon + 1)
        });
        if let Some((tag, after)) = end.and_then(|end| rest.split_at_checked(end)) {
            found.push((tag, before, after));
        }
    }
    found
}

/// The field with another value.
fn replaced(field: &Field<'_>, value: &[u8]) -> Vec<u8> {
    let name_octets = field.raw().len() - field.value().len();
    [field.raw().get(..name_octets).unwrap_or_default(), value].concat()
}

/// RFC 5322 §2.2.3: the line ends before white space removed.
fn unfolded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        out.extend_from_slice(line.strip_suffix(b"\r\n").unwrap_or(line));
    }
    out
}

/// The fields that are not what `z=` says (RFC 6376 §3.5), and what puts them right.
fn differing(fields: &[Field<'_>], own: &Field<'_>) -> Vec<(Copied, Undo)> {
    let tags = TagList::parse(own.value());
    let Some(copies) = tags.ok().and_then(|tags| tags.value("z")) else {
        return Vec::new();
    };
    let mut out: Vec<(Copied, Undo)> = Vec::new();
    let mut taken = vec![false; fields.len()];
    for copy in copies.split(|octet| *octet == b'|').take(COPIES).filter_map(quoted_printable) {
        let Some(colon) = copy.iter().position(|octet| *octet == b':') else {
            continue;
        };
        let (name, value) = copy.split_at(colon);
        let (name, value) = (trim_fws(name), trim_wsp(value.get(1..).unwrap_or_default()));
        let raw = [name, b": ", value].concat();
        let same = |field: &Field<'_>| {
            field.name().eq_ignore_ascii_case(name) && relaxed(field) == relaxed(&Field::new(&raw))
        };
        let free = |place: &usize| !taken.get(*place).copied().unwrap_or(true);
        let places: Vec<_> = (0..fields.len()).rev().filter(free).collect();
        let at = |place: &&usize| fields.get(**place);
        if let Some(place) = places.iter().find(|place| at(place).is_some_and(same)) {
            if let Some(taken) = taken.get_mut(*place) {
                *taken = true;
            }
            continue;
        }
        let is_named = |field: &Field<'_>| field.name().eq_ignore_ascii_case(name);
        let changed = places.iter().find(|place| at(place).is_some_and(is_named)).copied();
        if let Some(taken) = changed.and_then(|place| taken.get_mut(place)) {
            *taken = true;
        }
        let copied = Copied { name: shown(name), was: shown(value), is_gone: changed.is_none() };
        let undo = match changed {
            Some(place) => Undo::Replace(place, raw),
            None => Undo::Restore(raw),
        };
        out.push((copied, undo));
    }
    out
}

fn relaxed(field: &Field<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    append_field(&mut out, Canonicalization::Relaxed, field);
    out
}
