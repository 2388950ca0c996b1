//! `mailproof audit`: what is wrong with a whole domain.

pub(crate) mod show;

use crate::asking::Asking;
use crate::context::Context;
use crate::input::{Unreadable, domain_argument, read, text};
use crate::lint::FailOn;
use crate::resolve::Source;
use crate::terminal::{manner, print, print_json};
use crate::{Exit, refuse_usage, terminal};
use mailproof::dns::{Txt, blocking};
use mailproof::resolver::Server;
use mailproof::{Evaluation, Name};
use mailproof_lint::audit::{compare, questions, shared_keys};
use mailproof_lint::{Finding, Report, Wanted, audit, read_line};
use std::path::PathBuf;

/// Says everything that is wrong with domains: SPF and all it includes, DKIM keys, DMARC and where its reports go, mail
/// exchanges, names of addresses, and DNS itself.
///
/// Exit codes: 0 nothing is wrong, 1 something is (see --fail-on), 2 usage, 65 input that cannot be read, 75 something
/// could not be asked.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The domains.
    #[arg(value_name = "DOMAIN", required_unless_present = "file", value_parser = domain_argument)]
    domains: Vec<Name>,
    /// Read domains from this file, too, one a line; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// DKIM selectors of the domains, beside the common ones, which are tried anyway.
    #[arg(long, value_name = "S,S", value_delimiter = ',')]
    dkim_selectors: Vec<String>,
    /// A name that a host of the domains says in HELO; may be given several times.
    #[arg(long, value_name = "NAME")]
    helo: Vec<Name>,
    /// The SPF record that the published one was flattened from: does it still say the same?
    #[arg(long, value_name = "RECORD")]
    was: Option<String>,
    /// A name server of the domains: each is asked alone, and they are compared; may be given several times.
    #[arg(long = "name-server", value_name = "SERVER")]
    name_servers: Vec<Server>,
    /// End with exit code 1 from this severity on.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    // Last: its heading is that of all that follows.
    #[command(flatten)]
    source: Source,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Unreadable> {
    let (domains, left_out) = domains(arguments)?;
    let was = arguments.was.as_deref().map(flattened);
    let wanted = |domain: &Name| Wanted {
        domain: domain.clone(),
        selectors: arguments.dkim_selectors.clone(),
        helo: arguments.helo.clone(),
        was: was.clone(),
    };
    let dns = arguments.source.open()?;
    let shown: Vec<_> = domains.iter().map(Name::as_str).collect();
    let context = || Context::new("audit", dns.time_of(None)).with("subject", shown.join(","));
    let mut reports = Vec::with_capacity(domains.len());
    let take = |domain: &Name, resolver: &dyn blocking::Resolver| -> Result<Report, Unreadable> {
        let mut report = audit(wanted(domain)).run_blocking(resolver);
        report.findings.extend(compared(domain, arguments)?);
        if !manner().json {
            print(&show::plain(&report, domains.len() > 1));
        }
        Ok(report)
    };
    if dns.is_recorded() {
        // One recording holds them all.
        let all = dns.ask(context(), |resolver| {
            domains.iter().map(|domain| take(domain, resolver)).collect::<Result<Vec<_>, _>>()
        })?;
        reports.extend(all?);
    } else {
        for domain in &domains {
            reports.push(dns.ask(context(), |resolver| take(domain, resolver))??);
        }
    }
    let shared = shared_keys(&reports);
    if manner().json {
        print_json(&show::json(&reports, &shared));
    } else if !shared.is_empty() || reports.len() > 1 {
        print(&show::together(&reports, &shared));
    }
    let exit = exit(arguments.fail_on, &reports, &shared);
    // A line that must be mended is told before DNS that may mend itself.
    let is_left = left_out > 0 && matches!(exit, Exit::Good | Exit::Undecided);
    Ok(if is_left { Exit::Unreadable } else { exit })
}

fn exit(fail_on: FailOn, reports: &[Report], shared: &[Finding]) -> Exit {
    // SPF-007 says that DNS does not tell, and so nothing of the record.
    let is_known = |finding: &&Finding| finding.check.to_string() != "SPF-007";
    let findings = reports.iter().flat_map(|report| &report.findings).chain(shared);
    let found = fail_on.exit(findings.filter(is_known));
    let has_failed = reports.iter().any(|report| !report.failures.is_empty());
    if found == Exit::Good && has_failed { Exit::Undecided } else { found }
}

/// The domains, and how many lines of the file are none.
fn domains(arguments: &Arguments) -> Result<(Vec<Name>, usize), Unreadable> {
    let mut domains = arguments.domains.clone();
    let mut left_out = 0;
    let Some(path) = &arguments.file else {
        return Ok((domains, left_out));
    };
    let shown = crate::input::shown(path);
    let malformed = |why: String| Unreadable::Text { path: shown.clone(), why };
    let list = text(read(path)?).map_err(malformed)?;
    for (index, line) in list.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match Name::parse(line) {
            Ok(name) => domains.push(name),
            Err(why) => {
                terminal::complain(&format!("{shown}: line {}: {why}: left out", index + 1));
                left_out += 1;
            }
        }
    }
    if domains.is_empty() {
        return Err(malformed("no domain in it".to_owned()));
    }
    Ok((domains, left_out))
}

fn flattened(record: &str) -> Txt {
    let read = read_line(record, Some(mailproof_lint::Protocol::Spf));
    match read {
        Ok(record) if mailproof::spf::Record::parse(record.txt.octets()).is_ok() => record.txt,
        _ => refuse_usage("--was: this is no SPF record"),
    }
}

/// What the name servers say, each asked alone.
fn compared(domain: &Name, arguments: &Arguments) -> Result<Vec<Finding>, Unreadable> {
    let asking: &Asking = &arguments.source.asking;
    let mut told = Vec::new();
    for server in &arguments.name_servers {
        let resolver = asking.alone(server)?;
        let resolver = resolver.within(asking.time());
        let questions = questions(domain);
        let answers = blocking::Resolver::resolve_all(&resolver, &questions);
        told.push((server.to_string(), questions.into_iter().zip(answers).collect()));
    }
    Ok(compare(domain, &told))
}
