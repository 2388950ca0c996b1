//! Times every case by turns: each side in short batches, one after the other, round after round, and of each the least.
//!
//! Whatever else runs on the machine disturbs a round; that it disturbs every round of one side and none of the other is
//! unlikely. `turns [PART-OF-A-GROUP-AND-NAME [SECONDS-PER-CASE]]` prints, cut by tabs: library, group, case, octets,
//! side, nanoseconds, note.

use mailproof_rivals::{BACKEND, Case, Clock, Side, cases};
use std::time::{Duration, Instant};

/// A batch is long enough for the clock, and short enough to find a quiet moment.
const BATCH: Duration = Duration::from_micros(200);
const LEAST_ROUNDS: usize = 5;
const SECONDS_PER_CASE: f64 = 1.2;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().unwrap_or_default();
    let seconds = arguments.next().map_or(SECONDS_PER_CASE, |text| text.parse().expect("seconds"));
    for case in cases() {
        if format!("{} {}", case.group, case.name).contains(&part) {
            turns(&case, Duration::from_secs_f64(seconds));
        }
    }
}

fn turns(case: &Case, budget: Duration) {
    let batches: Vec<u32> = case.sides.iter().map(iterations).collect();
    let mut least = vec![Duration::MAX; batches.len()];
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < LEAST_ROUNDS || start.elapsed() < budget {
        for (index, side) in case.sides.iter().enumerate() {
            least[index] = least[index].min(batch(side, batches[index]));
        }
        rounds += 1;
    }
    for (index, side) in case.sides.iter().enumerate() {
        let nanoseconds = least[index].as_nanos() as f64 / f64::from(batches[index]);
        println!(
            "{BACKEND}\t{}\t{}\t{}\t{}\t{nanoseconds:.1}\t{}",
            case.group, case.name, case.octets, side.name, side.note
        );
    }
}

fn batch(side: &Side, iterations: u32) -> Duration {
    let clock = Clock::start();
    for _ in 0..iterations {
        (side.work)();
    }
    clock.elapsed()
}

/// How many times the work fills a batch.
fn iterations(side: &Side) -> u32 {
    let mut iterations = 1;
    while batch(side, iterations) < BATCH {
        iterations *= 2;
    }
    iterations
}
