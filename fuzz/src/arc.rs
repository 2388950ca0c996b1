//! ARC chains.

use super::chunks::chunks;
use super::field::assert_printable;
use mailproof::arc::{Outcome, Policy, Validator, Verdict, validate};
use mailproof::dkim::Appetite;
use mailproof::dns::{Known, Records, Txt, Zone};
use mailproof::message::Message;
use mailproof::{Evaluation, Name, Step};
use std::time::Duration;

const KEY: &str = "k=ed25519; p=fGlnWb9BXRfqJB0Um+t+kLa81DwLyeB7LvyGlC0o8KM=";
const NOW: u64 = 1_795_200_000;

/// Sets, and their fields, of a chain at most.
const SETS: usize = 50;

/// Any message gives the same verdict whole and in pieces, whether its keys are known early or late; what is asked and
/// told is bounded; and the parts of the verdict agree.
pub fn chain(octets: &[u8]) {
    let Ok(message) = Message::parse(octets) else {
        return;
    };
    let policy = Policy::default();
    let zone = zone();
    let Step::Done(whole) = validate(&message, &policy, NOW).step(&zone) else {
        panic!("asks although everything is known");
    };
    assert_eq!(in_chunks(&message, &zone), whole, "early keys, pieces");
    assert_eq!(validate(&message, &policy, NOW).run_blocking(&zone), whole, "late keys, whole");
    assert!(usize::from(whole.instances) <= SETS && whole.sets.len() <= SETS);
    assert_printable(&whole.outcome.reason().unwrap_or_default());
    match &whole.outcome {
        Outcome::None => assert_eq!(whole, Verdict::default()),
        Outcome::Pass => assert_passes(&whole),
        Outcome::Fail(_) => assert_eq!(whole.oldest_pass, None),
    }
}

fn assert_passes(verdict: &Verdict) {
    assert_eq!(usize::from(verdict.instances), verdict.sets.len());
    assert!(verdict.sets.iter().all(|set| set.seal.outcome.is_pass()));
    let newest = verdict.sets.last().expect("a chain has sets");
    assert!(newest.message_signature.outcome.is_pass());
    let oldest = verdict.oldest_pass.expect("it is looked for");
    assert!(oldest <= verdict.instances && oldest != 1);
    let holds = verdict.sets.iter().filter(|set| set.instance >= oldest);
    assert!(
        holds.clone().count() > 0 && holds.into_iter().all(|set| set.message_signature.outcome.is_pass())
    );
}

fn in_chunks(message: &Message<'_>, zone: &Zone) -> Verdict {
    let mut validator = Validator::new(&message.headers, &Policy::default(), NOW);
    let questions = validator.questions();
    assert!(questions.len() <= 2 * SETS);
    for question in questions {
        let answer = zone.recall(&question).expect("a zone always knows");
        validator.answer(&question, &answer);
    }
    for chunk in chunks(message.body) {
        if validator.body(chunk) == Appetite::Full {
            break;
        }
    }
    validator.finish().run_blocking(zone)
}

/// One key for every selector of `example.com`.
fn zone() -> Zone {
    let mut zone = Zone::new();
    let name = Name::parse("*._domainkey.example.com").expect("a name");
    zone.insert(name, Records::Txt(vec![Txt::new([KEY])]), Duration::from_secs(60));
    zone
}
