//! Organizational domains by the public suffix list (RFC 7489 §3.2).

use crate::name::Name;

/// The public suffix of `name` and one label more; the name itself when it is a public suffix.
pub(super) fn organizational_domain(name: &Name) -> Name {
    match psl::domain_str(name.as_str()) {
        Some(registered) => name.last_labels(registered.split('.').count()),
        None => name.clone(),
    }
}
