//! The body hashes of one message: one pass over the body and one running hash for each canonicalization. What a length
//! asks for is what the hash has come to there.

use super::canon_body::BodyCanon;
use super::canon_header::Canonicalization;
use crate::crypto::{DIGEST_OCTETS, Sha256};

/// Octets of small pieces gathered before they are hashed: many blocks of SHA-256.
const GATHERED: usize = 1 << 10;

/// Octets of a piece that is hashed where it stands.
const LARGE: usize = 512;

/// Octets that SHA-256 takes at a time.
pub(super) const HASH_BLOCK: usize = 64;

/// Octets of a body that several go through one after the other while they are in the nearest cache.
pub(crate) const SLICE: usize = 16 << 10;

/// How many canonicalizations there are.
const CANONICALIZATIONS: usize = 2;

/// The hashes under way.
#[derive(Debug)]
pub(crate) struct BodyHashes {
    passes: [Option<Pass>; CANONICALIZATIONS],
    limit: usize,
}

/// Which hash a signature wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pass: usize,
    part: usize,
}

#[derive(Debug)]
struct Pass {
    machine: BodyCanon,
    sink: Sink,
}

/// The hash of one canonical body, and what stands before it: canonicalization hands on words, and a hash is faster with
/// more than that at a time.
#[derive(Debug)]
struct Sink {
    running: Running,
    /// Octets that wait to be hashed.
    gathered: Vec<u8>,
}

/// The hash over the canonical body as far as it came, and over its beginnings.
#[derive(Debug)]
struct Running {
    hash: Sha256,
    /// Octets of the canonical body so far.
    octets: u64,
    parts: Vec<Part>,
}

/// The first octets of a canonical body, or all of them.
#[derive(Clone, Debug)]
struct Part {
    length: Option<u64>,
    is_wanted: bool,
    /// The hash over them, once they ended.
    hash: Option<[u8; DIGEST_OCTETS]>,
}

/// What came of a [`Ticket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodySum {
    pub(crate) hash: [u8; DIGEST_OCTETS],
    /// Octets hashed.
    pub(crate) signed: u64,
    /// Octets behind them.
    pub(crate) unsigned: u64,
}

impl BodyHashes {
    /// Hashes of which at most `limit` are computed.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { passes: [None, None], limit }
    }

    /// Permits `more` hashes beside those that are claimed by now.
    pub(crate) fn permit(&mut self, more: usize) {
        self.limit = self.claimed().saturating_add(more);
    }

    /// A place in the hash over the first `length` octets of the canonical body; `None` when it would be one too
    /// many.
    pub(crate) fn claim(&mut self, canon: Canonicalization, length: Option<u64>) -> Option<Ticket> {
        let is_free = self.claimed() < self.limit;
        let pass = match canon {
            Canonicalization::Relaxed => 0,
            Canonicalization::Simple => 1,
        };
        let place = self.passes.get_mut(pass)?;
        if place.is_none() && !is_free {
            return None;
        }
        let parts = &mut place.get_or_insert_with(|| Pass::new(canon)).sink.running.parts;
        if let Some(part) = parts.iter().position(|part| part.length == length) {
            return Some(Ticket { pass, part });
        }
        if !is_free {
            return None;
        }
        parts.push(Part { length, is_wanted: true, hash: None });
        Some(Ticket { pass, part: parts.len() - 1 })
    }

    fn claimed(&self) -> usize {
        self.passes.iter().flatten().map(|pass| pass.sink.running.parts.len()).sum()
    }

    /// Keeps only the hashes that somebody still wants.
    pub(crate) fn keep(&mut self, wanted: impl Iterator<Item = Ticket>) {
        for part in self.passes.iter_mut().flatten().flat_map(|pass| &mut pass.sink.running.parts) {
            part.is_wanted = false;
        }
        for ticket in wanted {
            let pass = self.passes.get_mut(ticket.pass).and_then(Option::as_mut);
            if let Some(part) = pass.and_then(|pass| pass.sink.running.parts.get_mut(ticket.part)) {
                part.is_wanted = true;
            }
        }
    }

    /// Whether any more of the body is of use.
    pub(crate) fn is_hungry(&self) -> bool {
        self.passes.iter().flatten().any(Pass::is_hungry)
    }

    /// Takes the next octets of the body.
    pub(crate) fn feed(&mut self, chunk: &[u8]) {
        let hungry = self.passes.iter().flatten().filter(|pass| pass.is_hungry()).count();
        for slice in chunk.chunks(if hungry > 1 { SLICE } else { usize::MAX }) {
            for pass in self.passes.iter_mut().flatten().filter(|pass| pass.is_hungry()) {
                let Pass { machine, sink, .. } = pass;
                machine.feed(slice, &mut |piece| sink.take(piece));
            }
        }
    }

    /// The body has ended: what each ticket gets.
    pub(crate) fn finish(self) -> BodySums {
        BodySums(self.passes.map(|pass| pass.map(Pass::finish)))
    }
}

/// The hashes of a whole body.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodySums([Option<Sums>; CANONICALIZATIONS]);

/// The hashes of one canonical body.
#[derive(Clone, Debug)]
struct Sums {
    parts: Vec<Part>,
    whole: [u8; DIGEST_OCTETS],
    octets: u64,
}

impl BodySums {
    pub(crate) fn of(&self, ticket: Ticket) -> Option<BodySum> {
        let Sums { parts, whole, octets } = self.0.get(ticket.pass)?.as_ref()?;
        let part = parts.get(ticket.part)?;
        let signed = part.length.map_or(*octets, |length| length.min(*octets));
        Some(BodySum { hash: part.hash.unwrap_or(*whole), signed, unsigned: octets - signed })
    }
}

impl Pass {
    fn new(canon: Canonicalization) -> Self {
        Self { machine: BodyCanon::new(canon), sink: Sink::new() }
    }

    fn is_hungry(&self) -> bool {
        self.sink.running.parts.iter().any(|part| part.is_wanted)
    }

    fn finish(self) -> Sums {
        let Self { machine, mut sink, .. } = self;
        machine.finish(&mut |piece| sink.take(piece));
        sink.finish()
    }
}

impl Sink {
    fn new() -> Self {
        Self { running: Running::new(), gathered: Vec::with_capacity(GATHERED) }
    }

    /// Takes the next octets of the canonical body. What is large, or begins with a block, is hashed where it stands; the
    /// rest is gathered, so that the hash always gets whole blocks.
    fn take(&mut self, piece: &[u8]) {
        let over = self.gathered.len() % HASH_BLOCK;
        if piece.len() < LARGE || (over > 0 && piece.len() < GATHERED) {
            return self.gather(piece);
        }
        let (head, rest) = piece.split_at_checked((HASH_BLOCK - over) % HASH_BLOCK).unwrap_or((piece, &[]));
        self.gather(head);
        self.empty();
        let (whole, tail) =
            rest.split_at_checked(rest.len() - rest.len() % HASH_BLOCK).unwrap_or((rest, &[]));
        self.running.take(whole);
        self.gathered.extend_from_slice(tail);
    }

    fn gather(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some((head, after)) = rest.split_at_checked(GATHERED - self.gathered.len()) {
            self.gathered.extend_from_slice(head);
            self.empty();
            rest = after;
        }
        self.gathered.extend_from_slice(rest);
    }

    fn empty(&mut self) {
        if !self.gathered.is_empty() {
            self.running.take(&self.gathered);
            self.gathered.clear();
        }
    }

    fn finish(mut self) -> Sums {
        self.empty();
        self.running.finish()
    }
}

impl Running {
    fn new() -> Self {
        Self { hash: Sha256::new(), octets: 0, parts: Vec::new() }
    }

    /// Takes the next octets of the canonical body, and stops where parts end. Behind the last of them nothing is
    /// hashed.
    fn take(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(end) = self.parts.iter().filter_map(Part::end).min() {
            let room = usize::try_from(end.saturating_sub(self.octets)).unwrap_or(usize::MAX);
            let Some((part, after)) = rest.split_at_checked(room) else {
                self.hash.update(rest);
                break;
            };
            self.hash.update(part);
            self.octets = self.octets.max(end);
            for part in self.parts.iter_mut().filter(|part| part.end() == Some(end)) {
                part.hash = Some(self.hash.clone().finish());
            }
            rest = after;
        }
        self.octets = self.octets.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
    }

    fn finish(self) -> Sums {
        Sums { parts: self.parts, whole: self.hash.finish(), octets: self.octets }
    }
}

impl Part {
    /// Where the hash is wanted that is not known yet.
    fn end(&self) -> Option<u64> {
        (self.is_wanted && self.hash.is_none()).then(|| self.length.unwrap_or(u64::MAX))
    }
}
