#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| mailproof_fuzz::dkim::key(octets));
