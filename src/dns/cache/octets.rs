//! What things take of the heap.
//!
//! Sizes are those of the allocator, not those asked for: malloc of glibc adds 8 octets, rounds up to 16 and gives
//! no less than 32; others lie close. What an answer is parsed into comes later, so it is estimated when the answer is
//! kept: by its text, and by the tokens in it, for a hostile record is made of as many as fit.

use super::entry::Entry;
use super::key::Key;
use crate::dns::{Answer, Outcome, Records};
use crate::name::Name;
use std::mem::size_of;

/// The two counters in front of what an `Arc` shares.
const ARC: usize = 2 * size_of::<usize>();

/// What a token of a record, such as a term or a tag, is parsed into; a quarter of it is what malloc loses between
/// allocations of changing sizes, as measured by `benches/cache_memory.rs`.
const TOKEN: usize = 128;

/// What every parsed value takes beside its tokens, with the same quarter.
const PARSED: usize = 384;

/// What parsing takes of an answer that holds no text: why there is no record.
const PARSED_NOTHING: usize = 128;

/// The links of a node of the list.
const LINKS: usize = 2 * size_of::<usize>();

/// The node of one answer in the list.
pub(super) const NODE: usize = allocation(size_of::<Key>() + size_of::<Entry>() + LINKS);

pub(super) const fn allocation(size: usize) -> usize {
    const LEAST: usize = 32;
    if size == 0 {
        return 0;
    }
    let rounded = size.saturating_add(8).next_multiple_of(16);
    if rounded < LEAST { LEAST } else { rounded }
}

/// What an answer takes with its place in the list, but without its share of the table.
pub(super) fn charge(name: &str, answer: &Answer) -> usize {
    let details = answer.details();
    let aliases = array::<Name>(details.aliases.capacity()) + details.aliases.iter().map(text).sum::<usize>();
    let extra = details.extended_error.as_ref().map_or(0, |error| allocation(error.text.capacity()));
    NODE + allocation(name.len())
        + allocation(ARC + Answer::SHARED_OCTETS)
        + aliases
        + extra
        + outcome(answer)
}

fn outcome(answer: &Answer) -> usize {
    match answer.outcome() {
        Outcome::Failed(_) => 0,
        Outcome::Found(found) => records(found),
        Outcome::NoData | Outcome::NxDomain => PARSED_NOTHING,
    }
}

fn records(records: &Records) -> usize {
    match records {
        Records::A(records) => array::<std::net::Ipv4Addr>(records.capacity()),
        Records::Aaaa(records) => array::<std::net::Ipv6Addr>(records.capacity()),
        Records::Mx(records) => {
            array::<crate::dns::Mx>(records.capacity())
                + records.iter().map(|mx| text(&mx.exchange)).sum::<usize>()
        }
        Records::Ptr(records) => array::<Name>(records.capacity()) + records.iter().map(text).sum::<usize>(),
        Records::Txt(records) => {
            array::<crate::dns::Txt>(records.capacity()) + records.iter().map(txt).sum::<usize>() + PARSED
        }
    }
}

fn txt(txt: &crate::dns::Txt) -> usize {
    let octets = txt.octets();
    let tokens = octets.iter().filter(|octet| matches!(octet, b' ' | b';' | b',' | b'%')).count();
    2 * allocation(octets.len()) + array::<usize>(txt.joints().len()) + TOKEN * tokens
}

fn text(name: &Name) -> usize {
    allocation(ARC + name.as_str().len())
}

const fn array<T>(count: usize) -> usize {
    allocation(count.saturating_mul(size_of::<T>()))
}
