//! Searches for the message that costs most for its size.
//!
//! ```sh
//! cargo run --profile instructions -p mailproof-worst            # the table: plain mail, known shapes, the worst found
//! cargo run --profile instructions -p mailproof-worst search 60  # a search of a minute for each size
//! ```
//!
//! The search goes by time, since valgrind would be too slow for it; what it found, and the table, is counted in
//! instructions by callgrind. Exit code 1: something costs too much. DNS is known and parsed, so that it is the message that costs.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "fixed inputs; starts valgrind"
)]

mod count;
mod random;
mod recipe;
mod shapes;

use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation as _, Step};
use random::Random;
use recipe::Recipe;
use std::env;
use std::time::{Duration, Instant};

/// Sizes of messages.
const SIZES: [usize; 5] = [5 << 10, 10 << 10, 20 << 10, 40 << 10, 100 << 10];

/// How much more than a plain message of the same size any may cost.
const LIMIT: f64 = 20.0;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => std::process::exit(i32::from(!count::table(&SIZES, LIMIT))),
        ["search", seconds] => {
            let seconds = seconds.parse().unwrap();
            let held = SIZES.map(|size| search(size, seconds));
            std::process::exit(i32::from(held.contains(&false)));
        }
        ["work", shape, size] => {
            let recipe = shapes::named(shape).or_else(|| Recipe::read(shape)).unwrap();
            prepared(&recipe, size.parse().unwrap())();
        }
        _ => println!("mailproof-worst [search SECONDS | work SHAPE SIZE]"),
    }
}

/// Climbs from each known shape in turn for its part of the time, and counts what it comes to; whether all of it stays
/// within the limit.
fn search(size: usize, seconds: u64) -> bool {
    let mut random = Random::new(7);
    let plain = time(&shapes::plain(), size);
    let mut found: Vec<(f64, Recipe)> = Vec::new();
    let shapes = shapes::known();
    let share = Duration::from_secs(seconds) / u32::try_from(shapes.len()).unwrap();
    for (_, start) in shapes {
        let begin = Instant::now();
        let mut best = (time(&start, size), start);
        while begin.elapsed() < share {
            let other = best.1.mutated(&mut random);
            let cost = time(&other, size);
            if cost > best.0 {
                best = (cost, other);
            }
        }
        found.push((best.0 / plain, best.1));
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let plain = count::instructions("plain", size);
    let mut holds = true;
    for (time, recipe) in found.iter().take(3) {
        let ratio = count::instructions(&recipe.to_string(), size) / plain;
        holds &= ratio < LIMIT;
        println!(
            "{size} octets: {ratio:.1} times the instructions of a plain message, {time:.1} times its time: {recipe}"
        );
    }
    holds
}

/// Nanoseconds for one message, the least of five: what others do on the machine does not count then.
fn time(recipe: &Recipe, size: usize) -> f64 {
    let work = prepared(recipe, size);
    let measured = (0..5).map(|_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64() * 1e9
    });
    measured.fold(f64::MAX, f64::min)
}

/// What callgrind looks for by its name, after everything was done once.
fn prepared(recipe: &Recipe, size: usize) -> impl Fn() {
    let (raw, zone) = (recipe.message(size), recipe.zone());
    let authenticator = Authenticator::new("mx.example.org");
    let work = move || {
        let message = Message::parse(&raw).unwrap();
        let connection = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen@example.com")
            .at(1_800_000_000);
        let Step::Done(report) = authenticator.check(&message, connection).step(&zone) else {
            panic!("asks although everything is known")
        };
        std::hint::black_box(report.auth_results_field());
    };
    work();
    move || counted(&work)
}

#[inline(never)]
fn counted(work: &impl Fn()) {
    work();
}
