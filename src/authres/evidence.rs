//! What trusted hosts found (RFC 8601 §4.1).

use super::identifier::canonical;
use super::{AuthResults, Entry, METHOD_VERSION};
use crate::message::Headers;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Octets of a signature that name it at least (RFC 6008 §4).
const PREFIX_OCTETS: usize = 8;

/// The registry "Email Authentication Property Types" (RFC 8601 §2.3, RFC 8904 §4).
const PTYPES: [&str; 5] = ["body", "dns", "header", "policy", "smtp"];

/// The registry "Email Authentication Result Names", deprecated ones included.
const RESULTS: [&str; 12] = [
    "discard",
    "fail",
    "hardfail",
    "neutral",
    "none",
    "nxdomain",
    "pass",
    "permerror",
    "policy",
    "softfail",
    "temperror",
    "unknown",
];

/// What hosts with one of the `trusted` authserv-ids found, top to bottom: the fields that a consumer may use, without
/// the results that it must not.
///
/// Left out are fields that are no RFC 8601 or bear another version, results of another version of their method
/// (§2.6), results in words that are not registered, those that name an unregistered ptype (§4.1), and all DKIM results
/// about one signature where the same host says different things of it (RFC 6008 §4). Methods that a consumer does not
/// know are for it to ignore.
///
/// A name is no proof: it counts only on mail whose last border took away what others wrote under it
/// ([`Strip`](super::Strip)).
pub fn evidence<T: AsRef<str>>(headers: &Headers<'_>, trusted: &[T]) -> Vec<AuthResults> {
    let trusted: Vec<_> = trusted.iter().map(|id| canonical(id.as_ref())).collect();
    let mut fields: Vec<_> = headers
        .named("Authentication-Results")
        .filter_map(|field| AuthResults::parse(field.value()).ok())
        .map(|results| (canonical(&results.authserv_id), results))
        .filter(|(id, _)| !id.is_empty() && trusted.contains(id))
        .collect();
    for (_, results) in &mut fields {
        results.entries.retain(is_usable);
    }
    let claims = fields.iter().flat_map(|(id, results)| results.entries.iter().map(move |entry| (id, entry)));
    let said: BTreeSet<_> = claims
        .filter_map(|(id, entry)| Some((id.clone(), signature(entry)?.to_owned(), entry.result.clone())))
        .collect();
    let contradicted = contradicted(&said);
    for (id, results) in &mut fields {
        let is_contradicted = |octets: &str| contradicted.contains(&(id.as_str(), octets));
        results.entries.retain(|entry| !signature(entry).is_some_and(is_contradicted));
    }
    fields.into_iter().map(|(_, results)| results).collect()
}

fn is_usable(entry: &Entry) -> bool {
    entry.method_version == METHOD_VERSION
        && RESULTS.contains(&entry.result())
        && entry.properties.iter().all(|property| PTYPES.contains(&&*property.ptype))
}

/// A host, a signature and the result.
type Said = (String, String, Cow<'static, str>);

/// RFC 6008 §4: which signature a DKIM result is about: its first octets, compared with case.
fn signature(entry: &Entry) -> Option<&str> {
    let octets = entry.property("header", "b").filter(|octets| !octets.is_empty());
    octets.filter(|_| entry.method() == "dkim")
}

/// The signatures of a host, by their first octets, on which it gives several results. Octets that begin others, and
/// are as many as RFC 6008 §4 asks for, may stand for the same signature.
fn contradicted(said: &BTreeSet<Said>) -> BTreeSet<(&str, &str)> {
    let mut contradicted = BTreeSet::new();
    let mut rest = said.iter().peekable();
    // In this order octets stand right before those that they begin.
    while let Some((id, octets, result)) = rest.next() {
        let mut group = vec![octets];
        let mut is_one = true;
        let is_same =
            |other: &str| other == octets || (octets.len() >= PREFIX_OCTETS && other.starts_with(octets));
        while let Some((_, longer, other)) = rest.next_if(|(host, other, _)| host == id && is_same(other)) {
            group.push(longer);
            is_one &= other == result;
        }
        if !is_one {
            contradicted.extend(group.into_iter().map(|octets| (id.as_str(), octets.as_str())));
        }
    }
    contradicted
}
