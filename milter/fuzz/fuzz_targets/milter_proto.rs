#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| mailproof_milter_fuzz::conversation(octets));
