//! DMARC policy records, without DNS.

use crate::dkim::is_doubled;
use crate::finding::{Finding, shown};
use crate::nearest::nearest;
use crate::record::Record;
use crate::tags::{Element, elements};
use mailproof::Name;
use mailproof::dmarc::{NotDmarc, Record as Policy, ReportUri};

/// The tags of RFC 9989 §4.7.
const TAGS: [&str; 10] = ["adkim", "aspf", "fo", "np", "p", "psd", "rua", "ruf", "sp", "t"];

/// The tags of RFC 7489 §6.3 that RFC 9989 has removed.
const REMOVED: [&str; 3] = ["pct", "rf", "ri"];

/// What `rf` and `ri` mean where they are left out (RFC 7489 §6.3).
const REMOVED_DEFAULTS: [(&str, &[u8]); 2] = [("rf", b"afrf"), ("ri", b"86400")];

const POLICIES: [&str; 3] = ["none", "quarantine", "reject"];

/// Addresses to which receivers send reports at least (RFC 7489 §6.2).
const ADDRESSES: usize = 2;

/// Tags whose repetition is looked for.
const TAGS_SEEN: usize = 64;

/// Everything that is wrong with a record.
pub(crate) fn lint(record: &Record) -> Vec<Finding> {
    let text = record.octets();
    let mut findings = Vec::new();
    findings.extend(record.owner.as_ref().and_then(judge_owner));
    let start = match Policy::parse(text) {
        Ok(_) => text.iter().position(|octet| *octet == b';').map_or(text.len(), |at| at + 1),
        Err(why) => {
            let (finding, start) = not_dmarc(text, why);
            findings.push(finding.breaking());
            let Some(start) = start else {
                return findings;
            };
            start
        }
    };
    findings.extend(artefacts(text, start));
    let mut tags = Tags { length: text.len(), seen: Vec::new(), findings, last_list: None };
    for element in elements(text, start) {
        tags.judge(element);
    }
    tags.whole(record);
    tags.findings
}

/// Where the record stands.
fn judge_owner(owner: &Name) -> Option<Finding> {
    let labels: Vec<&str> = owner.labels().collect();
    match labels.iter().position(|label| *label == "_dmarc") {
        None => Some(Finding::dmarc(3, format!("{owner} does not begin with _dmarc"))),
        Some(at) => {
            let zone = labels.get(at + 1..)?;
            let half: Vec<_> = zone.iter().take(zone.len() / 2).copied().collect();
            is_doubled(zone).then(|| Finding::dmarc(4, format!("{owner} ends in {} twice", half.join("."))))
        }
    }
}

/// A text that is no record, and from where on its tags can be read.
fn not_dmarc(text: &[u8], why: NotDmarc) -> (Finding, Option<usize>) {
    let first_end = text.iter().position(|octet| *octet == b';').unwrap_or(text.len());
    let first = text.get(..first_end).unwrap_or_default();
    let behind = Some((first_end + 1).min(text.len()));
    let lower = text.to_ascii_lowercase();
    let version = lower.windows(8).position(|window| window == b"v=dmarc1");
    let has_tags = elements(text, 0).any(|element| {
        element
            .tag()
            .is_some_and(|(name, _)| matches!(&*name.to_ascii_lowercase(), b"p" | b"sp" | b"rua" | b"ruf"))
    });
    match why {
        NotDmarc::Escaped => {
            let finding =
                Finding::dmarc(34, "semicolons are escaped").at(first_end.saturating_sub(1)..first_end);
            let escapes = text.windows(2).enumerate().filter(|(_, pair)| *pair == b"\\;").map(|(at, _)| at);
            (escapes.fold(finding, |finding, at| finding.mended(at..at + 1, *b"")), behind)
        }
        NotDmarc::Spf => (Finding::dmarc(32, format!("\"{}\" is an SPF record", shown(text))), None),
        NotDmarc::NotFirst => {
            let at = version.unwrap_or_default();
            let finding = Finding::dmarc(6, "v=DMARC1 is not the very beginning").at(at..at + 8);
            let is_junk = |octet: &u8| !octet.is_ascii_alphanumeric();
            if text.iter().take(at).all(is_junk) {
                return (
                    finding.mended(0..at, *b""),
                    Some(text.iter().position(|octet| *octet == b';').map_or(text.len(), |at| at + 1)),
                );
            }
            let element = elements(text, 0).find(|element| element.span().contains(&at));
            let moved = match element.filter(|element| element.start == at && element.text.len() == 8) {
                Some(element) => {
                    finding.mended(0..0, *b"v=DMARC1; ").mended(element.removal(text.len()), *b"")
                }
                None => finding,
            };
            (moved, Some(0))
        }
        NotDmarc::Other if !has_tags && !lower.windows(5).any(|window| window == b"dmarc") => {
            (Finding::dmarc(33, format!("\"{}\" is no DMARC record", shown(text))), None)
        }
        NotDmarc::Version | NotDmarc::Other | _ => {
            let message = format!("\"{}\" is not v=DMARC1", shown(first));
            let finding = Finding::dmarc(5, message).at(0..first.len());
            let letters: Vec<u8> =
                first.iter().map(u8::to_ascii_lowercase).filter(u8::is_ascii_alphanumeric).collect();
            let close: [&[u8]; 7] =
                [b"vdmarc1", b"vdmarcl", b"vdmarci", b"vdmarc", b"dmarc1", b"dmarc", b"vdmarc10"];
            let is_close = close.contains(&&*letters);
            let is_tag = first.contains(&b'=') && !is_close;
            // `v=DMARC1 p=reject`: a semicolon is missing.
            if version == Some(0) && lower.get(8).is_some_and(u8::is_ascii_whitespace) && is_tag {
                let finding = finding.help("a semicolon is missing behind v=DMARC1");
                return (finding.mended(8..8, *b";"), Some(8));
            }
            let finding = if is_close { finding.mended(0..first.len(), *b"v=DMARC1") } else { finding };
            // A record that lacks nothing but its version.
            let states_policy = POLICIES.iter().any(|policy| letters == format!("p{policy}").as_bytes());
            let finding = if states_policy { finding.mended(0..0, *b"v=DMARC1; ") } else { finding };
            (finding, if is_tag { Some(0) } else { behind })
        }
    }
}

/// What panels leave behind the version.
fn artefacts(text: &[u8], start: usize) -> Option<Finding> {
    let is_mark = |at: &usize| matches!(text.get(*at), Some(b'"' | b'\\'));
    let marks: Vec<usize> = (start..text.len()).filter(is_mark).collect();
    let first = *marks.first()?;
    let finding = Finding::dmarc(34, "backslashes or quotation marks, left over from a master file")
        .at(first..first + 1);
    let part = if text.get(start..).is_some_and(has_faults) { finding.discarded() } else { finding };
    Some(marks.iter().fold(part, |finding, at| finding.mended(*at..at + 1, *b"")))
}

/// Whether the engine discards something of these tags.
fn has_faults(tags: &[u8]) -> bool {
    Policy::parse(&[b"v=DMARC1;", tags].concat()).is_ok_and(|record| !record.faults.is_empty())
}

struct Tags<'a> {
    length: usize,
    seen: Vec<(String, Element<'a>, &'a [u8])>,
    findings: Vec<Finding>,
    /// The list of addresses that was read last, which a semicolon may have cut.
    last_list: Option<Element<'a>>,
}

impl<'a> Tags<'a> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Judges one element; what the engine discards of it is always told.
    fn judge(&mut self, element: Element<'a>) {
        if element.text.is_empty() {
            return;
        }
        let first = self.findings.len();
        self.element(element);
        if !has_faults(element.text) {
            return;
        }
        let new = self.findings.get_mut(first..).unwrap_or_default();
        let told = new.iter_mut().find(|finding| !matches!(finding.check.number, 20..=22 | 27));
        match told {
            Some(finding) => finding.damage = finding.damage.max(crate::finding::Damage::Part),
            None if element.text.iter().any(|octet| matches!(octet, b'"' | b'\\')) => {}
            None => {
                let message = format!("\"{}\" is discarded", shown(element.text));
                self.push(Finding::dmarc(26, message).at(element.span()).discarded());
            }
        }
    }

    fn element(&mut self, element: Element<'a>) {
        let list = self.last_list.take();
        let name_end =
            element.text.iter().position(|octet| !octet.is_ascii_alphabetic()).unwrap_or(element.text.len());
        let (name, rest) = element.text.split_at_checked(name_end).unwrap_or((element.text, b""));
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let rest = rest.trim_ascii_start();
        let Some(value) = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii).filter(|_| !name.is_empty()) else {
            self.no_tag(element, &name, rest, list);
            return;
        };
        if let Some(at) = separator_before_tag(value) {
            let at = element.span().end - value.len() + at;
            let message = format!("{name}= is not ended by a semicolon");
            self.push(Finding::dmarc(11, message).at(at..at + 1).mended(at..at + 1, *b";"));
            return;
        }
        self.repeated(&name, element, value);
        if value.iter().any(|octet| matches!(octet, b'"' | b'\\')) {
            return;
        }
        self.value(&name, element, value);
        if matches!(&*name, "rua" | "ruf") && !value.is_empty() {
            self.last_list = Some(element);
        }
    }

    /// An element without an equals sign behind a name.
    fn no_tag(&mut self, element: Element<'a>, name: &str, rest: &[u8], list: Option<Element<'a>>) {
        let is_address = name == "mailto" || ReportUri::parse(&[b"mailto:", element.text].concat()).is_some();
        if is_address && list.is_some() {
            let message =
                format!("a semicolon stands before \"{}\", where a comma belongs", shown(element.text));
            let finding = Finding::dmarc(14, message).at(element.from..element.span().end);
            self.push(finding.mended(element.from..element.start, *b","));
            self.last_list = Some(element);
            return;
        }
        let known = TAGS.iter().chain(&REMOVED).find(|tag| **tag == name);
        let value = rest.get(1..).unwrap_or_default().trim_ascii();
        let message = format!("\"{}\" is no tag=value", shown(element.text));
        let finding = Finding::dmarc(10, message).at(element.span());
        let is_plain = matches!(rest.first(), Some(b'-' | b':' | b'.' | b'_')) && !value.is_empty();
        self.push(match known {
            Some(tag) if is_plain => {
                let by = [tag.as_bytes(), b"=", value].concat();
                let is_good = !has_faults(&by);
                if is_good { finding.mended(element.span(), by) } else { finding }
            }
            _ => finding,
        });
    }

    fn repeated(&mut self, name: &str, element: Element<'a>, value: &'a [u8]) {
        if self.seen.len() >= TAGS_SEEN {
            return;
        }
        if let Some((_, _, earlier)) = self.seen.iter().find(|(seen, _, _)| seen == name) {
            let is_same = earlier.eq_ignore_ascii_case(value);
            let is_judged = TAGS.contains(&name) || name == "pct";
            let finding = Finding::dmarc(27, format!("{name}= occurs twice")).at(element.span());
            let removal = element.removal(self.length);
            self.push(match (is_same, is_judged) {
                (true, _) => finding.mended(removal, *b""),
                (false, true) => finding.discarded(),
                (false, false) => finding,
            });
        }
        self.seen.push((name.to_owned(), element, value));
    }

    fn value(&mut self, name: &str, element: Element<'a>, value: &'a [u8]) {
        let shown_value = shown(value);
        let span = element.value_span();
        let is_known = TAGS.contains(&name) || REMOVED.contains(&name);
        if value.is_empty() && is_known {
            let finding = Finding::dmarc(15, format!("{name}= has no value")).at(element.span());
            let is_needed = name == "p";
            self.push(if is_needed { finding } else { finding.mended(element.removal(self.length), *b"") });
            return;
        }
        let lower = value.to_ascii_lowercase();
        match name {
            "p" | "sp" | "np" => {
                if POLICIES.iter().any(|policy| policy.as_bytes() == lower) {
                    return;
                }
                let finding =
                    Finding::dmarc(7, format!("{name}={shown_value} is no policy")).at(span.clone());
                self.push(match nearest(value, &POLICIES) {
                    Some(meant) => finding.help(format!("did you mean \"{meant}\"?")).mended(span, meant),
                    None => finding,
                });
            }
            "rua" | "ruf" => self.addresses(name, element, value),
            "fo" => {
                if has_faults(element.text) {
                    let message =
                        format!("fo={shown_value} is discarded; reports are sent when all mechanisms fail");
                    self.push(Finding::dmarc(25, message).at(span));
                }
            }
            "adkim" | "aspf" | "psd" | "t" => {
                if !has_faults(element.text) {
                    return;
                }
                let finding =
                    Finding::dmarc(26, format!("{name}={shown_value} is discarded")).at(span.clone());
                let meant: Option<&[u8]> = match (name, &*lower) {
                    ("adkim" | "aspf", b"strict") => Some(b"s"),
                    ("adkim" | "aspf", b"relaxed") => Some(b"r"),
                    ("psd" | "t", b"yes" | b"true") => Some(b"y"),
                    ("psd" | "t", b"no" | b"false") => Some(b"n"),
                    _ => None,
                };
                self.push(match meant {
                    Some(meant) => finding.mended(span, meant),
                    None => finding,
                });
            }
            "pct" => self.percentage(element, value),
            "rf" | "ri" => {
                let finding =
                    Finding::dmarc(22, format!("{name}= is not part of RFC 9989")).at(element.span());
                let finding = finding.mended(element.removal(self.length), *b"");
                let is_default = REMOVED_DEFAULTS.contains(&(name, &*lower));
                self.push(if is_default {
                    finding.harmless().help("it says what is the default by RFC 7489")
                } else {
                    finding
                });
            }
            "v" => {}
            _ => {
                let known: Vec<&str> = TAGS.iter().chain(&REMOVED).copied().collect();
                let finding = Finding::dmarc(28, format!("{}= is no tag of DMARC", shown(name.as_bytes())));
                let finding = finding.at(element.start..element.start + name.len());
                self.push(match nearest(name.as_bytes(), &known) {
                    Some(meant) => finding.help(format!("did you mean \"{meant}=\"?")),
                    None => finding,
                });
            }
        }
    }

    fn percentage(&mut self, element: Element<'a>, value: &[u8]) {
        let removal = element.removal(self.length);
        let shown_value = shown(value);
        match value {
            b"100" => {
                let finding = Finding::dmarc(22, "pct=100 is not part of RFC 9989").at(element.span());
                let finding = finding.harmless().help("it says what is the default by RFC 7489");
                self.push(finding.mended(removal, *b""));
            }
            b"0" => {}
            _ => {
                let finding = Finding::dmarc(22, format!("pct={shown_value} is not part of RFC 9989"));
                self.push(
                    finding
                        .at(element.span())
                        .help("the policy is applied to all mail, not to a share of it"),
                );
            }
        }
    }

    fn addresses(&mut self, name: &str, element: Element<'a>, value: &'a [u8]) {
        let mut next = element.value_span().start;
        let mut count = 0;
        for part in value.split(|octet| *octet == b',') {
            let begin = next;
            next += part.len() + 1;
            let blank = part.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
            let address = part.trim_ascii();
            let span = begin + blank..begin + blank + address.len();
            count += 1;
            self.address(name, address, span);
        }
        if count > ADDRESSES {
            let message = format!("{name}= names {count} addresses");
            self.push(Finding::dmarc(20, message).at(element.value_span()));
        }
    }

    fn address(&mut self, name: &str, address: &[u8], span: std::ops::Range<usize>) {
        if let Some(uri) = ReportUri::parse(address) {
            if !uri.scheme().eq_ignore_ascii_case("mailto") {
                let message = format!("{name}= names {}, which is no mailbox", shown(address));
                self.push(Finding::dmarc(19, message).at(span.clone()));
            }
            let is_web = uri.as_str().get(..9).is_some_and(|begin| begin.eq_ignore_ascii_case("mailto://"));
            if is_web {
                let message = format!("{} has slashes, which become part of the address", shown(address));
                let slashes = span.start + 7..span.start + 9;
                self.push(Finding::dmarc(13, message).at(span.clone()).mended(slashes, *b""));
            }
            if uri.as_str().len() < address.len() {
                let mark = span.start + uri.as_str().len();
                let finding = Finding::dmarc(21, "a size limit is obsolete by RFC 9989").at(mark..span.end);
                self.push(finding.mended(mark..span.end, *b""));
            }
            return;
        }
        let with_scheme = [b"mailto:", address].concat();
        let is_bare = !address.contains(&b':') && ReportUri::parse(&with_scheme).is_some();
        if is_bare {
            let finding = Finding::dmarc(12, format!("{} lacks mailto:", shown(address))).at(span.clone());
            self.push(finding.mended(span.start..span.start, *b"mailto:"));
            return;
        }
        let parts: Vec<&[u8]> =
            address.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty()).collect();
        if parts.len() > 1 && parts.iter().all(|part| ReportUri::parse(part).is_some()) {
            let finding =
                Finding::dmarc(14, format!("{name}= has spaces between addresses")).at(span.clone());
            self.push(finding.mended(span, parts.join(&b',')));
            return;
        }
        let finding =
            Finding::dmarc(13, format!("\"{}\" is no address for reports", shown(address))).at(span.clone());
        let dense: Vec<u8> = address.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
        let is_one = dense.iter().filter(|octet| matches!(octet, b'@' | b':')).count() == 2;
        let is_spaced = is_one && dense.len() < address.len() && ReportUri::parse(&dense).is_some();
        self.push(if is_spaced { finding.mended(span, dense) } else { finding });
    }

    fn find(&self, name: &str) -> Option<(Element<'a>, &'a [u8])> {
        let found = self.seen.iter().find(|(seen, _, _)| seen == name);
        found.map(|(_, element, value)| (*element, *value))
    }

    /// What only the record as a whole tells.
    fn whole(&mut self, record: &Record) {
        let is = |value: &[u8], word: &str| value.eq_ignore_ascii_case(word.as_bytes());
        let is_strict = |value: &[u8]| is(value, "quarantine") || is(value, "reject");
        let p = self.find("p");
        let has_broken_p = self.findings.iter().any(|finding| matches!(finding.check.number, 10 | 11));
        match p {
            None if !has_broken_p => self.push(Finding::dmarc(8, "the record states no policy")),
            Some(_)
                if self
                    .seen
                    .iter()
                    .find(|(name, _, _)| name != "v")
                    .is_some_and(|(name, _, _)| name != "p") =>
            {
                let finding = Finding::dmarc(9, "p= is not the first tag behind the version");
                let at = p.map_or(0..0, |(element, _)| element.span());
                self.push(finding.at(at));
            }
            None | Some(_) => {}
        }
        if self.find("rua").is_none() && !has_broken_p {
            self.push(Finding::dmarc(16, "no address for aggregate reports"));
        }
        for (tag, needs) in [("ri", "rua"), ("rf", "ruf")] {
            if let (Some((element, _)), None) = (self.find(tag), self.find(needs)) {
                let finding = Finding::dmarc(24, format!("{tag}= without {needs}= says nothing"));
                self.push(finding.at(element.span()).mended(element.removal(self.length), *b""));
            }
        }
        let policy = p.map_or(&b""[..], |(_, value)| value);
        if let Some((element, b"0")) = self.find("pct") {
            if is_strict(policy) {
                let message = "pct=0 no longer spares any mail";
                let finding = Finding::dmarc(23, message).at(element.span());
                let is_free = self.find("t").is_none();
                self.push(if is_free { finding.mended(element.span(), *b"t=y") } else { finding });
            } else {
                let finding = Finding::dmarc(22, "pct=0 is not part of RFC 9989").at(element.span());
                self.push(finding.mended(element.removal(self.length), *b""));
            }
        }
        let sp = self.find("sp");
        if let Some((element, value)) = sp
            && is_strict(policy)
            && is(value, "none")
        {
            let message = format!("sp=none leaves subdomains open, under p={}", shown(policy));
            self.push(Finding::dmarc(29, message).at(element.span()));
        }
        let below = sp.map_or(policy, |(_, value)| value);
        if self.find("np").is_none() && POLICIES.iter().any(|word| is(below, word)) && !is(below, "reject") {
            let message = format!("names that do not exist fall under \"{}\"", shown(below));
            self.push(Finding::dmarc(30, message));
        }
        let is_suffix = record.owner.as_ref().is_some_and(|owner| owner.label_count() == 2);
        if let Some((element, value)) = self.find("psd")
            && is(value, "y")
            && !is_suffix
        {
            self.push(Finding::dmarc(31, "psd=y declares a public suffix").at(element.span()));
        }
    }
}

/// A comma or a space, where the next tag begins.
fn separator_before_tag(value: &[u8]) -> Option<usize> {
    let is_separator = |octet: &u8| matches!(octet, b',' | b' ' | b'\t');
    value.iter().enumerate().filter(|(_, octet)| is_separator(octet)).map(|(at, _)| at).find(|at| {
        let behind = value.get(at + 1..).unwrap_or_default();
        let blank = behind.iter().take(2).take_while(|octet| octet.is_ascii_whitespace()).count();
        let behind = behind.get(blank..).unwrap_or_default();
        let end = behind.iter().take(8).position(|octet| !octet.is_ascii_alphabetic());
        let name = end.and_then(|end| behind.split_at_checked(end));
        name.is_some_and(|(name, rest)| {
            let name = name.to_ascii_lowercase();
            let is_known = TAGS.iter().chain(&REMOVED).any(|tag| tag.as_bytes() == name);
            is_known && rest.first() == Some(&b'=')
        })
    })
}
