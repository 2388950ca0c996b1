//! Tells the linker what the shared library is called, and gives its symbols a version.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=libmailproof.map");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        return;
    }
    let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("libmailproof.map");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmailproof.so.0");
    println!("cargo:rustc-cdylib-link-arg=-Wl,--version-script={}", map.display());
}
