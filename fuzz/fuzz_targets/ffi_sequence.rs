#![no_main]

#[path = "../src/ffi_sequence.rs"]
mod ffi_sequence;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| ffi_sequence::sequence(octets));
