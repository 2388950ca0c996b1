//! What both tools called spfquery share.

use crate::context::Context;
use crate::input::{Unreadable, read, shown, text};
use crate::resolve::Dns;
use mailproof::spf::{self, Outcome, Permerror, Place, Problem, Temperror, Verdict};
use mailproof::{Evaluation, Name};
use std::net::IpAddr;
use std::path::Path;

/// One question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) ip: IpAddr,
    pub(super) scope: Scope,
    /// The address or the domain that is checked.
    pub(super) identity: String,
    /// What the client said in HELO, if that is told apart from the identity.
    pub(super) helo: Option<String>,
}

/// Whose identity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Helo,
    MailFrom,
}

impl Question {
    /// The verdicts on these questions. Several share a cache, and a recording.
    pub(super) fn ask_all(
        questions: &[Self],
        dns: &Dns<'_>,
        hostname: &str,
    ) -> Result<Vec<Verdict>, Unreadable> {
        let receiver = Name::parse(hostname).ok();
        let now = dns.time_of(None);
        dns.ask(Context::new("compat spfquery", now), |resolver| {
            let ask = |question: &Self| {
                let mut request = question.request();
                request.now = now;
                request.receiver.clone_from(&receiver);
                spf::check(request).run_blocking(resolver)
            };
            questions.iter().map(ask).collect()
        })
    }

    fn request(&self) -> spf::Request {
        let helo = self.helo.as_deref().unwrap_or_default();
        match self.scope {
            Scope::Helo => spf::Request::helo(self.ip, self.identity.as_str()),
            Scope::MailFrom => spf::Request::mail_from(self.ip, helo, self.identity.as_str()),
        }
    }
}

/// A line of a file of questions.
pub(super) enum Line {
    Comment(String),
    Words(Vec<String>),
}

/// The lines of a file of questions that are not empty.
pub(super) fn lines(path: &str) -> Result<Vec<Line>, Unreadable> {
    let path = Path::new(path);
    let text = text(read(path)?).map_err(|why| Unreadable::Text { path: shown(path), why })?;
    let line = |line: &str| {
        if line.starts_with('#') {
            Line::Comment(line.to_owned())
        } else {
            Line::Words(line.split_whitespace().map(str::to_owned).collect())
        }
    };
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(line).collect())
}

/// The policy that led to a verdict, where that is not the domain's own: of the target of a redirect, or of an include.
pub(super) fn other_policy(verdict: &Verdict) -> Option<&Name> {
    match &verdict.outcome {
        Outcome::Temperror(cause) => temporary_place(cause),
        Outcome::Permerror(cause) => permanent_place(cause),
        Outcome::Pass | Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) | Outcome::None(_) => {
            let domain = verdict.matched.as_ref()?.domain();
            (verdict.domain.as_ref() != Some(domain)).then_some(domain)
        }
    }
}

fn temporary_place(cause: &Temperror) -> Option<&Name> {
    if cause.question.kind == mailproof::dns::Kind::Txt && !cause.path.is_empty() {
        return Some(&cause.question.name);
    }
    below(&cause.path)
}

fn permanent_place(cause: &Permerror) -> Option<&Name> {
    match &cause.problem {
        Problem::Malformed { domain, .. } | Problem::SeveralRecords { domain, .. } => {
            (!cause.path.is_empty()).then_some(domain)
        }
        _ => below(&cause.path),
    }
}

/// Whose record the last term stands in, where that is not the first record.
fn below(path: &[Place]) -> Option<&Name> {
    match path {
        [_, .., last] => Some(&last.domain),
        [] | [_] => None,
    }
}

/// The name of this host.
pub(super) fn hostname() -> String {
    let from = |path: &str| std::fs::read_to_string(path).ok();
    let name = from("/proc/sys/kernel/hostname").or_else(|| from("/etc/hostname"));
    name.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
