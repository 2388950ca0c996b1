//! DKIM key records, without DNS.

use crate::finding::{Finding, shown};
use crate::record::Record;
use crate::tags::{Element, elements};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailproof::dkim::{KeyFlaw, KeyRecord};
use mailproof::tags::MalformedTags;
use mailproof::{KeyType, Name};

/// Bits of an RSA key below which verifiers must not accept it, and below which it is weak (RFC 8301 §3.2).
const RSA_BITS: (u32, u32) = (1024, 2048);

/// Octets of one string of a TXT record at most (RFC 1035 §3.3).
const STRING_OCTETS: usize = 255;

/// The tags of RFC 6376 §3.6.1, and `g` of RFC 4871.
const TAGS: [&[u8]; 8] = [b"v", b"k", b"p", b"h", b"s", b"t", b"n", b"g"];

/// What stands before an Ed25519 key in a SubjectPublicKeyInfo in DER (RFC 8410 §4).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Public keys whose private halves are printed in RFC 6376 appendix C and RFC 8463 appendix A: begins of `p=`.
const PRINTED: [&[u8]; 3] = [
    b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM",
    b"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    b"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6",
];

/// Everything that is wrong with a record.
pub(crate) fn lint(record: &Record) -> Vec<Finding> {
    let text = record.octets();
    let engine = KeyRecord::parse(text);
    let mut findings = Vec::new();
    if let Some(owner) = &record.owner {
        findings.extend(judge_owner(owner));
    }
    if let Err(KeyFlaw::Spf | KeyFlaw::Stray) = engine {
        findings.push(stray(&engine, text).breaking());
        return findings;
    }
    let flaws =
        Flaws { text, elements: elements(text, 0).collect(), is_readable: engine.is_ok(), found: Vec::new() };
    let mut flaws = flaws.judge();
    if let Ok(key) = &engine {
        judge_key(key, &flaws.elements, &mut findings);
    }
    match &engine {
        Err(KeyFlaw::Revoked) | Ok(_) => {}
        Err(flaw) => {
            if !flaws.found.iter().any(is_breaking) {
                flaws.found.push(fallback(flaw));
            }
            for finding in flaws.found.iter_mut().filter(|finding| is_breaking(finding)) {
                *finding = finding.clone().breaking();
            }
        }
    }
    findings.append(&mut flaws.found);
    if record.is_split {
        for (start, string) in record.strings().filter(|(_, string)| string.len() > STRING_OCTETS) {
            let message =
                format!("a string of {} octets, of which {STRING_OCTETS} can be published", string.len());
            findings.push(Finding::dkim(13, message).at(start..start + string.len()));
        }
    }
    findings
}

/// Whether findings of this check make a record unusable when the engine says that it is.
const fn is_breaking(finding: &Finding) -> bool {
    matches!(finding.check.number, 5..=11 | 13..=16 | 18)
}

fn fallback(flaw: &KeyFlaw) -> Finding {
    let number = match flaw {
        KeyFlaw::Cut => 13,
        KeyFlaw::Escaped => 8,
        KeyFlaw::NotEd25519 => 16,
        KeyFlaw::NoKeyData => 5,
        KeyFlaw::Pem => 15,
        KeyFlaw::Private => 14,
        KeyFlaw::Quoted => 9,
        KeyFlaw::Tags(MalformedTags::Character { .. }) => 7,
        KeyFlaw::Tags(_) => 11,
        KeyFlaw::UnknownType => 18,
        KeyFlaw::Version => 10,
        _ => 6,
    };
    Finding::dkim(number, flaw.to_string())
}

fn stray(engine: &Result<KeyRecord, KeyFlaw>, text: &[u8]) -> Finding {
    let what = if matches!(engine, Err(KeyFlaw::Spf)) { "an SPF record" } else { "no key record" };
    let finding = Finding::dkim(28, format!("\"{}\" is {what}", shown(text)));
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
    if text.len() > 40 && text.iter().all(is_base64) {
        return finding
            .help("this looks like a part of a key: all parts belong into one TXT record, as strings of it");
    }
    finding
}

/// Where the record stands.
pub(crate) fn judge_owner(owner: &Name) -> Vec<Finding> {
    let mut findings = Vec::new();
    let labels: Vec<&str> = owner.labels().collect();
    if labels.contains(&"domainkey") && !labels.contains(&"_domainkey") {
        findings.push(Finding::dkim(27, format!("{owner} lacks the underscore of _domainkey")));
    }
    let zone = labels.iter().position(|label| label.ends_with("domainkey"));
    if let Some(zone) = zone.and_then(|at| labels.get(at + 1..)).filter(|zone| is_doubled(zone)) {
        let half: Vec<_> = zone.iter().take(zone.len() / 2).copied().collect();
        findings.push(Finding::dkim(26, format!("{owner} ends in {} twice", half.join("."))));
    }
    findings
}

/// Whether labels are the same ones twice over.
pub(crate) fn is_doubled(labels: &[&str]) -> bool {
    let halves = labels.split_at_checked(labels.len() / 2);
    halves.is_some_and(|(one, two)| one == two && one.len() > 1)
}

/// What can be said of a key that can be read.
fn judge_key(key: &KeyRecord, elements: &[Element<'_>], findings: &mut Vec<Finding>) {
    let at = |name: &[u8]| elements.iter().find(|element| element.tag().is_some_and(|(tag, _)| tag == name));
    let placed = |finding: Finding, name: &[u8]| match at(name) {
        Some(element) => finding.at(element.value_span()),
        None => finding,
    };
    if key.key_type() == KeyType::Rsa {
        let message = format!("RSA with {} bits", key.bits());
        if key.bits() < RSA_BITS.0 {
            findings.push(placed(Finding::dkim(2, message), b"p"));
        } else if key.bits() < RSA_BITS.1 {
            findings.push(placed(Finding::dkim(3, message), b"p"));
        }
    }
    if let Some((_, value)) = at(b"p").and_then(Element::tag)
        && PRINTED.iter().any(|printed| dense(value).starts_with(printed))
    {
        let message = "the private half of this key is printed in an RFC";
        findings.push(placed(Finding::dkim(30, message), b"p"));
    }
    if key.is_testing() {
        findings.push(placed(
            Finding::dkim(20, "t=y: receivers treat failures as if there were no signature"),
            b"t",
        ));
    }
    if key.is_strict() {
        findings.push(placed(Finding::dkim(21, "t=s: i= may not be in a subdomain of d="), b"t"));
    }
    if !key.is_for_email() {
        findings.push(placed(Finding::dkim(22, "s= names other services than email"), b"s"));
    }
}

/// The value without white space.
fn dense(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect()
}

/// The search for what is wrong with the text.
struct Flaws<'a> {
    text: &'a [u8],
    elements: Vec<Element<'a>>,
    is_readable: bool,
    found: Vec<Finding>,
}

impl<'a> Flaws<'a> {
    fn judge(mut self) -> Self {
        let is_artefact = self.artefacts();
        let has_armour = self.armour();
        self.list(is_artefact);
        self.version();
        self.tags();
        self.key_data(has_armour || is_artefact && !self.is_readable);
        self
    }

    fn push(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    /// What panels and copying leave: escapes, quotation marks, control characters.
    fn artefacts(&mut self) -> bool {
        let before = self.found.len();
        let text = self.text;
        let escapes: Vec<usize> = positions(text, |pair| pair == b"\\;");
        if let (false, Some(first)) = (self.is_readable, escapes.first()) {
            let finding = Finding::dkim(8, "semicolons are escaped").at(*first..first + 2);
            let mended = escapes.iter().fold(finding, |finding, at| finding.mended(*at..at + 1, *b""));
            self.push(mended);
        }
        let quotes: Vec<usize> = self.outside_notes(|octet| octet == b'"');
        if let (false, Some(first)) = (self.is_readable, quotes.first()) {
            let finding = Finding::dkim(9, "the record holds quotation marks").at(*first..first + 1);
            let mended = quotes.iter().fold(finding, |finding, at| finding.mended(*at..at + 1, *b""));
            self.push(mended);
        }
        let numeric: Vec<usize> = positions(text, |pair| matches!(pair, [b'\\', b'0'..=b'9']));
        let controls = self.outside_notes(|octet| octet.is_ascii_control());
        if let Some(first) = controls.first().or(numeric.first()) {
            let finding = Finding::dkim(7, "the record holds control characters, or their escapes")
                .at(*first..first + 1);
            let finding = controls.iter().fold(finding, |finding, at| finding.mended(*at..at + 1, *b""));
            let end = |at: usize| {
                let digits =
                    text.iter().skip(at + 1).take(3).take_while(|octet| octet.is_ascii_digit()).count();
                at + 1 + digits
            };
            let mended = numeric.iter().fold(finding, |finding, at| finding.mended(*at..end(*at), *b""));
            self.push(mended);
        }
        self.found.len() > before
    }

    /// Where octets stand, except in `n=`, which is for people.
    fn outside_notes(&self, is_wanted: impl Fn(u8) -> bool) -> Vec<usize> {
        let elements =
            self.elements.iter().filter(|element| element.tag().is_none_or(|(name, _)| name != b"n"));
        let inside = |element: &Element<'a>| {
            let start = if element.from > 0 { element.from + 1 } else { 0 };
            start..element.end
        };
        elements
            .flat_map(inside)
            .filter(|at| self.text.get(*at).is_some_and(|octet| is_wanted(*octet)))
            .collect()
    }

    fn armour(&mut self) -> bool {
        let text = self.text;
        let find = |needle: &[u8], from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            rest.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
        };
        if find(b"PRIVATE KEY-----", 0).is_some() {
            self.push(Finding::dkim(14, "the record holds a private key"));
            return true;
        }
        let Some(begin) = find(b"-----BEGIN", 0) else {
            return false;
        };
        let mut finding = Finding::dkim(15, "the key is wrapped in PEM armour").at(begin..begin + 10);
        let begin_end = find(b"-----", begin + 10).map(|at| at + 5);
        let end = find(b"-----END", begin + 10);
        if let (Some(begin_end), Some(end)) = (begin_end, end) {
            let end_end = find(b"-----", end + 8).map_or(text.len(), |at| at + 5);
            finding = finding.mended(begin..begin_end, *b"").mended(end..end_end, *b"");
        }
        self.push(finding);
        true
    }

    /// RFC 6376 §3.2: `tag-spec *( ";" tag-spec ) [ ";" ]`.
    fn list(&mut self, is_artefact: bool) {
        let mut seen: Vec<(&[u8], &[u8])> = Vec::new();
        let last = self.elements.len().saturating_sub(1);
        let length = self.text.len();
        for (index, element) in self.elements.clone().into_iter().enumerate() {
            if element.text.is_empty() {
                if index != last || last == 0 {
                    let finding =
                        Finding::dkim(11, "nothing between two semicolons").at(element.from..element.end);
                    self.push(finding.mended(element.removal(length), *b""));
                }
                continue;
            }
            let tag = element.tag().filter(|(name, _)| is_tag_name(name));
            let Some((name, value)) = tag else {
                if index == 0 && element.text.eq_ignore_ascii_case(b"DKIM1") {
                    let finding = Finding::dkim(10, "v= is missing in front of DKIM1").at(element.span());
                    self.push(finding.mended(element.span(), *b"v=DKIM1"));
                } else if !is_artefact {
                    let message = format!("\"{}\" is no tag=value", shown(element.text));
                    self.push(Finding::dkim(11, message).at(element.span()));
                }
                continue;
            };
            if let Some(at) = merged(name, value) {
                let at = element.value_span().start + at;
                let message = format!("a semicolon is missing behind {}=", shown(name));
                let span = if self.text.get(at) == Some(&b',') { at..at + 1 } else { at..at };
                self.push(Finding::dkim(11, message).at(at..at + 1).mended(span, *b";"));
            }
            let earlier = if seen.len() < 32 { seen.iter().find(|(seen, _)| *seen == name) } else { None };
            match earlier {
                Some((_, first)) => {
                    let finding =
                        Finding::dkim(11, format!("{}= occurs twice", shown(name))).at(element.span());
                    let is_same = *first == value;
                    self.push(if is_same { finding.mended(element.removal(length), *b"") } else { finding });
                }
                None => seen.push((name, value)),
            }
        }
    }

    fn element(&self, name: &[u8]) -> Option<Element<'a>> {
        let named = |element: &&Element<'a>| element.tag().is_some_and(|(tag, _)| tag == name);
        self.elements.iter().find(named).copied()
    }

    fn value(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.element(name).and_then(|element| element.tag()).map(|(_, value)| value)
    }

    fn version(&mut self) {
        let Some(element) = self.element(b"v") else {
            return;
        };
        let value = self.value(b"v").unwrap_or_default();
        let is_first = self.elements.first().is_some_and(|first| first.start == element.start);
        // What is merged with another tag, or spoiled otherwise, is told by another check.
        let spoils = |octet: &u8| matches!(octet, b' ' | b',' | b'\\' | b'"');
        if value == b"DKIM1" && is_first || value.iter().any(spoils) {
            return;
        }
        let message = if is_first {
            format!("v={} is not v=DKIM1", shown(value))
        } else {
            "v= is not the first tag".to_owned()
        };
        let finding = Finding::dkim(10, message).at(element.span());
        let is_close = value.len() <= 6 && value.to_ascii_lowercase().starts_with(b"dkim");
        let mended = match (is_close, is_first) {
            (false, _) => finding,
            (true, true) => finding.mended(element.span(), *b"v=DKIM1"),
            (true, false) => {
                finding.mended(element.removal(self.text.len()), *b"").mended(0..0, *b"v=DKIM1; ")
            }
        };
        self.push(mended);
    }

    fn tags(&mut self) {
        let length = self.text.len();
        let at = |element: Option<Element<'a>>, finding: Finding| match element {
            Some(element) => finding.at(element.value_span()),
            None => finding,
        };
        if let Some(value) = self.value(b"k")
            && !matches!(value, b"rsa" | b"ed25519")
            && merged(b"k", value).is_none()
            && !self.value(b"p").is_some_and(<[u8]>::is_empty)
        {
            let lower = value.to_ascii_lowercase();
            let finding =
                at(self.element(b"k"), Finding::dkim(18, format!("k={} is no type of key", shown(value))));
            let is_case = matches!(&*lower, b"rsa" | b"ed25519");
            let span = self.element(b"k").map(|element| element.value_span());
            self.push(match span {
                Some(span) if is_case => finding.mended(span, lower),
                _ => finding,
            });
        }
        if let Some((element, value)) = self.element(b"h").zip(self.value(b"h"))
            && !value.split(|octet| *octet == b':').any(|name| name.trim_ascii() == b"sha256")
            && merged(b"h", value).is_none()
        {
            let message = format!("h={} leaves out sha256", shown(value));
            self.push(
                Finding::dkim(19, message).at(element.value_span()).mended(element.removal(length), *b""),
            );
        }
        if let Some(element) = self.element(b"g") {
            let finding = Finding::dkim(23, "g= means nothing any more").at(element.span());
            self.push(finding.mended(element.removal(length), *b""));
        }
    }

    /// The value of `p=`, judged by the engine apart from the rest of the record.
    fn key_data(&mut self, is_spoiled: bool) {
        let Some((element, value)) = self.element(b"p").zip(self.value(b"p")) else {
            let is_told = self.found.iter().any(is_breaking);
            if !is_told || !self.text.windows(2).any(|window| window == b"p=") {
                self.push(Finding::dkim(5, "there is no p="));
            }
            return;
        };
        if value.is_empty() {
            self.push(Finding::dkim(4, "p= is empty: the key is revoked").at(element.span()));
            return;
        }
        if is_spoiled || merged(b"p", value).is_some() {
            return;
        }
        let span = element.value_span();
        let is_ed25519 = self.value(b"k") == Some(b"ed25519");
        let kind: &[u8] = if is_ed25519 { b"k=ed25519; p=" } else { b"k=rsa; p=" };
        match KeyRecord::parse(&[kind, value].concat()) {
            Ok(_) => {}
            Err(KeyFlaw::Cut) => {
                let message = format!("the key breaks off after {} characters", dense(value).len());
                self.push(Finding::dkim(13, message).at(span.clone()));
            }
            Err(KeyFlaw::Private) => self.push(Finding::dkim(14, "p= is a private key").at(span.clone())),
            Err(KeyFlaw::NotEd25519) => self.push(not_ed25519(value, span.clone())),
            Err(KeyFlaw::NotRsa) => self.push(not_rsa(value, span.clone(), self.element(b"k"))),
            Err(_) => {
                let is_alphabet =
                    |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
                let bad = value.iter().position(|octet| !is_alphabet(*octet) && !octet.is_ascii_whitespace());
                let finding = match bad {
                    Some(at) => {
                        let character = value.get(at..at + 1).unwrap_or_default();
                        let message = format!("\"{}\" is no character of base64", shown(character));
                        Finding::dkim(6, message).at(span.start + at..span.start + at + 1)
                    }
                    None => {
                        let message =
                            format!("{} characters of base64 are not whole octets", dense(value).len());
                        Finding::dkim(6, message).at(span.clone())
                    }
                };
                self.push(finding);
            }
        }
        let is_spaced = value.iter().any(u8::is_ascii_whitespace);
        if is_spaced {
            let message = "the key has spaces in it, which receivers skip";
            self.push(Finding::dkim(12, message).at(span.clone()).mended(span, dense(value)));
        }
    }
}

fn not_ed25519(value: &[u8], span: std::ops::Range<usize>) -> Finding {
    let octets = BASE64.decode(dense(value)).unwrap_or_default();
    let message = format!("{} octets in place of 32", octets.len());
    let finding = Finding::dkim(16, message).at(span.clone());
    match octets.strip_prefix(&ED25519_INFO) {
        Some(key) if key.len() == 32 => finding.mended(span, BASE64.encode(key)),
        _ => finding,
    }
}

/// Octets that are no RSA key: those of an Ed25519 key without its `k=`, for one.
fn not_rsa(value: &[u8], span: std::ops::Range<usize>, kind: Option<Element<'_>>) -> Finding {
    let octets = BASE64.decode(dense(value)).unwrap_or_default();
    let finding = Finding::dkim(6, "p= is base64, but no RSA public key").at(span);
    let is_ed25519 = octets.len() == 32 && kind.is_none();
    if is_ed25519 {
        finding.help("32 octets may be an Ed25519 key: then k=ed25519 is missing")
    } else {
        finding
    }
}

fn is_tag_name(name: &[u8]) -> bool {
    let is_word = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'_';
    name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_word)
}

/// Where a value goes over into another tag, because a semicolon is missing.
fn merged(name: &[u8], value: &[u8]) -> Option<usize> {
    if name == b"n" {
        return None;
    }
    value.windows(3).position(|window| match window {
        [space, tag, b'='] => {
            (space.is_ascii_whitespace() || *space == b',')
                && TAGS.contains(&std::slice::from_ref(tag))
                && *tag != b'n'
        }
        _ => false,
    })
}

/// Where two octets stand that are wanted.
fn positions(text: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Vec<usize> {
    text.windows(2).enumerate().filter(|(_, pair)| is_wanted(pair)).map(|(at, _)| at).collect()
}

/// What is wrong when this record is published for this private key.
pub fn other_key(record: &Record, key: &mailproof::SigningKey) -> Option<Finding> {
    let published = KeyRecord::parse(record.octets()).ok()?;
    let message = "the record is not that of the private key";
    (published.public_key() != key.public_key()).then(|| Finding::dkim(29, message))
}
