//! spfquery of Mail::SPF.

use super::options::{Given, Known, Takes};
use super::spfquery::{Line, Question, Scope, hostname, lines, other_policy};
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::terminal;
use mailproof::dns::Failure;
use mailproof::spf::{Flaw, MalformedRecord, Mechanism, Neutral, Outcome, Permerror, Problem, Verdict};
use std::fmt::Write as _;

const OPTIONS: [Known; 25] = [
    (&["file", "f"], Takes::Value),
    (&["versions", "v"], Takes::Value),
    (&["scope"], Takes::Value),
    (&["s"], Takes::Value),
    (&["identity", "id"], Takes::Value),
    (&["ip-address", "ip"], Takes::Value),
    (&["helo-identity", "helo-id"], Takes::Value),
    (&["mfrom", "mail-from", "m"], Takes::Value),
    (&["helo", "h"], Takes::Value),
    (&["default-explanation", "def-exp"], Takes::Value),
    (&["hostname"], Takes::Value),
    (&["keep-comments"], Takes::Nothing),
    (&["no-keep-comments"], Takes::Nothing),
    (&["debug", "no-debug", "sanitize", "no-sanitize"], Takes::Nothing),
    (&["version", "V"], Takes::Nothing),
    (&["help"], Takes::Nothing),
    (&["sender"], Takes::Value),
    (&["ipv4"], Takes::Value),
    (&["i"], Takes::Value),
    (&["name"], Takes::Value),
    (&["override"], Takes::Value),
    (&["fallback"], Takes::Value),
    (&["guess"], Takes::Value),
    (&["local"], Takes::Value),
    (&["max-dns-interactive-terms", "max-lookup", "max-lookup-count"], Takes::Value),
];

/// Options that were given other names later.
const RENAMED: [(&str, &str); 4] =
    [("sender", "mfrom"), ("ipv4", "ip-address"), ("i", "ip-address"), ("name", "hostname")];

/// Options that the original refuses, too.
const REFUSED: [&str; 5] = ["max-dns-interactive-terms", "guess", "local", "override", "fallback"];

const USAGE: &str = "\
usage: spfquery [--scope helo|mfrom] --identity IDENTITY --ip ADDRESS [--helo-identity NAME] [OPTIONS]
       spfquery [--scope helo|mfrom] --file FILE|- [OPTIONS]
       spfquery --helo NAME --ip ADDRESS [OPTIONS]
       spfquery --mfrom IDENTITY --ip ADDRESS [OPTIONS]
       spfquery --version

Options: --default-explanation TEXT, --hostname NAME, --keep-comments
Each line of FILE: ADDRESS IDENTITY [HELO-NAME]
";

const MISUSED: u8 = 255;

pub(super) fn run(source: &Source, words: &[String]) -> Result<u8, Unreadable> {
    let given = match Given::read(&OPTIONS, words) {
        Ok(given) => given,
        Err(misuse) => return Ok(refuse(&format!("{misuse}\n{USAGE}"))),
    };
    if given.has("help") {
        terminal::print(USAGE);
        return Ok(0);
    }
    if given.has("version") {
        terminal::print(concat!("spfquery version 2.501 (mailproof ", env!("CARGO_PKG_VERSION"), ")\n"));
        return Ok(0);
    }
    if let Some(option) = REFUSED.iter().find(|option| given.has(option)) {
        return Ok(refuse(&format!("Error: '{option}' option is black magic! Do not use it!\n")));
    }
    let asked = match Asked::of(&given) {
        Ok(asked) => asked,
        Err(complaint) => return Ok(refuse(&complaint)),
    };
    if asked.versions.as_deref() == Some("2") {
        terminal::complain("spf2.0 records are not looked for, only v=spf1");
    }
    asked.answer(source)
}

fn refuse(complaint: &str) -> u8 {
    terminal::tell(complaint);
    MISUSED
}

/// What the options ask for.
struct Asked {
    scope: Option<Scope>,
    input: Input,
    versions: Option<String>,
    explanation: String,
    hostname: String,
    keeps_comments: bool,
}

enum Input {
    File(String),
    One { ip: Option<String>, identity: String, helo: Option<String> },
}

impl Asked {
    fn of(given: &Given) -> Result<Self, String> {
        let value = |name: &str| {
            let renamed = RENAMED.iter().filter(|(_, new)| *new == name).find_map(|(old, new)| {
                let value = given.value(old)?;
                super::say(&format!("Warning: '{old}' option is deprecated; use '{new}' instead."));
                Some(value.to_owned())
            });
            renamed.or_else(|| given.value(name).map(str::to_owned))
        };
        let (mut scope, mut mfrom) = (given.value("scope").map(str::to_owned), value("mfrom"));
        // -s once was the sender; what holds neither @ nor a dot is a scope.
        match given.value("s") {
            Some(s) if scope.is_none() && !s.contains(['@', '.']) => scope = Some(s.to_owned()),
            Some(s) => mfrom = Some(s.to_owned()),
            None => {}
        }
        let (file, mut identity) = (given.value("file"), given.value("identity").map(str::to_owned));
        let helo = given.value("helo-identity").map(str::to_owned);
        let told = given.value("helo").map(str::to_owned);
        if scope.is_none() {
            if identity.is_some() || file.is_some() {
                scope = Some("mfrom".to_owned());
            } else if told.is_some() {
                if mfrom.is_some() {
                    terminal::complain(
                        "with --helo and no --scope it is the HELO name that is checked; for MAIL FROM: --scope mfrom --id \
                         ADDRESS --helo-id NAME",
                    );
                }
                (scope, identity) = (Some("helo".to_owned()), told);
            } else if mfrom.is_some() {
                (scope, identity) = (Some("mfrom".to_owned()), mfrom);
            }
        }
        let scope = match scope.as_deref() {
            None => return Err(USAGE.to_owned()),
            Some("helo") => Some(Scope::Helo),
            Some("mfrom") => Some(Scope::MailFrom),
            Some("pra") => None,
            Some(other) => return Err(format!("Error: Invalid scope '{}'.\n", terminal::visible(other))),
        };
        let input = match (file, identity) {
            (Some(file), None) => Input::File(file.to_owned()),
            (None, Some(identity)) => Input::One { ip: value("ip-address"), identity, helo },
            (None, None) | (Some(_), Some(_)) => return Err(USAGE.to_owned()),
        };
        if matches!(&input, Input::One { identity, .. } if identity.is_empty()) {
            return Err("Error: Empty identities are not supported. See spfquery(1).\n".to_owned());
        }
        Ok(Self {
            scope,
            input,
            versions: given.value("versions").map(str::to_owned),
            explanation: given.value("default-explanation").unwrap_or("Rejected by SPF record").to_owned(),
            hostname: value("hostname").unwrap_or_else(hostname),
            keeps_comments: given.has("keep-comments"),
        })
    }

    fn answer(&self, source: &Source) -> Result<u8, Unreadable> {
        let lines = match &self.input {
            Input::File(path) => lines(path)?,
            Input::One { ip, identity, helo } => {
                let Some(ip) = ip else {
                    return Ok(refuse("Error: Missing required 'ip_address' option.\n"));
                };
                vec![Line::Words(
                    [Some(ip), Some(identity), helo.as_ref()].into_iter().flatten().cloned().collect(),
                )]
            }
        };
        let mut questions = Vec::new();
        for line in &lines {
            let Line::Words(words) = line else { continue };
            let mut words = words.iter().cloned();
            let (ip, identity) = (words.next().unwrap_or_default(), words.next());
            let Ok(ip) = ip.parse() else {
                return Ok(refuse(&format!("Error: Invalid IP address '{}'.\n", terminal::visible(&ip))));
            };
            let Some(identity) = identity else {
                return Ok(refuse("Error: Missing required 'identity' option.\n"));
            };
            let scope = self.scope.unwrap_or(Scope::MailFrom);
            questions.push(Question { ip, scope, identity, helo: words.next() });
        }
        let mut verdicts = match self.scope {
            Some(_) => Question::ask_all(&questions, &source.open()?, &self.hostname)?.into_iter(),
            None => Vec::new().into_iter(),
        };
        let mut exit = 0;
        let mut questions = questions.iter();
        for line in &lines {
            let code = match (line, questions.as_slice().first()) {
                (Line::Comment(comment), _) if self.keeps_comments => {
                    terminal::print(&format!("{}\n", terminal::visible(comment)));
                    continue;
                }
                (Line::Comment(_), _) | (Line::Words(_), None) => continue,
                (Line::Words(_), Some(question)) => self.tell(question, verdicts.next().as_ref()),
            };
            let _ = questions.next();
            // The first result that is none of pass.
            exit = if exit == 0 { code } else { exit };
        }
        Ok(exit)
    }

    /// The four lines, and the exit code.
    fn tell(&self, question: &Question, verdict: Option<&Verdict>) -> u8 {
        let Some(verdict) = verdict else {
            terminal::complain(
                "pra is an identity of Sender ID, which is history: there is no policy for it",
            );
            let domain = question.identity.rsplit('@').next().unwrap_or_default();
            self.print(question, "none", &format!("{domain}: No applicable sender policy available"), None);
            return 6;
        };
        let reason = reason(question, verdict);
        let explanation = matches!(verdict.outcome, Outcome::Fail).then(|| {
            verdict.explanation.clone().unwrap_or_else(|| self.default_explanation(question, verdict))
        });
        self.print(question, verdict.outcome.word(), &reason, explanation.as_deref());
        match &verdict.outcome {
            Outcome::Pass => 0,
            Outcome::Fail => 1,
            Outcome::Softfail => 2,
            Outcome::Neutral(_) => 3,
            Outcome::Permerror(_) => 4,
            Outcome::Temperror(_) => 5,
            Outcome::None(_) => 6,
        }
    }

    fn print(&self, question: &Question, word: &str, reason: &str, explanation: Option<&str>) {
        let header = self.header(question, word, reason);
        let lines = [word, explanation.unwrap_or(reason), reason, &header];
        let text: String = lines.iter().map(|line| format!("{}\n", terminal::visible(line))).collect();
        terminal::print(&text);
    }

    /// The macros of an explanation given in the command line, as far as they are simple.
    fn default_explanation(&self, question: &Question, verdict: &Verdict) -> String {
        let (local, domain) =
            question.identity.rsplit_once('@').unwrap_or(("postmaster", &question.identity));
        let ip = question.ip.to_string();
        let helo = question.helo.as_deref().unwrap_or_default();
        let letters = [
            ("%{c}", ip.as_str()),
            ("%{i}", ip.as_str()),
            ("%{s}", question.identity.as_str()),
            ("%{l}", local),
            ("%{o}", domain),
            ("%{d}", verdict.domain_text()),
            ("%{h}", helo),
            ("%{r}", self.hostname.as_str()),
            ("%_", " "),
        ];
        letters.iter().fold(self.explanation.clone(), |text, (letter, value)| text.replace(letter, value))
    }

    fn header(&self, question: &Question, word: &str, reason: &str) -> String {
        let mut out = format!("Received-SPF: {word} ({reason})");
        let (identity, key) = match self.scope {
            Some(Scope::Helo) => ("helo", "helo"),
            Some(Scope::MailFrom) => ("mailfrom", "envelope-from"),
            None => ("pra", "pra"),
        };
        let ip = question.ip.to_string();
        let helo = question.helo.as_deref().filter(|_| self.scope != Some(Scope::Helo));
        let pairs = [
            ("receiver", Some(self.hostname.as_str())),
            ("identity", Some(identity)),
            (key, Some(question.identity.as_str())),
            ("helo", helo),
            ("client-ip", Some(ip.as_str())),
        ];
        let mut between = " ";
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            let _ = write!(out, "{between}{name}={}", quoted(value));
            between = "; ";
        }
        out
    }
}

/// A value as it is, or in quotation marks where it is no dot-atom (RFC 5322 §3.2.3).
fn quoted(value: &str) -> String {
    let is_atext =
        |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    if value.split('.').all(|part| !part.is_empty() && part.chars().all(is_atext)) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The explanation for the log.
fn reason(question: &Question, verdict: &Verdict) -> String {
    let domain = verdict.domain_text();
    let place = match other_policy(verdict) {
        Some(other) => format!("{domain} ... {other}"),
        None => domain.to_owned(),
    };
    format!("{place}: {}", says(question, verdict))
}

fn says(question: &Question, verdict: &Verdict) -> String {
    let text = match &verdict.outcome {
        Outcome::None(_) => return "No applicable sender policy available".to_owned(),
        Outcome::Neutral(Neutral::Default) => {
            return "Default neutral result due to no mechanism matches".to_owned();
        }
        Outcome::Temperror(cause) => {
            let question = &cause.question;
            let lookup = format!("on DNS '{}' lookup of '{}'", question.kind, question.name);
            return match cause.failure {
                Failure::Servfail | Failure::Refused => format!("'{}' error {lookup}", cause.failure),
                Failure::Timeout | Failure::Budget => format!("Time-out {lookup}"),
                _ => format!("Unknown error {lookup}"),
            };
        }
        Outcome::Permerror(cause) => return problem(cause),
        Outcome::Neutral(_) => "Domain does not state whether WHO is authorized",
        Outcome::Pass => "WHO is authorizedHOW",
        Outcome::Fail | Outcome::Softfail => "WHO is not authorizedHOW",
    };
    let mechanism = verdict.matched.as_ref().and_then(|matched| matched.mechanism());
    let is_neutral = matches!(verdict.outcome, Outcome::Neutral(_));
    let (who, how) = match mechanism {
        Some(Mechanism::All) => ("Sender".to_owned(), " by default"),
        Some(
            Mechanism::A { .. }
            | Mechanism::Mx { .. }
            | Mechanism::Ip4 { .. }
            | Mechanism::Ip6 { .. }
            | Mechanism::Ptr(_),
        ) => (question.ip.to_string(), ""),
        _ => ("Sender".to_owned(), ""),
    };
    let who = if is_neutral { who.replace("Sender", "sender") } else { who };
    let text = text.replace("WHO", &who).replace("HOW", how);
    let scope = match question.scope {
        Scope::Helo => "helo",
        Scope::MailFrom => "mfrom",
    };
    let however = match verdict.outcome {
        Outcome::Softfail => ", however domain is not currently prepared for false failures",
        _ => "",
    };
    let mut directive = verdict.matched.as_ref().map(ToString::to_string).unwrap_or_default();
    if matches!(mechanism, Some(Mechanism::Ip6 { .. }))
        && let Some((name, network)) = directive.split_once(':')
    {
        directive = format!("{name}:{}", network.to_ascii_uppercase());
    }
    let identity = &question.identity;
    format!("{text} to use '{identity}' in '{scope}' identity{however} (mechanism '{directive}' matched)")
}

fn problem(cause: &Permerror) -> String {
    match &cause.problem {
        Problem::LookupLimit { limit } => format!("Maximum DNS-interactive terms limit ({limit}) exceeded"),
        Problem::VoidLimit { limit } => format!("Maximum void DNS look-ups limit ({limit}) exceeded"),
        Problem::SeveralRecords { .. } => "Redundant applicable 'v=spf1' sender policies found".to_owned(),
        Problem::TargetWithoutRecord { target, .. } => {
            let is_redirect = |term: &str| term.to_ascii_lowercase().starts_with("redirect=");
            let word = match cause.path.last() {
                Some(place) if is_redirect(&place.term) => "Redirect",
                _ => "Included",
            };
            format!("{word} domain '{target}' has no applicable sender policy")
        }
        Problem::Malformed { error, .. } => malformed(error),
        other => other.to_string(),
    }
}

fn malformed(error: &MalformedRecord) -> String {
    let MalformedRecord { flaw, term, .. } = error;
    match flaw {
        Flaw::UnknownMechanism => {
            let name = term.trim_start_matches(['+', '-', '~', '?']);
            let name = name.split([':', '/']).next().unwrap_or_default();
            format!("Unknown mechanism type '{name}' in 'v=spf1' record")
        }
        Flaw::DuplicateModifier => {
            let name = term.split('=').next().unwrap_or_default();
            format!("Duplicate global modifier '{name}' encountered")
        }
        Flaw::Network | Flaw::PrefixLength | Flaw::Trailing => {
            format!("Junk encountered in mechanism '{term}'")
        }
        _ => error.to_string(),
    }
}
