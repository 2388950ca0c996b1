//! spfquery of libspf2.

use super::options::{Given, Known, Takes, find};
use super::spfquery::{Line, Question, Scope, lines};
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::terminal;
use mailproof::spf::{Absence, Flaw, MalformedRecord, Neutral, Outcome, Problem, Verdict};
use std::fmt::Write as _;

const OPTIONS: [Known; 16] = [
    (&["file", "f"], Takes::Value),
    (&["ip"], Takes::Value),
    (&["sender"], Takes::Value),
    (&["helo"], Takes::Value),
    (&["name"], Takes::Value),
    (&["default-explanation"], Takes::Value),
    (&["keep-comments"], Takes::Nothing),
    (&["debug", "sanitize"], Takes::Nothing),
    (&["version"], Takes::Nothing),
    (&["help"], Takes::Nothing),
    (&["local"], Takes::Value),
    (&["guess"], Takes::Value),
    (&["rcpt-to"], Takes::Value),
    (&["max-lookup"], Takes::Value),
    (&["override"], Takes::Value),
    (&["fallback"], Takes::Value),
];

/// Options that would change a result.
const REFUSED: [&str; 6] = ["local", "guess", "rcpt-to", "max-lookup", "override", "fallback"];

/// What only Mail::SPF's spfquery has.
const FOREIGN: [&str; 8] =
    ["identity", "id", "scope", "ip-address", "mfrom", "helo-identity", "helo-id", "versions"];

const USAGE: &str = "\
usage: spfquery -ip=ADDRESS -sender=ADDRESS [-helo=NAME] [-name=NAME] [-default-explanation=TEXT]
       spfquery -ip=ADDRESS -helo=NAME
       spfquery -file=FILE|- [-keep-comments]
       spfquery -version | -help

Each line of FILE: ADDRESS SENDER [HELO-NAME]
";

const MISUSED: u8 = 255;

/// Whether these are words for libspf2's tool: its options with one dash, and none that only the other has.
pub(super) fn is_meant(words: &[String]) -> bool {
    let name = |word: &String| {
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
        (word.starts_with('-')).then_some(name)
    };
    let has_one_dash = |word: &&String| !word.starts_with("--");
    let own = words.iter().filter(has_one_dash).filter_map(name);
    let mut own = own.filter(|name| name.len() > 1 && find(&OPTIONS, name).is_some());
    let is_foreign = words.iter().filter_map(name).any(|name| FOREIGN.contains(&name.as_str()));
    own.next().is_some() && !is_foreign
}

pub(super) fn run(source: &Source, words: &[String]) -> Result<u8, Unreadable> {
    let given = match Given::read(&OPTIONS, words) {
        Ok(given) => given,
        Err(misuse) => return Ok(refuse(&format!("spfquery: {misuse}\n{USAGE}"))),
    };
    if given.has("help") || given.has("version") {
        terminal::tell(concat!(
            "spfquery version information:\nmailproof ",
            env!("CARGO_PKG_VERSION"),
            "\n\n"
        ));
        return Ok(refuse(USAGE));
    }
    if let Some(option) = REFUSED.iter().find(|option| given.has(option)) {
        terminal::complain(&format!("-{option} is not supported: the result would be another"));
        return Ok(MISUSED);
    }
    let value = |name: &str| given.value(name).map(str::to_owned);
    let lines = match (value("file"), value("ip"), value("sender"), value("helo")) {
        (Some(path), None, None, None) => lines(&path)?,
        (None, Some(ip), sender, helo) if sender.is_some() || helo.is_some() => {
            vec![Line::Words(vec![ip, sender.unwrap_or_default(), helo.unwrap_or_default()])]
        }
        _ => return Ok(refuse(USAGE)),
    };
    let name = given.value("name").unwrap_or("spfquery");
    let explanation = given.value("default-explanation");
    let keeps_comments = given.has("keep-comments");
    answer(source, &lines, &Manner { name, explanation, keeps_comments })
}

fn refuse(complaint: &str) -> u8 {
    terminal::tell(complaint);
    MISUSED
}

struct Manner<'a> {
    name: &'a str,
    explanation: Option<&'a str>,
    keeps_comments: bool,
}

fn answer(source: &Source, lines: &[Line], manner: &Manner<'_>) -> Result<u8, Unreadable> {
    let questions: Vec<Option<Question>> = lines.iter().map(question).collect();
    let asked: Vec<Question> = lines.iter().filter_map(question).collect();
    let mut verdicts = Question::ask_all(&asked, &source.open()?, manner.name)?.into_iter();
    let mut exit = 0;
    for (line, question) in lines.iter().zip(&questions) {
        match (line, question) {
            (Line::Comment(comment), _) if manner.keeps_comments => {
                terminal::print(&format!("{}\n", terminal::visible(comment)));
            }
            (Line::Comment(_), _) => {}
            (Line::Words(_), Some(question)) => {
                if let Some(verdict) = verdicts.next() {
                    exit = tell(question, &verdict, manner);
                }
            }
            (Line::Words(words), None) => {
                tell_of_no_address(words.get(1).map_or("", String::as_str), manner.name);
                exit = 7;
            }
        }
    }
    Ok(exit)
}

fn tell_of_no_address(sender: &str, name: &str) {
    let domain = sender.rsplit('@').next().unwrap_or_default();
    let comment = format!("{name}: error in processing during lookup of domain of {domain}: Not configured");
    let field = format!("Received-SPF: permerror ({comment}) envelope-from={sender};");
    terminal::print(
        "Invalid IP address.\nStartError\nContext: Failed to query MAIL-FROM\nErrorCode: (25) Not configured\nEndError\n",
    );
    print_lines(&["permerror", "", &comment, &field]);
}

/// `None` when there is no address in its place.
fn question(line: &Line) -> Option<Question> {
    let Line::Words(words) = line else { return None };
    let word = |index: usize| words.get(index).cloned().unwrap_or_default();
    let (sender, helo) = (word(1), word(2));
    let identity = if sender.is_empty() {
        format!("postmaster@{helo}")
    } else if sender.contains('@') {
        sender
    } else {
        format!("postmaster@{sender}")
    };
    let helo = Some(helo).filter(|helo| !helo.is_empty());
    Some(Question { ip: word(0).parse().ok()?, scope: Scope::MailFrom, identity, helo })
}

fn tell(question: &Question, verdict: &Verdict, manner: &Manner<'_>) -> u8 {
    terminal::print(&errors(verdict));
    if is_left_open(verdict) {
        terminal::complain(&format!("the result is {}: {}", verdict.outcome, verdict.reason()));
        print_lines(&["(invalid)", "", "", ""]);
        return 0;
    }
    let (domain, ip, name) = (verdict.domain_text(), question.ip, manner.name);
    let says = match &verdict.outcome {
        Outcome::Pass => format!("domain of {domain} designates {ip} as permitted sender"),
        Outcome::Fail => format!("domain of {domain} does not designate {ip} as permitted sender"),
        Outcome::Softfail => {
            format!("transitioning domain of {domain} does not designate {ip} as permitted sender")
        }
        Outcome::Neutral(_) => format!("{ip} is neither permitted nor denied by domain of {domain}"),
        Outcome::None(_) => format!("domain of {domain} does not provide an SPF record"),
        Outcome::Temperror(_) => {
            format!("encountered temporary error during SPF processing of domain of {domain}")
        }
        Outcome::Permerror(cause) => {
            let why =
                code(&cause.problem).map_or_else(|| cause.problem.to_string(), |(_, text)| text.to_owned());
            format!("error in processing during lookup of domain of {domain}: {why}")
        }
    };
    let word = verdict.outcome.word();
    let mut field =
        format!("Received-SPF: {word} ({name}: {says}) client-ip={ip}; envelope-from={};", question.identity);
    if let Some(helo) = &question.helo {
        let _ = write!(field, " helo={helo};");
    }
    print_lines(&[word, &explanation(question, verdict, manner), &format!("{name}: {says}"), &field]);
    match &verdict.outcome {
        Outcome::Neutral(_) => 1,
        Outcome::Pass => 2,
        Outcome::Fail => 3,
        Outcome::Softfail => 4,
        Outcome::None(_) => 5,
        Outcome::Temperror(_) => 6,
        Outcome::Permerror(_) => 7,
    }
}

/// Where libspf2 comes to no result: a record of the domain itself that cannot be read, or could not be got.
fn is_left_open(verdict: &Verdict) -> bool {
    match &verdict.outcome {
        Outcome::Permerror(cause) => {
            cause.path.is_empty() && matches!(cause.problem, Problem::Malformed { .. })
        }
        Outcome::Temperror(cause) => cause.path.is_empty(),
        _ => false,
    }
}

fn print_lines(lines: &[&str]) {
    let text: String = lines.iter().map(|line| format!("{}\n", terminal::visible(line))).collect();
    terminal::print(&text);
}

fn explanation(question: &Question, verdict: &Verdict, manner: &Manner<'_>) -> String {
    let reason = match &verdict.outcome {
        Outcome::Neutral(Neutral::Default) => "default",
        Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) => "mechanism",
        _ => return String::new(),
    };
    let said = verdict.explanation.as_deref().or(manner.explanation).map_or_else(
        || {
            let id = percent_encoded(&question.identity);
            let (ip, name) = (percent_encoded(&question.ip.to_string()), manner.name);
            format!("Please see http://www.openspf.org/Why?id={id}&ip={ip}&receiver={name}")
        },
        str::to_owned,
    );
    format!("{said} : Reason: {reason}")
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&octet) {
            out.push(octet.into());
        } else {
            let _ = write!(out, "%{octet:02x}");
        }
    }
    out
}

/// The lines that tell an error, before all else.
fn errors(verdict: &Verdict) -> String {
    let domain = verdict.domain_text();
    let no_record = (2, "Could not find a valid SPF record");
    let ((number, text), lines) = match &verdict.outcome {
        Outcome::None(Absence::NxDomain) => (no_record, vec![format!("Host '{domain}' not found.")]),
        Outcome::None(_) => (no_record, vec![format!("No DNS data for '{domain}'.")]),
        Outcome::Temperror(cause) => (
            (26, "DNS lookup failure"),
            vec![format!("Temporary DNS failure for '{}'.", cause.question.name)],
        ),
        Outcome::Permerror(cause) => {
            let lines = match &cause.problem {
                Problem::Malformed { domain, error } => {
                    vec![malformed(error), format!("Failed to compile SPF record for '{domain}'")]
                }
                Problem::SeveralRecords { domain, .. } => {
                    vec![format!("Multiple SPF records for '{domain}'")]
                }
                Problem::TargetWithoutRecord { target, absence: Absence::NxDomain } => {
                    vec![format!("Host '{target}' not found.")]
                }
                Problem::TargetWithoutRecord { target, .. } => vec![format!("No DNS data for '{target}'.")],
                Problem::LookupLimit { .. } => Vec::new(),
                other => vec![other.to_string()],
            };
            (code(&cause.problem).unwrap_or(no_record), lines)
        }
        Outcome::Pass | Outcome::Fail | Outcome::Softfail | Outcome::Neutral(_) => return String::new(),
    };
    let lines: String = lines.iter().map(|line| format!("Error: {}\n", terminal::visible(line))).collect();
    format!("StartError\nContext: Failed to query MAIL-FROM\nErrorCode: ({number}) {text}\n{lines}EndError\n")
}

/// The number and the text of an error, where libspf2 has one.
const fn code(problem: &Problem) -> Option<(u8, &'static str)> {
    match problem {
        Problem::TargetWithoutRecord { .. } | Problem::Malformed { .. } => {
            Some((2, "Could not find a valid SPF record"))
        }
        Problem::LookupLimit { .. } => Some((31, "include: or redirect= caused unlimited recursion")),
        Problem::SeveralRecords { .. } => Some((32, "Multiple SPF or TXT records for domain.")),
        _ => None,
    }
}

fn malformed(error: &MalformedRecord) -> String {
    let near = |text: &str| text.chars().take(12).collect::<String>();
    let value = error.term.split_once(':').map_or("", |(_, value)| value);
    match error.flaw {
        Flaw::UnknownMechanism => format!("Unknown mechanism found near '{}'", near(&error.term)),
        Flaw::Network if error.term.to_ascii_lowercase().contains("ip4") => {
            format!("Invalid IPv4 address literal near '{}'", near(value))
        }
        Flaw::Network => format!("Invalid IPv6 address literal near '{}'", near(value)),
        _ => error.to_string(),
    }
}
