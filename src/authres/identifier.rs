//! When two authserv-ids are the same (RFC 8601 §2.5, §5).

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

/// Whether what it is compared with is certain: ASCII, or a name that IDNA permits.
pub(super) fn is_certain(authserv_id: &str) -> bool {
    authserv_id.is_ascii() || Name::parse(authserv_id.trim().trim_end_matches('.')).is_ok()
}
