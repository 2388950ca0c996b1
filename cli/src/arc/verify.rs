//! `mailproof arc verify`: does the chain of forwarders hold?

use crate::context::Context;
use crate::input::{Unreadable, read, shown, wire_octets};
use crate::resolve::Source;
use crate::{Exit, plain, terminal};
use mailproof::Name;
use mailproof::arc::{Outcome, Policy, Set, Signature, SignatureOutcome, Verdict, validate};
use mailproof::message::Message;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Verifies the ARC chain of a message, and tells what each forwarder says it found. Whether they are to be believed is another question.
///
/// Exit code 0: the chain holds; 1: it does not, or there is none; 75: DNS failed.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The message, or - for standard input.
    file: PathBuf,
    /// The time of arrival, in Unix seconds; that of the recording that is replayed, or now, if not given.
    #[arg(long, value_name = "UNIXTIME")]
    at: Option<u64>,
    /// Take the file as wire octets: a bare LF is content, even in a file of bare LF line ends.
    #[arg(long)]
    raw: bool,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let octets = wire_octets(read(&arguments.file)?, arguments.raw);
    let message =
        Message::parse(&octets).map_err(|why| Unreadable::Message { path: shown(&arguments.file), why })?;
    let dns = arguments.source.open()?;
    let time = dns.time_of(arguments.at);
    let context = Context::new("arc verify", time).with_message(&octets);
    let verdict = dns.run(validate(&message, &Policy::default(), time), context)?;
    if terminal::manner().json {
        terminal::print_json(&to_json(&verdict));
    } else {
        terminal::print(&told(&verdict));
    }
    Ok(match (&verdict.outcome, verdict.unavailable()) {
        (Outcome::Pass, _) => Exit::Good,
        (Outcome::None | Outcome::Fail(_), Some(_)) => Exit::Undecided,
        (Outcome::None | Outcome::Fail(_), None) => Exit::Bad,
    })
}

fn told(verdict: &Verdict) -> String {
    let reason = match (&verdict.outcome, verdict.outcome.reason()) {
        (Outcome::None, _) => "the message has no chain".to_owned(),
        (_, Some(reason)) => reason,
        (_, None) => match verdict.instances {
            1 => "the chain holds: one forwarder".to_owned(),
            count => format!("the chain holds: {count} forwarders"),
        },
    };
    let mut out = format!("{}  {}\n", plain::coloured(verdict.outcome.word()), terminal::visible(&reason));
    for set in &verdict.sets {
        out.push_str(&told_set(set));
    }
    out
}

fn told_set(set: &Set) -> String {
    let mut out = format!("  i={}  sealed by {}", set.instance, shown_name(set.seal.domain.as_ref()));
    let _ = writeln!(out, ", who found the chain before: {}", set.chain_status);
    let _ = writeln!(out, "       seal     {}", told_signature(&set.seal));
    let from = if set.covers_from { "" } else { "; From is not signed" };
    let open = match set.unsigned_body_octets {
        0 => String::new(),
        octets => format!("; {octets} octets at the end of the body are not signed"),
    };
    let _ = writeln!(out, "       message  {}{from}{open}", told_signature(&set.message_signature));
    let results = String::from_utf8_lossy(&set.results);
    let results: Vec<&str> = results.split_whitespace().collect();
    let _ = writeln!(out, "       says     {}", terminal::visible(&results.join(" ")));
    out
}

fn told_signature(signature: &Signature) -> String {
    let outcome = match &signature.outcome {
        SignatureOutcome::Pass => "holds".to_owned(),
        SignatureOutcome::Fail(fault) => format!("does not hold: {fault}"),
        SignatureOutcome::Untried => "was not tried".to_owned(),
    };
    let selector = shown_name(signature.selector.as_ref());
    let bits = signature.key_bits.map(|bits| format!(", {bits}-bit key")).unwrap_or_default();
    terminal::visible(&format!("{outcome} (d={} s={selector}{bits})", shown_name(signature.domain.as_ref())))
        .into_owned()
}

fn shown_name(name: Option<&Name>) -> &str {
    name.map_or("?", Name::as_str)
}

fn to_json(verdict: &Verdict) -> Value {
    json!({
        "schema": "mailproof.arc/1",
        "result": verdict.outcome.word(),
        "reason": verdict.outcome.reason(),
        "instances": verdict.instances,
        "oldest_pass": verdict.oldest_pass,
        "sets": verdict.sets.iter().map(set_json).collect::<Vec<_>>(),
    })
}

fn set_json(set: &Set) -> Value {
    json!({
        "instance": set.instance,
        "chain_status": set.chain_status.word(),
        "seal": signature_json(&set.seal),
        "message_signature": signature_json(&set.message_signature),
        "covers_from": set.covers_from,
        "unsigned_body_octets": set.unsigned_body_octets,
        "results": String::from_utf8_lossy(&set.results).trim(),
    })
}

fn signature_json(signature: &Signature) -> Value {
    let (result, reason) = match &signature.outcome {
        SignatureOutcome::Pass => ("pass", None),
        SignatureOutcome::Fail(fault) => ("fail", Some(fault.to_string())),
        SignatureOutcome::Untried => ("untried", None),
    };
    json!({
        "result": result,
        "reason": reason,
        "domain": signature.domain.as_ref().map(Name::as_str),
        "selector": signature.selector.as_ref().map(Name::as_str),
        "algorithm": signature.algorithm.map(|algorithm| algorithm.to_string()),
        "key_bits": signature.key_bits,
    })
}
