//! The seeds of the fuzz target `ffi_sequence`, and the seeds of all others as sequences of calls.

use crate::toolchain::root;
use std::fs;

#[allow(unreachable_pub)]
#[path = "../../../fuzz/src/ffi_sequence.rs"]
mod property;

#[test]
fn any_sequence_of_calls_gives_statuses() {
    let mut seeds = 0;
    for folder in fs::read_dir(root().join("fuzz/corpus")).unwrap() {
        for seed in fs::read_dir(folder.unwrap().path()).unwrap() {
            property::sequence(&fs::read(seed.unwrap().path()).unwrap());
            seeds += 1;
        }
    }
    assert!(seeds > 100, "{seeds}");
}

/// Invented sequences, the same in every run.
#[test]
fn invented_sequences_give_statuses() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    for _ in 0..2000 {
        let sequence: Vec<u8> = (0..400).map(|at| if at % 3 == 0 { next() } else { next() % 24 }).collect();
        property::sequence(&sequence);
    }
}
