#![no_main]

#[path = "../src/milter_proto.rs"]
mod milter_proto;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| milter_proto::conversation(octets));
