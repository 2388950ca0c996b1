//! `mailproof dns compare`: do several servers say the same?

use super::{Subject, answer, kind};
use crate::asking::Asking;
use crate::input::Unreadable;
use crate::plain::coloured;
use crate::terminal::visible;
use crate::{Exit, terminal};
use mailproof::dns::{Answer, Failure, Kind, Outcome, Question, blocking::Resolver};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Asks several servers the same, each alone, and shows where they differ.
///
/// Compared are the outcome, the records as a set, the aliases, the AD bit where it is believed, and the extended
/// error; the time to live is shown and not compared. Exit codes: 0 the same, 1 they differ, 75 a server could not be
/// asked.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The name; with PTR also an address, of which the reverse name is meant.
    name: Subject,
    /// A, AAAA, MX, PTR or TXT.
    #[arg(value_name = "TYPE", value_parser = kind)]
    kind: Kind,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    asking: Asking,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    if arguments.asking.servers.len() < 2 {
        crate::refuse_usage("two servers at least are needed: --server A --server B");
    }
    let question = Question::new(arguments.name.name_for(arguments.kind).clone(), arguments.kind);
    let comparison = Comparison::of(&question, &arguments.asking)?;
    if terminal::manner().json {
        terminal::print_json(&comparison.json());
    } else {
        terminal::print(&comparison.plain());
    }
    Ok(comparison.exit())
}

/// What each server said.
struct Comparison {
    question: Question,
    told: Vec<(String, Answer)>,
}

/// Something in which answers may differ, and what each server says of it.
struct Aspect {
    name: &'static str,
    values: Vec<String>,
}

impl Comparison {
    /// Asks all at once.
    fn of(question: &Question, asking: &Asking) -> Result<Self, Unreadable> {
        let resolvers: Result<Vec<_>, _> = asking.servers.iter().map(|server| asking.alone(server)).collect();
        let resolvers = resolvers?;
        let time = asking.time();
        let answers: Vec<_> = std::thread::scope(|scope| {
            let asked: Vec<_> = resolvers
                .iter()
                .map(|resolver| scope.spawn(move || resolver.within(time).resolve(question)))
                .collect();
            let told = asked.into_iter().map(std::thread::ScopedJoinHandle::join);
            told.map(|answer| answer.unwrap_or_else(|_| Answer::failed(Failure::Unreachable))).collect()
        });
        let told = asking.servers.iter().map(ToString::to_string).zip(answers).collect();
        Ok(Self { question: question.clone(), told })
    }

    fn exit(&self) -> Exit {
        if self.told.iter().any(|(_, answer)| !is_told(answer)) {
            Exit::Undecided
        } else if self.differences().is_empty() && self.record_differences().is_empty() {
            Exit::Good
        } else {
            Exit::Bad
        }
    }

    const fn summary(exit: Exit) -> &'static str {
        match exit {
            Exit::Good => "SAME",
            Exit::Bad => "DIFFER",
            Exit::Undecided | Exit::Unreadable | Exit::Defect | Exit::Interrupted => "DEFER",
        }
    }

    /// The aspects, save the records, in which not all say the same.
    fn differences(&self) -> Vec<Aspect> {
        let aspect = |name, value: fn(&Answer) -> String| Aspect {
            name,
            values: self.told.iter().map(|(_, answer)| value(answer)).collect(),
        };
        let aliases = |answer: &Answer| {
            let hops: Vec<_> = answer.aliases().iter().map(ToString::to_string).collect();
            if hops.is_empty() { "none".to_owned() } else { hops.join(" > ") }
        };
        let error = |answer: &Answer| {
            answer.details().extended_error.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
        };
        let ad = |answer: &Answer| if answer.is_authentic() { "yes" } else { "no" }.to_owned();
        let all = [
            aspect("outcome", answer::word),
            aspect("aliases", aliases),
            aspect("AD", ad),
            aspect("extended error", error),
        ];
        all.into_iter().filter(Aspect::differs).collect()
    }

    /// The records that not all of those have who found some, and who has them.
    fn record_differences(&self) -> BTreeMap<String, Vec<&str>> {
        let found = || self.told.iter().filter(|(_, answer)| matches!(answer.outcome(), Outcome::Found(_)));
        let mut holders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (server, answer) in found() {
            for record in answer::records(answer).into_iter().collect::<BTreeSet<_>>() {
                holders.entry(record).or_default().push(server);
            }
        }
        let count = found().count();
        holders.retain(|_, servers| servers.len() < count);
        holders
    }

    fn plain(&self) -> String {
        let exit = self.exit();
        let mut out = format!("{}  {}\n", coloured(Self::summary(exit)), self.question);
        let mut line = |text: String| {
            let _ = writeln!(out, "  {}", visible(&text).trim_end());
        };
        let server_width = self.told.iter().map(|(server, _)| server.chars().count()).max().unwrap_or(0);
        let word_width = self.told.iter().map(|(_, answer)| answer::word(answer).len()).max().unwrap_or(0);
        for (server, answer) in &self.told {
            let word = answer::word(answer);
            let what = match answer.outcome() {
                Outcome::Found(_) => match answer::records(answer).len() {
                    1 => "1 record".to_owned(),
                    count => format!("{count} records"),
                },
                _ => String::new(),
            };
            let ttl = format!("ttl {}", answer.ttl().as_secs());
            let how = answer.details().exchange.as_ref().map(answer::exchange_text).unwrap_or_default();
            line(format!("{server:server_width$}  {word:word_width$}  {ttl:<10}  {what:<10}  {how}"));
        }
        for aspect in self.differences() {
            for ((server, _), value) in self.told.iter().zip(&aspect.values) {
                line(format!("{} of {server}: {value}", aspect.name));
            }
        }
        for (record, servers) in self.record_differences() {
            line(format!("only {}: {record}", servers.join(", ")));
        }
        if exit == Exit::Undecided {
            line(
                "next: a server could not be asked; is its address right, and does it answer from here?"
                    .into(),
            );
        }
        out
    }

    fn json(&self) -> Value {
        let answers: Vec<_> = self
            .told
            .iter()
            .map(|(server, answer)| json!({ "server": server, "answer": answer::json(&self.question, answer) }))
            .collect();
        let mut differences: Vec<_> = self
            .differences()
            .iter()
            .map(|aspect| json!({ "in": aspect.name, "values": aspect.values }))
            .collect();
        differences.extend(
            self.record_differences()
                .iter()
                .map(|(record, servers)| json!({ "in": "records", "record": record, "only": servers })),
        );
        json!({
            "schema": "mailproof.comparison/1",
            "result": Self::summary(self.exit()).to_ascii_lowercase(),
            "question": self.question.to_string(),
            "servers": answers,
            "differences": differences,
        })
    }
}

impl Aspect {
    fn differs(&self) -> bool {
        self.values.iter().collect::<BTreeSet<_>>().len() > 1
    }
}

/// Whether the server said anything, were it that it refuses or fails.
fn is_told(answer: &Answer) -> bool {
    !matches!(
        answer.outcome(),
        Outcome::Failed(Failure::Budget | Failure::Malformed | Failure::Timeout | Failure::Unreachable)
    )
}
