//! A whole report for a person.

use super::advice::advice;
use super::coloured;
use super::dkim::{self as signatures, SIGNATURES};
use super::identities::identities;
use super::next::next;
use super::spf::spent;
use super::table::{Row, Table};
use super::trace::tree;
use crate::Exit;
use crate::signatures::Background;
use crate::terminal::{folded, visible, width};
use crate::way_back::WayBack;
use mailproof::dmarc::{Aligned, Mechanism};
use mailproof::spf::Trace;
use mailproof::{Name, Report, arc, dmarc, spf};
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

/// What is told beside the report.
pub(crate) struct Telling<'a> {
    /// The address given with --ip.
    pub(crate) ip: Option<IpAddr>,
    /// Whether mail can be sent back, where MAIL FROM has a domain.
    pub(crate) way_back: Option<WayBack>,
    /// What is known of each signature.
    pub(crate) background: &'a [Background],
    /// What SPF did; empty when that is not wanted.
    pub(crate) traces: &'a [Trace],
    /// Whether everything is told.
    pub(crate) all: bool,
    /// How long DNS took, where it was asked.
    pub(crate) took: Option<Duration>,
    /// Answers that a cache had.
    pub(crate) cached: usize,
}

/// The verdict, a row for each check, and the field to put on top of the message.
pub(crate) fn report(report: &Report, telling: &Telling<'_>, exit: Exit) -> String {
    let mut table = Table::default();
    iprev_row(&mut table, report);
    spf_rows(&mut table, report);
    dkim_rows(&mut table, report);
    arc_row(&mut table, &report.arc);
    dmarc_row(&mut table, report);
    signatures::notes(&mut table, &report.dkim, telling.background, telling.all);
    signatures::further(&mut table, &report.dkim);
    match telling.ip {
        Some(ip) => table.note("client", &format!("{ip}, the address given with --ip")),
        None => table.note("client", "not given: SPF needs --ip; who sent the message is not guessed"),
    }
    if let Some(WayBack::Closed(why)) = telling.way_back {
        let domain = report.mail_from.as_ref().map(spf::Verdict::domain_text).unwrap_or_default();
        table.note(
            "sender",
            &format!(
                "{domain} {why}: nothing can be sent back, for which large receivers defer or refuse mail"
            ),
        );
    }
    if telling.all {
        table.note("dns", &cost(report, telling));
    }
    let mut out = headline(report, exit);
    out.push_str(&table.drawn(width()));
    for line in advice(report, exit) {
        let _ = writeln!(out, "{}", folded("", &visible(&line), width()));
    }
    if telling.all {
        let _ = write!(out, "\n{}", identities(report, width()));
    }
    for trace in telling.traces {
        let Some(verdict) = &trace.verdict else {
            continue;
        };
        let word = coloured(verdict.outcome.word());
        let _ = writeln!(out, "\nSPF {} {}: {word}", verdict.identity.word(), visible(verdict.domain_text()));
        let _ = writeln!(out, "{}", folded("  spent    ", &spent(verdict, trace, None), width()));
        out.push_str(&tree(trace, telling.all, width()));
        if let Some(next) = next(verdict, Some(trace)) {
            let _ = writeln!(out, "{}", folded("next: ", &visible(&next), width()));
        }
    }
    out.push('\n');
    for line in report.auth_results_field().lines() {
        let _ = writeln!(out, "{}", visible(line));
    }
    out
}

fn cost(report: &Report, telling: &Telling<'_>) -> String {
    let mut out = format!("{} questions in {} rounds", report.dns.questions, report.dns.rounds);
    if let Some(took) = telling.took {
        let _ = write!(out, ", {} ms", took.as_millis());
    }
    if telling.cached > 0 {
        let _ = write!(out, ", {} cached", telling.cached);
    }
    out
}

fn headline(report: &Report, exit: Exit) -> String {
    let verdict = &report.dmarc;
    let author = verdict.author_domain.as_ref().map(ToString::to_string).unwrap_or_default();
    let (word, text) = match &verdict.outcome {
        dmarc::Outcome::Pass => ("PASS", format!("this is mail of {author}")),
        dmarc::Outcome::Fail if report.awaits_override => {
            ("DEFER", format!("whether a trusted sealer excuses this mail of {author} cannot be decided now"))
        }
        dmarc::Outcome::Fail => {
            if let Some(excuse) = &report.dmarc_override {
                let text =
                    format!("{}, a trusted sealer, says that this was mail of {author}", excuse.sealer);
                return format!("{}  {}\n", coloured("PASS"), visible(&text));
            }
            let policy = verdict.policy.map_or("none", dmarc::Policy::word);
            ("FAIL", format!("nothing shows that this is mail of {author}, whose policy is {policy}"))
        }
        dmarc::Outcome::None(_) => {
            let rest = match exit {
                Exit::Good => "no check failed",
                Exit::Bad | Exit::Unreadable | Exit::Defect | Exit::Interrupted => "a check failed",
                Exit::Undecided => "a check cannot be decided now",
            };
            ("NONE", format!("{author} has no DMARC policy; {rest}"))
        }
        dmarc::Outcome::Permerror(cause) => ("FAIL", format!("nobody can say whose mail this is: {cause}")),
        dmarc::Outcome::Temperror(_) => {
            ("DEFER", format!("whether this is mail of {author} cannot be decided now"))
        }
    };
    format!("{}  {}\n", coloured(word), visible(&text))
}

fn iprev_row(table: &mut Table, report: &Report) {
    if let Some(verdict) = &report.iprev {
        table.row(Row {
            method: "iprev",
            word: verdict.outcome.word(),
            identity: verdict.ip.to_string(),
            alignment: String::new(),
            why: verdict.reason().to_string(),
        });
    }
}

fn spf_rows(table: &mut Table, report: &Report) {
    let verdicts = [&report.helo, &report.mail_from];
    if verdicts.iter().all(|verdict| verdict.is_none()) {
        table.row(Row { method: "SPF", word: "-", identity: "left out".to_owned(), ..Row::default() });
    }
    // RFC 7208 §2.4: with a null reverse-path the HELO name is the identity of both, which is told once.
    let is_bounce = report.mail_from.as_ref().is_some_and(|verdict| is_null(&verdict.identity));
    for verdict in verdicts.into_iter().flatten() {
        let (said, counts) = match &verdict.identity {
            spf::Identity::Helo => ("HELO", is_bounce),
            spf::Identity::MailFrom(_) if is_bounce && report.helo.is_some() => continue,
            spf::Identity::MailFrom(_) => ("MAIL FROM", true),
        };
        let domain = verdict.domain.as_ref().filter(|_| counts);
        let has_passed = verdict.outcome == spf::Outcome::Pass;
        table.row(Row {
            method: "SPF",
            word: verdict.outcome.word(),
            identity: format!("{said} {}", verdict.domain_text()),
            alignment: alignment(&report.dmarc, Mechanism::Spf, domain, has_passed),
            why: spf_why(verdict),
        });
    }
}

fn is_null(identity: &spf::Identity) -> bool {
    match identity {
        spf::Identity::Helo => false,
        spf::Identity::MailFrom(reverse_path) => reverse_path.is_empty(),
    }
}

fn spf_why(verdict: &spf::Verdict) -> String {
    let mut why = verdict.reason().to_string();
    if let Some(explanation) = &verdict.explanation {
        let _ = write!(why, "; the domain says: {explanation}");
    }
    why
}

fn dkim_rows(table: &mut Table, report: &Report) {
    if report.dkim.is_empty() {
        table.row(Row {
            method: "DKIM",
            word: "none",
            identity: "no signature".to_owned(),
            ..Row::default()
        });
    }
    for verdict in report.dkim.iter().take(SIGNATURES) {
        table.row(Row {
            method: "DKIM",
            word: verdict.outcome.word(),
            identity: signatures::identity(verdict),
            alignment: alignment(
                &report.dmarc,
                Mechanism::Dkim,
                verdict.domain.as_ref(),
                verdict.outcome.is_pass(),
            ),
            why: signatures::why(verdict),
        });
    }
}

/// How the domain of a check compares with the author domain. DMARC compares only what passed; of what did not, the
/// author domain itself is worth telling.
fn alignment(
    dmarc: &dmarc::Verdict,
    mechanism: Mechanism,
    domain: Option<&Name>,
    has_passed: bool,
) -> String {
    let (Some(domain), Some(author), Some(_)) = (domain, &dmarc.author_domain, &dmarc.record) else {
        return String::new();
    };
    if !has_passed {
        return if domain == author { "would be aligned".to_owned() } else { String::new() };
    }
    let mut compared = dmarc.identifiers.iter();
    let Some(identifier) =
        compared.find(|identifier| identifier.mechanism == mechanism && identifier.domain == *domain)
    else {
        return String::new();
    };
    match &identifier.aligned {
        Aligned::Identical | Aligned::Organizational => "aligned".to_owned(),
        Aligned::No => format!("not aligned with {author}"),
        Aligned::Undetermined(_) => "alignment unknown".to_owned(),
        _ => "not compared".to_owned(),
    }
}

/// One row when there is a chain: most mail has none.
fn arc_row(table: &mut Table, verdict: &arc::Verdict) {
    if verdict.outcome == arc::Outcome::None {
        return;
    }
    let sealer = verdict.sets.last().and_then(|set| set.seal.domain.as_ref());
    let sealed = sealer.map(|domain| format!(", last by {domain}")).unwrap_or_default();
    let sets = if verdict.instances == 1 { "set" } else { "sets" };
    let oldest = verdict.oldest_pass.filter(|instance| *instance > 0);
    table.row(Row {
        method: "ARC",
        word: verdict.outcome.word(),
        identity: format!("{} {sets}{sealed}", verdict.instances),
        alignment: String::new(),
        why: verdict
            .outcome
            .reason()
            .or_else(|| oldest.map(|instance| format!("the message was changed before set {instance}")))
            .unwrap_or_default(),
    });
}

fn dmarc_row(table: &mut Table, report: &Report) {
    let verdict = &report.dmarc;
    let author = verdict.author_domain.as_ref().map(ToString::to_string).unwrap_or_default();
    table.row(Row {
        method: "DMARC",
        word: verdict.outcome.word(),
        identity: format!("From {author}"),
        alignment: String::new(),
        why: dmarc_why(verdict),
    });
    let (Some(domain), Some(record)) = (&verdict.record_domain, &verdict.record) else {
        return;
    };
    let above = match &verdict.author_domain {
        Some(author) if author != domain => format!(" (there is none at _dmarc.{author})"),
        _ => String::new(),
    };
    table.note("record", &format!("_dmarc.{domain}: {record}{above}"));
    let policy = verdict.policy.map_or("not known", dmarc::Policy::word);
    let because = match (&verdict.outcome, &report.dmarc_override) {
        (dmarc::Outcome::Pass, _) => ", since the message passes",
        (dmarc::Outcome::Temperror(_), _) => ", since it is not decided",
        (dmarc::Outcome::Fail, Some(_)) => ", since local policy overrides it",
        (dmarc::Outcome::Fail | dmarc::Outcome::None(_) | dmarc::Outcome::Permerror(_), _) => "",
    };
    table.note("policy", &format!("{policy}; disposition {}{because}", report.disposition()));
    if let Some(excuse) = &report.dmarc_override {
        let said =
            format!("set {}: {} reported {}=pass", excuse.instance, excuse.sealer, excuse.testimony.word());
        table.note("sealer", &said);
    }
}

fn dmarc_why(verdict: &dmarc::Verdict) -> String {
    if verdict.outcome != dmarc::Outcome::Pass {
        return verdict.reason();
    }
    let aligned = match (verdict.spf_aligned, verdict.dkim_aligned) {
        (true, true) => "SPF and DKIM are aligned",
        (true, false) => "SPF is aligned",
        (false, true) => "DKIM is aligned",
        (false, false) => return verdict.reason(),
    };
    aligned.to_owned()
}
