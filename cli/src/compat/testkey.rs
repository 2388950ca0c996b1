//! opendkim-testkey of OpenDKIM.

use super::say;
use crate::context::Context;
use crate::dkim::read_key;
use crate::input::Unreadable;
use crate::resolve::Source;
use crate::terminal;
use mailproof::dkim::{Absence, KeyFlaw, KeyRecord, Publication, Unavailable, look_up_key};
use mailproof::dns::{Answer, Failure, Kind, Question};
use mailproof::eval::{Evaluation, Step};
use mailproof::tags::TagList;
use std::path::{Path, PathBuf};

const USAGE: &str = "\
opendkim-testkey: usage: opendkim-testkey [options]
\t-d domain  \tdomain name
\t-k keypath \tpath to private key
\t-s selector\tselector name
\t-v         \tincrease verbose output
\t-x conffile\tconfiguration file
";

/// `EX_DATAERR`: the keys do not match.
const OTHER_KEY: u8 = 65;
/// `EX_UNAVAILABLE`: there is no key that can be used.
const NO_KEY: u8 = 69;
/// `EX_OSERR`: a file cannot be read.
const NO_FILE: u8 = 71;
/// `EX_CONFIG`: the tool is misused.
const MISUSED: u8 = 78;

#[derive(Default)]
struct Options {
    domain: Option<String>,
    selector: Option<String>,
    key: Option<String>,
    verbosity: u8,
}

pub(super) fn run(source: &Source, words: &[String]) -> Result<u8, Unreadable> {
    let options = match options(words) {
        Ok(options) => options,
        Err(complaint) => {
            terminal::tell(&complaint);
            return Ok(MISUSED);
        }
    };
    let (Some(domain), Some(selector)) = (&options.domain, &options.selector) else {
        terminal::tell(USAGE);
        return Ok(MISUSED);
    };
    let own = match options.key.as_deref().map(|path| private_key(path, &options)).transpose() {
        Ok(own) => own,
        Err(code) => return Ok(code),
    };
    let name = format!("{selector}._domainkey.{domain}");
    if options.verbosity > 1 {
        say(&format!("opendkim-testkey: checking key '{name}'"));
    }
    let mut lookup = match look_up_key(selector, domain) {
        Ok(lookup) => lookup,
        Err(why) => {
            say(&format!("opendkim-testkey: '{name}': {why}"));
            return Ok(NO_KEY);
        }
    };
    let dns = source.open()?;
    let question = Question::new(lookup.name().clone(), Kind::Txt);
    let context = Context::new("compat opendkim-testkey", dns.time_of(None)).with("subject", &question.name);
    let answer = dns.ask(context, |resolver| resolver.resolve(&question))?;
    let _ = lookup.step(&());
    lookup.answer(question, answer.clone());
    let Step::Done(publication) = lookup.step(&()) else {
        return Ok(NO_KEY);
    };
    let published = match key(publication, &name, &answer) {
        Ok(published) => published,
        Err(complaint) => {
            say(&format!("opendkim-testkey: {complaint}"));
            return Ok(NO_KEY);
        }
    };
    if options.verbosity > 0 {
        let word = if answer.is_authentic() { "secure" } else { "not secure" };
        say(&format!("opendkim-testkey: key {word}"));
    }
    if own.is_some_and(|own| own.public_key() != published.public_key()) {
        // How it ends goes to standard output, all else to standard error.
        terminal::print("opendkim-testkey: keys do not match\n");
        return Ok(OTHER_KEY);
    }
    if options.verbosity > 2 {
        terminal::print("opendkim-testkey: key OK\n");
    }
    Ok(0)
}

/// Options as `getopt` reads them.
fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut file = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            break;
        };
        if word == "--" {
            break;
        }
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let place = match letter {
                'd' => &mut options.domain,
                'k' => &mut options.key,
                's' => &mut options.selector,
                'x' => &mut file,
                'v' => {
                    options.verbosity = options.verbosity.saturating_add(1);
                    continue;
                }
                other => {
                    let other = terminal::visible(&other.to_string()).into_owned();
                    return Err(format!("opendkim-testkey: invalid option -- '{other}'\n{USAGE}"));
                }
            };
            let rest = letters.as_str();
            let value = if rest.is_empty() { words.next().cloned() } else { Some(rest.to_owned()) };
            if value.is_none() {
                return Err(format!("opendkim-testkey: option requires an argument -- '{letter}'\n{USAGE}"));
            }
            *place = value;
            break;
        }
    }
    if let Some(path) = file {
        let text = std::fs::read_to_string(&path)
            .map_err(|_| format!("opendkim-testkey: {path}: configuration error at line 0\n"))?;
        options.complete(&text);
    }
    Ok(options)
}

impl Options {
    /// Takes what is not given from opendkim.conf(5).
    fn complete(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
            let place = match name.to_ascii_lowercase().as_str() {
                "domain" => &mut self.domain,
                "keyfile" => &mut self.key,
                "selector" => &mut self.selector,
                _ => continue,
            };
            place.get_or_insert_with(|| value.to_owned());
        }
    }
}

/// The public half of the private key in a file; or the exit code.
fn private_key(path: &str, options: &Options) -> Result<KeyRecord, u8> {
    if let Err(why) = std::fs::metadata(path) {
        let why = why.to_string();
        let why = why.split(" (os error").next().unwrap_or_default();
        say(&format!("opendkim-testkey: {path}: stat(): {why}"));
        return Err(NO_FILE);
    }
    if is_open_to_others(Path::new(path)) {
        say(&format!("opendkim-testkey: {path}: WARNING: unsafe permissions"));
    }
    let refuse = |why: String| {
        say(&format!("opendkim-testkey: {why}"));
        NO_KEY
    };
    let key = read_key(&PathBuf::from(path)).map_err(|why| refuse(why.to_string()))?;
    if options.verbosity > 1 {
        say(&format!("opendkim-testkey: key loaded from {path}"));
    }
    KeyRecord::parse(key.record().as_bytes()).map_err(|why| refuse(why.to_string()))
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// The key that is published, or what the original says of there being none.
fn key(publication: Publication, name: &str, answer: &Answer) -> Result<KeyRecord, String> {
    let records = match publication {
        Publication::Absent(Absence::NxDomain | Absence::AliasNxDomain { .. }) => {
            return Err(format!("'{name}' record not found"));
        }
        Publication::Absent(_) => return Err("No key".to_owned()),
        Publication::Unavailable(cause) => return Err(unavailable(name, &cause)),
        Publication::Records(records) => records,
    };
    let mut records = records.into_iter();
    match (records.next(), records.next()) {
        (Some(_), Some(_)) => Err(format!("multiple DNS replies for '{name}'")),
        (Some(Ok(key)), None) if !key.is_for_email() => Err("key type mismatch".to_owned()),
        (Some(Ok(key)), None) => Ok(key),
        (Some(Err(flaw)), None) => Err(flawed(&flaw, answer)),
        (None, _) => Err("No key".to_owned()),
    }
}

fn unavailable(name: &str, cause: &Unavailable) -> String {
    terminal::complain(&format!("{cause}; that is no missing record: ask again later"));
    let what = if cause.failure == Failure::Timeout { "query timed out" } else { "query failed" };
    format!("'{name}' {what}")
}

fn flawed(flaw: &KeyFlaw, answer: &Answer) -> String {
    let octets = answer.txt().first().map(mailproof::dns::Txt::octets).unwrap_or_default();
    let tag = |name: &str| {
        let tags = TagList::parse(octets).ok()?;
        Some(String::from_utf8_lossy(tags.value(name)?).into_owned())
    };
    match flaw {
        KeyFlaw::Revoked => "Revoked key".to_owned(),
        KeyFlaw::Version => format!("invalid key version '{}'", tag("v").unwrap_or_default()),
        KeyFlaw::UnknownType => format!("unknown key type '{}'", tag("k").unwrap_or_default()),
        KeyFlaw::Stray if !octets.contains(&b'=') => "tag without value at end of key data".to_owned(),
        KeyFlaw::NoKeyData => "No key".to_owned(),
        other => other.to_string(),
    }
}
