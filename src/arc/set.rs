//! The ARC sets of a message (RFC 8617 §4.2), and whether they make a chain (§5.2 steps 1 to 3).

use super::cause::{Cause, FieldKind};
use super::verdict::ChainStatus;
use crate::ascii::is_fws;
use crate::cursor::Cursor;
use crate::message::{Field, Headers};
use crate::tags::TagList;

/// Sets of a chain at most, and the highest instance (RFC 8617 §4.2.1).
pub(super) const MAX_SETS: u8 = 50;

/// Digits of an instance at most (RFC 8617 §3.9).
const INSTANCE_DIGITS: usize = 2;

/// A whole set.
#[derive(Debug)]
pub(super) struct ArcSet<'h, 'a> {
    pub(super) instance: u8,
    pub(super) results: &'h Field<'a>,
    pub(super) payload: &'a [u8],
    pub(super) message_signature: Tagged<'h, 'a>,
    pub(super) seal: Tagged<'h, 'a>,
    pub(super) chain_status: ChainStatus,
}

/// A signature field and its tags.
#[derive(Debug)]
pub(super) struct Tagged<'h, 'a> {
    /// Where it stands: 0 is the topmost field of the header section.
    pub(super) position: usize,
    pub(super) field: &'h Field<'a>,
    pub(super) tags: TagList<'a>,
}

/// What ARC fields there are.
#[derive(Debug)]
pub(super) enum Found<'h, 'a> {
    /// None at all.
    Nothing,
    /// A chain by its form: sets 1 to N, oldest first.
    Chain(Vec<ArcSet<'h, 'a>>),
    /// No chain, and the highest instance.
    Broken(Cause, u8),
}

/// The fields of one instance, as far as they were found.
#[derive(Debug, Default)]
struct Slot<'h, 'a> {
    results: Option<(&'h Field<'a>, &'a [u8])>,
    message_signature: Option<Tagged<'h, 'a>>,
    seal: Option<Tagged<'h, 'a>>,
}

/// Everything collected.
#[derive(Debug, Default)]
struct Collection<'h, 'a> {
    /// By instance, 1 first.
    slots: Vec<Slot<'h, 'a>>,
    /// The first thing that was wrong with a field.
    flaw: Option<Cause>,
    has_fields: bool,
    /// A seal of the highest instance says cv=fail.
    failed_at: u8,
}

/// Whether a message has any ARC field; most have none.
pub(crate) fn has_arc_fields(headers: &Headers<'_>) -> bool {
    headers.iter().any(|field| kind_of(field).is_some())
}

/// Finds the sets of a message.
pub(super) fn find<'h, 'a>(headers: &'h Headers<'a>) -> Found<'h, 'a> {
    let mut collection = Collection::default();
    let mut counts = [0_u8; 3];
    for (position, field) in headers.iter().enumerate() {
        let Some(kind) = kind_of(field) else {
            continue;
        };
        collection.has_fields = true;
        if let Some(count) = counts.get_mut(place(kind)) {
            // RFC 8617 §5.2 step 1: more than 50 sets end it. Nothing more is read.
            if *count == MAX_SETS {
                return Found::Broken(Cause::TooManySets { limit: MAX_SETS }, collection.highest());
            }
            *count += 1;
        }
        if let Err(cause) = collection.take(kind, position, field) {
            if matches!(cause, Cause::TooManySets { .. }) {
                return Found::Broken(cause, collection.highest());
            }
            collection.flaw.get_or_insert(cause);
        }
    }
    collection.into_chain()
}

fn kind_of(field: &Field<'_>) -> Option<FieldKind> {
    // Most fields of a message end here.
    let is_arc = field.raw().get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"arc-"));
    if is_arc { FieldKind::ALL.into_iter().find(|kind| field.is_named(kind.name())) } else { None }
}

const fn place(kind: FieldKind) -> usize {
    match kind {
        FieldKind::AuthenticationResults => 0,
        FieldKind::MessageSignature => 1,
        FieldKind::Seal => 2,
    }
}

impl<'h, 'a> Collection<'h, 'a> {
    fn take(&mut self, kind: FieldKind, position: usize, field: &'h Field<'a>) -> Result<(), Cause> {
        if kind == FieldKind::AuthenticationResults {
            let (digits, payload) = split_results(field.value()).ok_or(Cause::Instance { kind })?;
            let instance = number(digits, kind)?;
            return match self.slot(instance) {
                Some(slot) => fill(&mut slot.results, (field, payload), kind, instance),
                None => Ok(()),
            };
        }
        let tags = TagList::parse(field.value()).map_err(|why| Cause::Tags { kind, why })?;
        let instance = number(tags.value("i").unwrap_or_default(), kind)?;
        let is_seal = kind == FieldKind::Seal;
        if is_seal && tags.value("cv") == Some(b"fail") {
            self.failed_at = self.failed_at.max(instance);
        }
        let tagged = Tagged { position, field, tags };
        match self.slot(instance) {
            Some(slot) if is_seal => fill(&mut slot.seal, tagged, kind, instance),
            Some(slot) => fill(&mut slot.message_signature, tagged, kind, instance),
            None => Ok(()),
        }
    }

    /// The place of an instance, which is there in any case: instances are above zero.
    fn slot(&mut self, instance: u8) -> Option<&mut Slot<'h, 'a>> {
        let count = usize::from(instance);
        if self.slots.len() < count {
            self.slots.resize_with(count, Slot::default);
        }
        self.slots.get_mut(count.checked_sub(1)?)
    }

    fn highest(&self) -> u8 {
        u8::try_from(self.slots.len()).unwrap_or(MAX_SETS)
    }

    /// RFC 8617 §5.2 steps 2 and 3.
    fn into_chain(self) -> Found<'h, 'a> {
        if !self.has_fields {
            return Found::Nothing;
        }
        let highest = self.highest();
        if highest > 0 && self.failed_at == highest {
            return Found::Broken(Cause::SealedAsFailed { instance: highest }, highest);
        }
        if let Some(flaw) = self.flaw {
            return Found::Broken(flaw, highest);
        }
        let sets = (1..).zip(self.slots).map(|(instance, slot)| slot.into_set(instance));
        match sets.collect() {
            Ok(sets) => Found::Chain(sets),
            Err(cause) => Found::Broken(cause, highest),
        }
    }
}

impl<'h, 'a> Slot<'h, 'a> {
    /// RFC 8617 §5.2 steps 3A and 3B.
    fn into_set(self, instance: u8) -> Result<ArcSet<'h, 'a>, Cause> {
        if self.results.is_none() && self.message_signature.is_none() && self.seal.is_none() {
            return Err(Cause::MissingSet { instance });
        }
        let missing = |kind| Cause::Missing { kind, instance };
        let (results, payload) = self.results.ok_or(missing(FieldKind::AuthenticationResults))?;
        let message_signature = self.message_signature.ok_or(missing(FieldKind::MessageSignature))?;
        let seal = self.seal.ok_or(missing(FieldKind::Seal))?;
        let chain_status = chain_status(&seal.tags, instance)?;
        Ok(ArcSet { instance, results, payload, message_signature, seal, chain_status })
    }
}

fn fill<T>(place: &mut Option<T>, found: T, kind: FieldKind, instance: u8) -> Result<(), Cause> {
    if place.is_some() {
        return Err(Cause::Duplicate { kind, instance });
    }
    *place = Some(found);
    Ok(())
}

/// RFC 8617 §5.2 step 3C.
fn chain_status(tags: &TagList<'_>, instance: u8) -> Result<ChainStatus, Cause> {
    let stated = ChainStatus::parse(tags.value("cv").unwrap_or_default());
    match (instance, stated) {
        (1, Some(status @ ChainStatus::None)) | (2.., Some(status @ ChainStatus::Pass)) => Ok(status),
        _ => Err(Cause::ChainStatus { instance, stated }),
    }
}

/// RFC 8617 §3.9: one or two digits, 1 to 50.
fn number(digits: &[u8], kind: FieldKind) -> Result<u8, Cause> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !is_number {
        return Err(Cause::Instance { kind });
    }
    let above = digits.iter().skip_while(|digit| **digit == b'0');
    let number =
        above.fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    match u8::try_from(number) {
        Ok(0) => Err(Cause::Instance { kind }),
        Ok(number @ 1..=MAX_SETS) if digits.len() <= INSTANCE_DIGITS => Ok(number),
        Ok(1..=MAX_SETS) => Err(Cause::Instance { kind }),
        Ok(_) | Err(_) => Err(Cause::TooManySets { limit: MAX_SETS }),
    }
}

/// RFC 8617 §4.1.1: the digits of the instance that ARC-Authentication-Results begins with, and what is behind the
/// semicolon that ends it.
fn split_results(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut cursor = Cursor::new(value);
    skip_cfws(&mut cursor)?;
    if !cursor.eat(b'i') {
        return None;
    }
    skip_cfws(&mut cursor)?;
    if !cursor.eat(b'=') {
        return None;
    }
    skip_cfws(&mut cursor)?;
    let digits = cursor.take_while(|octet| octet.is_ascii_digit());
    skip_cfws(&mut cursor)?;
    cursor.eat(b';').then(|| (digits, cursor.rest()))
}

/// White space and comments (RFC 5322 §3.2.2), which may be nested; none for a comment that does not end.
fn skip_cfws(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut depth = 0_usize;
    while let Some(octet) = cursor.peek() {
        match octet {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b'\\' if depth > 0 => {
                cursor.next();
            }
            octet if depth > 0 || is_fws(octet) => {}
            _ => return Some(()),
        }
        cursor.next();
    }
    (depth == 0).then_some(())
}
