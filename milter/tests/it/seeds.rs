//! The property of the fuzz target over its seeds, and over seeds with a fault in them.

use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

#[allow(unreachable_pub)]
#[path = "../../../fuzz/src/milter_proto.rs"]
mod property;

fn seeds() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/milter_proto");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn our_seeds_keep_their_property() {
    let seeds = seeds();
    assert!(seeds.len() >= 20);
    for (path, octets) in seeds {
        let outcome = std::panic::catch_unwind(|| property::conversation(&octets));
        assert!(outcome.is_ok(), "it does not hold for {}", path.display());
    }
}

proptest! {
    #[test]
    fn a_spoiled_seed_keeps_it(seed in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), octet: u8) {
        let seeds = seeds();
        let mut octets = seed.get(&seeds).1.clone();
        let at = at.index(octets.len());
        octets[at] = octet;
        property::conversation(&octets);
    }

    #[test]
    fn random_octets_keep_it(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        property::conversation(&octets);
        let offered = [&b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"[..], &octets].concat();
        property::conversation(&offered);
    }
}
