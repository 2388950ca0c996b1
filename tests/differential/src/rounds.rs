//! A run: cases in rounds of some thousands, each given to all peers at once.

use crate::arguments::Arguments;
use crate::judge::Tally;
use crate::mail_auth_peer::MailAuth;
use crate::{dkim, dkim_classes, dkim_facts, program, spf, spf_classes, spf_facts};
use mailproof::spf::Limits;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

/// Cases of a round.
const ROUND: u64 = 10_000;
/// Undecided disagreements that are printed; the others are only counted.
const SHOWN: usize = 40;

const MAIL_AUTH: &str = "mail-auth";

/// A peer that is a program, and whether it is slow.
type Program = (&'static str, Vec<String>, bool);
/// What it answers: the numbers of the cases it was given, and its lines.
type Answers = (&'static str, Vec<usize>, JoinHandle<Result<Vec<String>, String>>);

/// Whether nothing is undecided.
pub fn run(arguments: &Arguments) -> Result<bool, String> {
    let began = Instant::now();
    // What a peer in this process panics about is its answer, not ours to print.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut of_spf, mut of_dkim) = (Tally::default(), Tally::default());
    let mut start = 0;
    while start < arguments.spf {
        let end = arguments.spf.min(start + ROUND);
        spf_round(arguments, start..end, &mut of_spf)?;
        start = end;
    }
    let spf_took = began.elapsed();
    start = 0;
    while start < arguments.dkim {
        let end = arguments.dkim.min(start + ROUND);
        dkim_round(arguments, start..end, &mut of_dkim)?;
        start = end;
    }
    let took = began.elapsed();
    println!(
        "seed {}: {} SPF evaluations in {} s, {} DKIM messages in {} s",
        arguments.seed,
        arguments.spf,
        spf_took.as_secs(),
        arguments.dkim,
        (took - spf_took).as_secs()
    );
    println!("\n{}\n{}", of_spf.summary("SPF evaluations"), of_dkim.summary("DKIM messages"));
    for (id, (count, first)) in of_spf.met.iter().chain(&of_dkim.met) {
        println!("{count:7}  {} ({}), first in case {first}", id.0, id.1);
    }
    for unmet in of_spf.unmet(spf_classes::CLASSES).into_iter().chain(of_dkim.unmet(dkim_classes::CLASSES)) {
        println!("    not met: {unmet}");
    }
    let undecided = of_spf.undecided.len() + of_dkim.undecided.len();
    for text in of_spf.undecided.iter().take(SHOWN).chain(of_dkim.undecided.iter().take(SHOWN)) {
        println!("UNDECIDED {text}");
    }
    println!("{undecided} undecided disagreements");
    if let Some(path) = &arguments.ledger {
        std::fs::write(path, ledger(arguments, &of_spf, &of_dkim)).map_err(|why| format!("{path}: {why}"))?;
    }
    Ok(undecided == 0)
}

fn spf_round(arguments: &Arguments, numbers: std::ops::Range<u64>, tally: &mut Tally) -> Result<(), String> {
    let cases: Vec<spf::Case> = numbers.map(|number| spf::Case::make(arguments.seed, number)).collect();
    let programs = [
        ("pyspf", python(arguments, "spf_pyspf.py"), false),
        ("Mail::SPF", perl(arguments, "spf_mail_spf.pl"), true),
        ("libspf2", compiled(arguments, "spf_libspf2"), false),
    ];
    let running = start(arguments, programs, &cases.iter().map(spf::Case::line).collect::<Vec<_>>());
    let verdicts: Vec<_> = cases.iter().map(|case| case.check(&Limits::default()).0).collect();
    let mut judge = |peer, index: usize, answer: &str| {
        let (case, ours): (&spf::Case, _) = (&cases[index], &verdicts[index]);
        let (word, detail) = answer.split_once('\t').unwrap_or((answer, ""));
        if word == ours.outcome.word() {
            return tally.judge(peer, 0);
        }
        tally.judge(peer, 1);
        let facts = spf_facts::Facts { case, ours, word, detail };
        let text = || {
            format!(
                "spf\t{}\t{peer}\t{}\t{word}\t{}\t{detail}",
                case.number,
                ours.outcome.word(),
                ours.reason()
            )
        };
        tally.class(peer, case.number, spf_classes::CLASSES, |holds| holds(&facts), text);
    };
    if arguments.wants(MAIL_AUTH) {
        let peer = MailAuth::new();
        for (index, case) in cases.iter().enumerate() {
            if let Some(word) = peer.spf(case) {
                judge(MAIL_AUTH, index, &word);
            }
        }
    }
    for (peer, indices, answers) in running {
        for (index, answer) in indices.into_iter().zip(answers.join().map_err(|_| "a thread died")??) {
            judge(peer, index, &answer);
        }
    }
    Ok(())
}

fn dkim_round(arguments: &Arguments, numbers: std::ops::Range<u64>, tally: &mut Tally) -> Result<(), String> {
    let cases: Vec<dkim::Case> = numbers.map(|number| dkim::Case::make(arguments.seed, number)).collect();
    let programs = [
        ("dkimpy", python(arguments, "dkim_dkimpy.py"), false),
        ("Mail::DKIM", perl(arguments, "dkim_mail_dkim.pl"), false),
        ("libopendkim", compiled(arguments, "dkim_opendkim"), false),
    ];
    let running = start(arguments, programs, &cases.iter().map(dkim::Case::line).collect::<Vec<_>>());
    let verdicts: Vec<_> = cases.iter().map(dkim::Case::check).collect();
    let mut judge = |peer, index: usize, answer: &str| {
        let (case, ours): (&dkim::Case, _) = (&cases[index], &verdicts[index]);
        let (words, detail) = answer.split_once(':').unwrap_or((answer, ""));
        let disagreements = dkim_facts::disagreements(case, ours, words);
        tally.judge(peer, disagreements.len() as u64);
        for facts in disagreements {
            let text = || {
                format!(
                    "dkim\t{}\t{peer}\t{}\t{}\t{}\t{detail}\t{}",
                    case.number,
                    facts.ours,
                    facts.theirs,
                    facts.reason,
                    case.tricks.join(" ")
                )
            };
            tally.class(peer, case.number, dkim_classes::CLASSES, |holds| holds(&facts), text);
        }
    };
    if arguments.wants(MAIL_AUTH) {
        let peer = MailAuth::new();
        for (index, case) in cases.iter().enumerate() {
            judge(MAIL_AUTH, index, &peer.dkim(&case.raw, &case.zone));
        }
    }
    for (peer, indices, answers) in running {
        for (index, answer) in indices.into_iter().zip(answers.join().map_err(|_| "a thread died")??) {
            judge(peer, index, &answer);
        }
    }
    Ok(())
}

/// Starts the programs that are wanted, each with its lines.
fn start<const N: usize>(arguments: &Arguments, programs: [Program; N], lines: &[Vec<u8>]) -> Vec<Answers> {
    let mut running = Vec::new();
    for (peer, command, is_slow) in programs {
        if arguments.wants(peer) {
            let step = if is_slow { arguments.slow as usize } else { 1 };
            let indices: Vec<usize> = (0..lines.len()).step_by(step).collect();
            let lines = Arc::new(indices.iter().map(|index| lines[*index].clone()).collect());
            running.push((peer, indices, std::thread::spawn(move || program::answers(&command, &lines))));
        }
    }
    running
}

fn python(arguments: &Arguments, program: &str) -> Vec<String> {
    vec!["/usr/bin/python3".into(), format!("{}/{program}", arguments.peers)]
}

fn perl(arguments: &Arguments, program: &str) -> Vec<String> {
    vec!["/usr/bin/perl".into(), format!("{}/{program}", arguments.peers)]
}

fn compiled(arguments: &Arguments, program: &str) -> Vec<String> {
    vec![format!("{}/{program}", arguments.binaries)]
}

fn ledger(arguments: &Arguments, of_spf: &Tally, of_dkim: &Tally) -> String {
    format!(
        "{}\nThe last full run: seed {}, {} SPF evaluations, {} DKIM messages, {} undecided disagreements.\n\n## SPF\n\n{}\n{}\n## DKIM\n\n{}\n{}",
        include_str!("ledger-head.md"),
        arguments.seed,
        arguments.spf,
        arguments.dkim,
        of_spf.undecided.len() + of_dkim.undecided.len(),
        of_spf.summary("SPF evaluations"),
        of_spf.table(spf_classes::CLASSES),
        of_dkim.summary("DKIM messages"),
        of_dkim.table(dkim_classes::CLASSES),
    )
}
