//! Tells the linker what the shared library of cargo is called, so that programs linked with it find the installed one.
//! That one is linked by `ffi/install`, which also gives its symbols a version: rustc has a version script of its own, and
//! linkers take only one.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmailproof.so.0");
    }
}
