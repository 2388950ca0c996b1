//! `mailproof dns NAME TYPE`: what the evaluators would see.

use super::{Subject, answer, exit, kind};
use crate::context::Context;
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::{Exit, terminal};
use mailproof::dns::{Kind, Question};
use serde_json::json;
use std::time::Instant;

/// One question.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The name; with PTR also an address, of which the reverse name is meant.
    #[arg(required = true)]
    name: Option<Subject>,
    /// A, AAAA, MX, PTR or TXT.
    #[arg(required = true, value_name = "TYPE", value_parser = kind)]
    kind: Option<Kind>,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let (Some(subject), Some(kind)) = (&arguments.name, arguments.kind) else {
        crate::refuse_usage("NAME and TYPE are needed");
    };
    let question = Question::new(subject.name_for(kind).clone(), kind);
    let dns = arguments.source.open()?;
    let context = Context::new("dns", dns.time_of(None)).with("subject", &question);
    let start = Instant::now();
    let answer = dns.ask(context, |resolver| resolver.resolve(&question))?;
    // What is read from a file takes no time worth telling, and a replay says the same for ever.
    let took = dns.is_network().then(|| start.elapsed());
    let trusts_ad = arguments.source.asking.trust_ad;
    if terminal::manner().json {
        let error = answer.details().extended_error.as_ref();
        terminal::print_json(&json!({
            "schema": "mailproof.answer/1",
            "answer": answer::json(&question, &answer),
            "extended_error_purpose": error.and_then(|error| error.purpose()),
            "ad_is_trusted": trusts_ad,
            "took_ms": took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        }));
    } else {
        terminal::print(&answer::plain(&question, &answer, trusts_ad, took));
    }
    Ok(exit(answer.outcome()))
}
