//! `mailproof check`: is this mail what it says it is?

use crate::context::Context;
use crate::dkim::verdicts_json;
use crate::input::{Unreadable, read, reverse_path, shown, wire_octets};
use crate::plain::Telling;
use crate::resolve::Source;
use crate::signatures::{Background, background};
use crate::terminal::{manner, print, print_json};
use crate::way_back::WayBack;
use crate::{Exit, plain};
use mailproof::dns::{Answer, Freshness, Question, Recorder, Replay};
use mailproof::eval::Evaluation;
use mailproof::message::Message;
use mailproof::name::MalformedName;
use mailproof::{Authenticator, Connection, Name, Report, dkim, dmarc, spf};
use serde_json::Value;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Instant;

/// Judges a message: SPF, DKIM, DMARC, and the Authentication-Results field that says so.
///
/// Exit codes: 0 it is authenticated, or has no DMARC policy and nothing failed; 1 it is not; 2 usage; 65 input that
/// cannot be read; 75 cannot be decided now.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// The message, or - for standard input.
    file: PathBuf,
    /// The address of the SMTP client that handed the message to the receiving network; without it SPF is left out.
    #[arg(long, value_name = "ADDR")]
    ip: Option<IpAddr>,
    /// What the client said in HELO or EHLO.
    #[arg(long, value_name = "NAME", default_value = "")]
    helo: String,
    /// The address in MAIL FROM; empty or <> for a bounce.
    #[arg(long, value_name = "ADDR", default_value = "")]
    mail_from: String,
    /// The receiver's name in Authentication-Results.
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    authserv_id: String,
    /// Believe the ARC chain of a forwarder that seals as this domain (ARC is legacy); may be given several times.
    #[arg(long = "trusted-sealer", value_name = "DOMAIN", value_parser = sealer)]
    trusted_sealers: Vec<Name>,
    /// The time of arrival, in Unix seconds; that of the recording that is replayed, or now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Take the file as wire octets: a bare LF is content, even in a file of bare LF line ends.
    #[arg(long)]
    raw: bool,
    /// Tell all that was evaluated: the tree of SPF, every identity, the keys; -v does the same.
    #[arg(long)]
    trace: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

const HELP: &str = "\
Examples:
  mailproof check mail.eml
  mailproof check mail.eml --ip 192.0.2.1 --helo mx.example.com --mail-from jane@example.com
  mailproof check - --json <mail.eml";

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let octets = wire_octets(read(&arguments.file)?, arguments.raw);
    let message =
        Message::parse(&octets).map_err(|why| Unreadable::Message { path: shown(&arguments.file), why })?;
    let dns = arguments.source.open()?;
    let time = dns.time_of(arguments.at);
    let connection = connection(arguments, time);
    let context = context(arguments, &connection, &octets);
    let mut authenticator = Authenticator::new(&arguments.authserv_id);
    authenticator.trusted_sealers.clone_from(&arguments.trusted_sealers);
    let requests = authenticator.spf_requests(&connection);
    let start = Instant::now();
    let (report, way_back, recording) = dns.ask(context, |resolver| {
        let recorder = Recorder::new(resolver);
        let report = authenticator.check(&message, connection).run_blocking(&recorder);
        let way_back = sender_domain(&report, arguments).map(|domain| WayBack::of(domain, &recorder));
        (report, way_back, recorder.recording())
    })?;
    let took = dns.is_network().then(|| start.elapsed());
    let known = Replay::new(&recording);
    let all = arguments.trace || manner().is_verbose();
    let traces: Vec<_> = requests
        .into_iter()
        .flatten()
        .filter(|_| all)
        .map(|request| spf::check(request).trace(&known))
        .collect();
    let background = background(&message, &report.dkim, &authenticator.dkim, &known);
    let exit = exit(&report);
    if manner().json {
        print_json(&json(&report, way_back, &traces, &background));
    } else {
        let cached = |(_, answer): &&(Question, Answer)| answer.freshness() != Freshness::Fresh;
        let cached = recording.answers().iter().filter(cached).count();
        let telling = Telling {
            ip: arguments.ip,
            way_back,
            background: &background,
            traces: &traces,
            all,
            took,
            cached,
        };
        print(&plain::report(&report, &telling, exit));
    }
    Ok(exit)
}

/// Where mail would be sent back to: the domain of MAIL FROM, which a bounce has none of.
fn sender_domain<'a>(report: &'a Report, arguments: &Arguments) -> Option<&'a Name> {
    let verdict = report.mail_from.as_ref().filter(|_| !reverse_path(&arguments.mail_from).is_empty())?;
    verdict.domain.as_ref()
}

/// The report with what is known beside it.
fn json(
    report: &Report,
    way_back: Option<WayBack>,
    traces: &[spf::Trace],
    background: &[Background],
) -> Value {
    let mut json = report.to_json();
    if let Some(fields) = json.as_object_mut() {
        fields.insert("dkim".to_owned(), verdicts_json(&report.dkim, background));
        fields.insert("identities".to_owned(), plain::identities_json(report));
        let is_open = way_back.and_then(WayBack::is_open);
        fields.insert("mail_from_resolvable".to_owned(), is_open.into());
    }
    let verdicts = json.get_mut("spf").and_then(Value::as_array_mut).into_iter().flatten();
    for (verdict, trace) in verdicts.zip(traces) {
        if let Some(fields) = verdict.as_object_mut() {
            fields.insert("trace".to_owned(), trace.to_json());
        }
    }
    json
}

fn connection(arguments: &Arguments, time: u64) -> Connection {
    let connection = match arguments.ip {
        Some(ip) => Connection::new(ip, arguments.helo.as_str(), reverse_path(&arguments.mail_from)),
        None => Connection::unknown(),
    };
    connection.at(time)
}

/// What the verdict depends on beside DNS. Without an address neither HELO nor MAIL FROM is used.
fn context(arguments: &Arguments, connection: &Connection, octets: &[u8]) -> Context {
    let context = Context::new("check", connection.received_at)
        .with("authserv_id", &arguments.authserv_id)
        .with_message(octets);
    let sealers: Vec<_> = arguments.trusted_sealers.iter().map(Name::as_str).collect();
    let context =
        if sealers.is_empty() { context } else { context.with("trusted_sealers", sealers.join(" ")) };
    match connection.ip {
        Some(ip) => context
            .with("ip", ip)
            .with("helo", &arguments.helo)
            .with("mail_from", reverse_path(&arguments.mail_from)),
        None => context,
    }
}

fn sealer(text: &str) -> Result<Name, MalformedName> {
    Name::parse(text)
}

/// Good: DMARC passes, or a trusted sealer excuses that it does not, or there is no policy and nothing failed.
fn exit(report: &Report) -> Exit {
    match &report.dmarc.outcome {
        dmarc::Outcome::Pass => Exit::Good,
        dmarc::Outcome::Fail if report.dmarc_override.is_some() => Exit::Good,
        dmarc::Outcome::Fail if report.awaits_override => Exit::Undecided,
        dmarc::Outcome::Fail | dmarc::Outcome::Permerror(_) => Exit::Bad,
        dmarc::Outcome::Temperror(_) => Exit::Undecided,
        dmarc::Outcome::None(_) if has_failed(report) => Exit::Bad,
        dmarc::Outcome::None(_) if is_undecided(report) => Exit::Undecided,
        dmarc::Outcome::None(_) => Exit::Good,
    }
}

fn has_failed(report: &Report) -> bool {
    let spf = [&report.helo, &report.mail_from].into_iter().flatten().any(|verdict| match verdict.outcome {
        spf::Outcome::Fail | spf::Outcome::Softfail | spf::Outcome::Permerror(_) => true,
        spf::Outcome::Pass
        | spf::Outcome::Neutral(_)
        | spf::Outcome::None(_)
        | spf::Outcome::Temperror(_) => false,
    });
    // RFC 6376 §6.1: a signature that fails spoils nothing beside one that passes; §3.6.1: one of a domain that only
    // tests DKIM is as none.
    let dkim = !report.dkim.iter().any(|verdict| verdict.outcome.is_pass())
        && report.dkim.iter().filter(|verdict| !verdict.testing).any(|verdict| match verdict.outcome {
            dkim::Outcome::Fail(_) | dkim::Outcome::Policy(_) | dkim::Outcome::Permerror(_) => true,
            dkim::Outcome::Pass | dkim::Outcome::Neutral(_) | dkim::Outcome::Temperror(_) => false,
        });
    spf || dkim
}

fn is_undecided(report: &Report) -> bool {
    let spf = [&report.helo, &report.mail_from]
        .into_iter()
        .flatten()
        .any(|verdict| matches!(verdict.outcome, spf::Outcome::Temperror(_)));
    spf || report.dkim.iter().any(|verdict| matches!(verdict.outcome, dkim::Outcome::Temperror(_)))
}
