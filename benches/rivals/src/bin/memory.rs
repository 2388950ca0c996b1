//! What is allocated for a check, and how far the memory of a process rises while a message of 100 MB flows through it:
//! its resident set, of which the allocator may keep a reserve, and what is in use on the heap between two pieces.
//!
//! Prints, cut by tabs: library, kind, case, side, number.

use mailproof::dns::Zone;
use mailproof::{Authenticator, Connection, Evaluation, Step};
use mailproof_rivals::{BACKEND, Key, NOW, OURS, THEIRS, World, cases, header, prose, streamed};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::fs;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PIECE: usize = 64 << 10;
const PIECES: usize = 100 * (1 << 20) / PIECE;

fn main() {
    // First, while the process is small.
    peak();
    allocations();
}

fn peak() {
    let world = World::new([Key::Rsa2048.record()]);
    let piece = prose(PIECE);
    let header = header();
    let message = |times| std::iter::once(&header[..]).chain(std::iter::repeat_n(&piece[..], times));
    // What the first message sets up for good is not its own.
    let field = streamed(Key::Rsa2048, message(2));
    verify(&world.zone, &field, message(2));
    let field = streamed(Key::Rsa2048, message(PIECES));
    // Forgets the highest mark.
    fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let floor = kilobytes("VmRSS:");
    let in_use = verify(&world.zone, &field, message(PIECES));
    let above = kilobytes("VmHWM:").saturating_sub(floor);
    println!("{BACKEND}\tmemory\tstreamed 100 MB\tfloor\t{floor}");
    println!("{BACKEND}\tmemory\tstreamed 100 MB\t{OURS}\t{above}");
    println!("{BACKEND}\tmemory\tstreamed 100 MB\theap\t{}", in_use.div_ceil(1024));
}

/// The most octets in use on the heap after a piece, beyond those before the first.
fn verify<'a>(zone: &Zone, field: &'a str, message: impl Iterator<Item = &'a [u8]>) -> usize {
    let region = Region::new(HEAP);
    let mut most = 0;
    let connection =
        Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen@example.com").at(NOW);
    let mut session = Authenticator::new("mx.example.org").session(connection);
    for piece in std::iter::once(field.as_bytes()).chain(message) {
        let _ = session.feed(piece).expect("a message");
        let change = region.change();
        most = most.max(change.bytes_allocated.saturating_sub(change.bytes_deallocated));
    }
    match session.finish().expect("a message").step(zone) {
        Step::Done(report) => assert!(report.dkim[0].outcome.is_pass(), "{:?}", report.dkim),
        Step::Ask(_) => panic!("asks although everything is known"),
    }
    most
}

fn kilobytes(label: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(label)).expect("a line of it");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

fn allocations() {
    let counted = ["verify", "spf", "dmarc", "report"];
    for case in cases().iter().filter(|case| counted.contains(&case.group) && case.octets < 10_000) {
        for side in case.sides.iter().filter(|side| [OURS, THEIRS].contains(&side.name)) {
            (side.work)();
            let region = Region::new(HEAP);
            (side.work)();
            let change = region.change();
            println!(
                "{BACKEND}\tallocations\t{} {}\t{}\t{}",
                case.group,
                case.name,
                side.name,
                change.allocations + change.reallocations
            );
        }
    }
}
