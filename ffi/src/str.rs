//! Octets lent to C.

use std::ffi::c_char;
use std::ptr;

/// Octets that the library lends: `len` of them at `data`, without a final NUL. `data` is NULL when there is nothing to
/// tell, which is not the same as an empty text.
///
/// They belong to the handle they came from, and are gone when it is freed or, where the function says so, earlier.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    /// The first octet, or NULL.
    pub data: *const c_char,
    /// How many there are.
    pub len: usize,
}

impl Str {
    /// Nothing to tell.
    pub(crate) const ABSENT: Self = Self { data: ptr::null(), len: 0 };

    /// `text`, for as long as its owner leaves it in its place.
    pub(crate) const fn lend(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }

    /// Octets that need not be text.
    pub(crate) const fn lend_octets(octets: &[u8]) -> Self {
        Self { data: octets.as_ptr().cast(), len: octets.len() }
    }

    /// `text`, if there is one.
    pub(crate) fn lend_any(text: Option<&str>) -> Self {
        text.map_or(Self::ABSENT, Self::lend)
    }
}
