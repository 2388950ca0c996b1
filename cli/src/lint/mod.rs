//! `mailproof lint`: what is wrong with a record, without DNS.

mod records;
pub(crate) mod show;

use crate::dkim::read_key;
use crate::input::{Unreadable, read, wire_octets};
use crate::terminal::{manner, print, print_json};
use crate::{Exit, context, terminal};
use mailproof::Name;
use mailproof::message::Message;
use mailproof_lint::{Finding, Fixed, Protocol, Record, Severity, fixed, lint, other_key, signatures};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Says everything that is wrong with SPF, DKIM key and DMARC records, what receivers will do, and how to mend it. It
/// asks no DNS.
///
/// Exit codes: 0 nothing is wrong, 1 something is (see --fail-on), 2 usage, 65 input that cannot be read.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("protocol").multiple(false))]
pub(crate) struct Arguments {
    /// A record: its text, its strings each in quotation marks, or a line of a master file; - reads one record a line
    /// from standard input.
    #[arg(value_name = "TEXT", required_unless_present = "message")]
    texts: Vec<String>,
    /// These are SPF records.
    #[arg(long, group = "protocol")]
    spf: bool,
    /// These are DKIM key records.
    #[arg(long, group = "protocol")]
    dkim: bool,
    /// These are DMARC records.
    #[arg(long, group = "protocol")]
    dmarc: bool,
    /// Where the record is published, where its line does not say so.
    #[arg(long, value_name = "NAME")]
    owner: Option<Name>,
    /// Print the mended record alone; what was mended, and what was not, is told on standard error.
    #[arg(long)]
    fix: bool,
    /// The private key that DKIM records are published for: is it theirs?
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Judge the DKIM signatures of this message; - reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "fix")]
    message: Option<PathBuf>,
    /// The time that a message is judged at, in Unix seconds; now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// End with exit code 1 from this severity on.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
}

/// From which severity on a finding is a failure.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    Info,
    #[value(alias = "warn")]
    Warning,
    Error,
    Never,
}

impl FailOn {
    /// The end of a command that has found this.
    pub(crate) fn exit<'a>(self, findings: impl IntoIterator<Item = &'a Finding>) -> Exit {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Info => Severity::Info,
            Self::Never => return Exit::Good,
            Self::Warning => Severity::Warning,
        };
        if findings.into_iter().any(|finding| finding.severity() >= least) { Exit::Bad } else { Exit::Good }
    }
}

/// A record, what is wrong with it, and what could be mended.
struct Judged {
    record: Record,
    findings: Vec<Finding>,
    fixed: Fixed,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let key = arguments.key.as_deref().map(read_key).transpose()?;
    let judged: Vec<Judged> = records::read_all(arguments)?
        .into_iter()
        .map(|record| {
            let mut findings = lint(&record);
            if record.protocol == Protocol::Dkim {
                findings.extend(key.as_ref().and_then(|key| other_key(&record, key)));
            }
            let fixed = fixed(&record);
            Judged { record, findings, fixed }
        })
        .collect();
    let message = arguments.message.as_deref().map(|path| judge_message(path, arguments.at)).transpose()?;
    let message = message.unwrap_or_default();
    if arguments.fix && !manner().json {
        return Ok(print_fixed(&judged, arguments.fail_on));
    }
    let all: Vec<&Finding> = judged.iter().flat_map(|judged| &judged.findings).chain(&message).collect();
    if manner().json {
        print_json(&report(&judged, &message, &all));
    } else {
        let mut blocks: Vec<String> = judged.iter().map(plain).collect();
        if arguments.message.is_some() {
            blocks.push(show::findings("", "the signatures: nothing wrong with them", &message));
        }
        print(&blocks.join("\n"));
    }
    Ok(arguments.fail_on.exit(all))
}

fn judge_message(path: &Path, at: Option<u64>) -> Result<Vec<Finding>, Unreadable> {
    let octets = wire_octets(read(path)?, false);
    let malformed = |why| Unreadable::Message { path: crate::input::shown(path), why };
    let message = Message::parse(&octets).map_err(malformed)?;
    Ok(signatures(&message, at.unwrap_or_else(context::unix_now)))
}

fn plain(judged: &Judged) -> String {
    let Judged { record, findings, fixed } = judged;
    let text = record.text();
    let clean = format!("{} record: nothing wrong with it", record.protocol.word());
    let mut out = show::findings(&text, &clean, findings);
    if fixed.is_changed {
        out.push_str(&format!("fixed: {}\n", terminal::visible(&records::written(&fixed.record))));
    }
    out
}

/// The mended records on standard output; the rest of the story on standard error.
fn print_fixed(judged: &[Judged], fail_on: FailOn) -> Exit {
    for Judged { fixed, .. } in judged {
        print(&format!("{}\n", terminal::visible(&records::written(&fixed.record))));
        for (word, findings) in [("mended", &fixed.mended), ("not mended", &fixed.left)] {
            for finding in findings {
                terminal::complain(&format!("{word}: {}: {}", finding.check, finding.message));
            }
        }
    }
    fail_on.exit(judged.iter().flat_map(|judged| &judged.fixed.left))
}

fn report(judged: &[Judged], message: &[Finding], all: &[&Finding]) -> Value {
    let records: Vec<_> = judged
        .iter()
        .map(|Judged { record, findings, fixed }| {
            let ids =
                |findings: &[Finding]| findings.iter().map(|one| one.check.to_string()).collect::<Vec<_>>();
            let is_usable = findings.iter().all(|finding| finding.damage != mailproof_lint::Damage::Record);
            json!({
                "protocol": record.protocol.word(),
                "owner": record.owner.as_ref().map(Name::as_str),
                "text": record.text(),
                "usable": is_usable,
                "findings": findings.iter().map(show::json).collect::<Vec<_>>(),
                "fixed": fixed.is_changed.then(|| fixed.record.text().into_owned()),
                "mended": ids(&fixed.mended),
                "left": ids(&fixed.left),
            })
        })
        .collect();
    let count = |severity| all.iter().filter(|finding| finding.severity() == severity).count();
    json!({
        "schema": "mailproof.lint/1",
        "records": records,
        "message": message.iter().map(show::json).collect::<Vec<_>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "infos": count(Severity::Info),
    })
}
