#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| mailproof_fuzz::dmarc_walk::dmarc_walk(octets));
