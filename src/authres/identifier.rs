//! When two authserv-ids are the same (RFC 8601 §2.5, §5).

use super::text::is_keyword;
use crate::name::Name;

/// The authserv-id by which others are compared: without case and a final dot, U-labels as A-labels (RFC 8601 §5 has
/// the A-labels become U-labels, which compares the same). What is no domain name is compared without case.
pub(super) fn canonical(authserv_id: &str) -> String {
    let text = authserv_id.trim().trim_end_matches('.');
    match Name::parse(text) {
        Ok(name) => name.as_str().to_owned(),
        Err(_) => text.to_lowercase(),
    }
}

/// Whether what it is compared with is certain: plain ASCII, or a host name that IDNA permits, by its A-labels and by its
/// U-labels. `xn--mx-` is no A-label, and becomes `mx` where nobody looks; U+037E becomes a semicolon.
pub(super) fn is_certain(authserv_id: &str) -> bool {
    let text = authserv_id.trim().trim_end_matches('.');
    if text.is_ascii() && !text.split('.').any(claims_to_be_an_a_label) {
        return true;
    }
    // First the name, whose length is bounded.
    let Ok(name) = Name::parse(text) else {
        return false;
    };
    let is_host = |octet: u8| is_keyword(octet) || octet == b'.';
    name.as_str().bytes().all(is_host) && idna::domain_to_unicode(name.as_str()).1.is_ok()
}

fn claims_to_be_an_a_label(label: &str) -> bool {
    label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}
