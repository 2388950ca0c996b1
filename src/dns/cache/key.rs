//! What an answer is found by.
//!
//! Whoever sends mail chooses the names that are looked up, so names are spread by a keyed hash: SipHash-1-3 over a
//! secret and the name. It is made once for each look-up, picks the shard, and is kept beside the name.

use crate::dns::Kind;
use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// What an answer speaks of at its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Records of one type.
    Kind(Kind),
    /// Whether the name exists at all: NXDOMAIN holds for every type (RFC 2308 §5).
    Name,
}

/// A name, and a scope at it.
#[derive(Debug)]
pub(super) struct Key {
    name: Box<str>,
    hash: u64,
    scope: Scope,
}

/// A key that owns nothing.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    name: &'a str,
    hash: u64,
    scope: Scope,
}

/// Spreads names, the same way for one seed.
#[derive(Clone, Debug)]
pub(super) struct Spread(DefaultHasher);

/// Passes on the hash that a key brings with it.
#[derive(Default)]
pub(super) struct Brought(u64);

pub(super) type BringsHash = BuildHasherDefault<Brought>;

/// What owned and borrowed keys have in common.
pub(super) trait Identity {
    fn sought(&self) -> Sought<'_>;
}

impl Spread {
    pub(super) fn new(seed: [u64; 2]) -> Self {
        let mut hasher = DefaultHasher::new();
        seed.iter().for_each(|half| hasher.write_u64(*half));
        Self(hasher)
    }

    pub(super) fn hash(&self, name: &str) -> u64 {
        let mut hasher = self.0.clone();
        hasher.write(name.as_bytes());
        hasher.finish()
    }
}

impl Scope {
    /// Keeps the scopes of one name apart; any odd step does.
    const fn step(self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        match self {
            Self::Kind(Kind::A) => STEP,
            Self::Kind(Kind::Aaaa) => STEP.wrapping_mul(2),
            Self::Kind(Kind::Mx) => STEP.wrapping_mul(3),
            Self::Kind(Kind::Ptr) => STEP.wrapping_mul(4),
            Self::Kind(Kind::Txt) => STEP.wrapping_mul(5),
            Self::Name => 0,
        }
    }
}

impl<'a> Sought<'a> {
    /// `spread` is the hash of the name alone.
    pub(super) const fn new(name: &'a str, spread: u64, scope: Scope) -> Self {
        Self { name, hash: spread.wrapping_add(scope.step()), scope }
    }

    pub(super) fn to_key(self) -> Key {
        Key { name: self.name.into(), hash: self.hash, scope: self.scope }
    }
}

impl Key {
    pub(super) const fn name(&self) -> &str {
        &self.name
    }
}

impl Identity for Key {
    fn sought(&self) -> Sought<'_> {
        Sought { name: &self.name, hash: self.hash, scope: self.scope }
    }
}

impl Identity for Sought<'_> {
    fn sought(&self) -> Sought<'_> {
        *self
    }
}

impl Hash for dyn Identity + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.sought().hash);
    }
}

impl PartialEq for dyn Identity + '_ {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (self.sought(), other.sought());
        one.hash == two.hash && one.scope == two.scope && one.name == two.name
    }
}

impl Eq for dyn Identity + '_ {}

impl<'a> Borrow<dyn Identity + 'a> for Key {
    fn borrow(&self) -> &(dyn Identity + 'a) {
        self
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.scope == other.scope && self.name == other.name
    }
}

impl Eq for Key {}

impl Hasher for Brought {
    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = self.0.rotate_left(8) ^ u64::from(*octet);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
