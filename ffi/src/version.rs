//! Which library this is.

use crate::Status;
use crate::boundary::{enter, octets};
use std::ffi::{CStr, c_char};

/// The number of the binary interface: that of the SONAME, and `MAILPROOF_ABI` of the header.
pub const ABI: u32 = 0;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// What this build can do; the names stay.
const FEATURES: &[&str] = &[
    "arc",
    "spf",
    "dkim-sign",
    "dkim-verify",
    "iprev",
    "dmarc",
    "ed25519",
    "rsa-sha256",
    "resolver",
    #[cfg(feature = "encrypted-dns")]
    "encrypted-dns",
];

/// The version of the library that is linked: `MAILPROOF_VERSION` is that of the header.
///
/// @return  Static text with a final NUL, such as `"0.1.0"`; never NULL.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn mailproof_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The number of the binary interface of the library that is linked. A program that loads the library at run time compares
/// it with `MAILPROOF_ABI`, and uses no other.
///
/// @return  The number.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn mailproof_abi() -> u32 {
    ABI
}

/// Whether the library that is linked can do something: `spf`, `dkim-verify`, `dkim-sign`, `dmarc`, `arc`, `iprev`, `ed25519`,
/// `rsa-sha256`, `resolver`, `encrypted-dns`.
///
/// @param name  The name of it; `name_len` octets.
/// @return      Whether it can; false for a name that is not known.
/// Any thread.
///
/// # Safety
/// Pointers are as the header's conventions say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mailproof_has_feature(name: *const c_char, name_len: usize) -> bool {
    let mut has = false;
    enter(|| {
        // SAFETY: the caller vouches for the name.
        let name = unsafe { octets(name, name_len) }?;
        has = FEATURES.iter().any(|feature| feature.as_bytes() == name);
        Ok(Status::Ok)
    });
    has
}
