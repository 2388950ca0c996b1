//! Searches for the message that costs most for its size.
//!
//! ```sh
//! cargo run --profile instructions -p mailproof-worst            # the table: plain mail, known shapes, the worst found
//! cargo run --profile instructions -p mailproof-worst search 60  # a search of two minutes for each size
//! cargo run --profile instructions -p mailproof-worst reading    # what reading large answers of DNS costs
//! ```
//!
//! The search goes by time first, since valgrind is slow; the dearest message that it finds it then makes dearer by
//! instructions, counted by callgrind like those of the table. Exit code 1: something costs too much. DNS answers are parsed already, so that it is the
//! message that costs; they are known, or told as they are asked for, whichever costs more.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "fixed inputs; starts valgrind"
)]

mod count;
mod random;
mod reading;
mod recipe;
mod shapes;

use mailproof::dns::{Known as _, Zone};
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation as _, Inspection, Report, Step};
use random::Random;
use recipe::Recipe;
use std::env;
use std::time::{Duration, Instant};

/// Sizes of messages.
const SIZES: [usize; 5] = [5 << 10, 10 << 10, 20 << 10, 40 << 10, 100 << 10];

/// How much more than a plain message of the same size any may cost.
const LIMIT: f64 = 20.0;

/// How the answers of DNS reach an inspection.
#[derive(Clone, Copy, Debug)]
enum Telling {
    /// All of them are known, as those of a cache are.
    Known,
    /// Each is told when it is asked for.
    Asked,
}

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
        ["reading"] => reading::table(),
        ["work", shape, size, telling] => {
            let recipe = shapes::named(shape).or_else(|| Recipe::read(shape)).unwrap();
            let telling = Telling::ALL.into_iter().find(|one| one.word() == *telling).unwrap();
            prepared(&recipe, size.parse().unwrap(), telling)();
        }
        ["read", answer, octets] => {
            let zone = reading::zone(answer, octets.parse().unwrap());
            counted(&work(shapes::plain().message(5 << 10), zone, Telling::Known));
        }
        _ => {
            println!(
                "mailproof-worst [search SECONDS | reading | work SHAPE SIZE known|asked | read ANSWER OCTETS]"
            )
        }
    }
}

/// Climbs from each known shape in turn for its part of the time, half of it for each way of telling, and from the best of
/// all for as long; whether that stays within the limit.
fn search(size: usize, seconds: u64) -> bool {
    let mut random = Random::new(7);
    let seconds = Duration::from_secs(seconds);
    let shapes = shapes::known();
    let share = seconds / u32::try_from(shapes.len() * Telling::ALL.len()).unwrap();
    let mut found: Vec<(f64, Recipe)> = Vec::new();
    for telling in Telling::ALL {
        let plain = time(&shapes::plain(), size, telling);
        let cost = |recipe: &Recipe| time(recipe, size, telling) / plain;
        found.extend(shapes.iter().map(|(_, start)| climb(start.clone(), share, &mut random, cost)));
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let plain = Telling::ALL.map(|telling| count::work("plain", size, telling));
    let cost = |recipe: &Recipe| count::ratio(&recipe.to_string(), size, plain);
    let counted = found.iter().take(10).map(|(_, recipe)| (cost(recipe), recipe));
    let (_, dearest) = counted.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
    let (ratio, recipe) = climb(dearest.clone(), seconds, &mut random, cost);
    let time = found.first().map_or(0.0, |(time, _)| *time);
    println!(
        "{size} octets: {ratio:.1} times the instructions of a plain message: {recipe} ({time:.1} times its time: another)"
    );
    ratio < LIMIT
}

/// Changes a message for a while, and keeps what costs more.
fn climb(
    start: Recipe,
    duration: Duration,
    random: &mut Random,
    cost: impl Fn(&Recipe) -> f64,
) -> (f64, Recipe) {
    let begin = Instant::now();
    let mut best = (cost(&start), start);
    while begin.elapsed() < duration {
        let other = best.1.mutated(random);
        let cost = cost(&other);
        if cost > best.0 {
            best = (cost, other);
        }
    }
    best
}

impl Telling {
    const ALL: [Self; 2] = [Self::Known, Self::Asked];

    const fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Asked => "asked",
        }
    }

    fn report(self, mut inspection: Inspection, zone: &Zone) -> Report {
        loop {
            let step = match self {
                Self::Known => inspection.step(zone),
                Self::Asked => inspection.step(&()),
            };
            match step {
                Step::Done(report) => return report,
                Step::Ask(questions) => questions.into_iter().for_each(|question| {
                    let answer = zone.recall(&question).unwrap();
                    inspection.answer(question, answer);
                }),
            }
        }
    }
}

/// Nanoseconds for one message, the least of five: what others do on the machine does not count then.
fn time(recipe: &Recipe, size: usize, telling: Telling) -> f64 {
    let work = prepared(recipe, size, telling);
    let measured = (0..5).map(|_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64() * 1e9
    });
    measured.fold(f64::MAX, f64::min)
}

/// What is counted, after everything was done once.
fn prepared(recipe: &Recipe, size: usize, telling: Telling) -> impl Fn() {
    let work = work(recipe.message(size), recipe.zone(), telling);
    work();
    move || counted(&work)
}

fn work(raw: Vec<u8>, zone: Zone, telling: Telling) -> impl Fn() {
    let authenticator = Authenticator::new("mx.example.org");
    move || {
        let message = Message::parse(&raw).unwrap();
        let connection = Connection::new([192, 0, 2, 25].into(), "mail.example.com", "kitchen+@example.com")
            .at(1_800_000_000);
        let report = telling.report(authenticator.check(&message, connection), &zone);
        std::hint::black_box(report.auth_results_field());
    }
}

/// What callgrind looks for by its name.
#[inline(never)]
fn counted(work: &impl Fn()) {
    work();
}
