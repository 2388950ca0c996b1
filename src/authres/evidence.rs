//! What trusted hosts found (RFC 8601 §4.1).

use super::identifier::canonical;
use super::{AuthResults, Entry, METHOD_VERSION};
use crate::message::Headers;
use std::collections::BTreeMap;

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
    // The result of each signature, or nothing when there are several.
    let mut said = BTreeMap::new();
    for (id, entry) in claims {
        if let Some(signature) = signature(entry) {
            let result = said.entry((id.clone(), signature)).or_insert_with(|| Some(entry.result.clone()));
            if result.as_ref() != Some(&entry.result) {
                *result = None;
            }
        }
    }
    for (id, results) in &mut fields {
        results.entries.retain(|entry| {
            let result = signature(entry).and_then(|signature| said.get(&(id.clone(), signature)));
            result.is_none_or(Option::is_some)
        });
    }
    fields.into_iter().map(|(_, results)| results).collect()
}

fn is_usable(entry: &Entry) -> bool {
    entry.method_version == METHOD_VERSION
        && RESULTS.contains(&entry.result())
        && entry.properties.iter().all(|property| PTYPES.contains(&&*property.ptype))
}

/// RFC 6008 §4: which signature a DKIM result is about; its first octets are compared with case. A host that gives
/// different lengths of one signature in two fields is not found out.
fn signature(entry: &Entry) -> Option<String> {
    if entry.method() != "dkim" {
        return None;
    }
    entry.property("header", "b").filter(|octets| !octets.is_empty()).map(str::to_owned)
}
