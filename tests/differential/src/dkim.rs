//! DKIM: a signed message with its keys, how it is made and spoilt, and what ours says of it.

use crate::dkim_message::{body, header};
use crate::plan::Plan;
use crate::random::Random;
use crate::signing::Key;
use crate::zone::{Data, Zone, escape};
use mailproof::dkim::{Outcome, Policy, Verdict, verify};
use mailproof::message::Message;
use mailproof::{Evaluation, Step};

/// The time of all cases. Times in signatures are years away from it and from the clocks of the peers.
pub const NOW: u64 = 1_800_000_000;

/// A message and its keys.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub number: u64,
    pub raw: Vec<u8>,
    pub zone: Zone,
    /// What was done to it, a word each.
    pub tricks: Vec<&'static str>,
}

impl Case {
    /// As the peers read it.
    pub fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        escape(&self.raw, &mut line);
        self.zone.write(&mut line);
        line.push(b'\n');
        line
    }

    /// For people.
    pub fn shown(&self) -> String {
        format!(
            "{}\n{}\ntricks: {}",
            self.raw.escape_ascii().to_string().replace("\\r\\n", "\\r\\n\n"),
            self.zone.shown(),
            self.tricks.join(" ")
        )
    }

    pub fn has(&self, trick: &str) -> bool {
        self.tricks.contains(&trick)
    }

    /// Whether a field has white space before its colon.
    pub fn has_spaced_name(&self) -> bool {
        self.lines().any(|line| {
            let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
            name.len() < line.len() && name.iter().any(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'))
        })
    }

    /// Whether a line of the header section neither begins a field nor continues one.
    pub fn has_line_without_colon(&self) -> bool {
        self.lines().any(|line| !line.contains(&b':') || line.starts_with(b":"))
    }

    /// Whether a CR stands without LF or the other way round.
    pub fn has_lone_line_end(&self) -> bool {
        has_lone_lf(&self.raw) || has_lone_cr(&self.raw)
    }

    /// Whether a selector has several TXT records.
    pub fn has_several_keys(&self) -> bool {
        let is_text = |data: &&Data| matches!(data, Data::Txt(_));
        self.zone.records.iter().any(|(name, _)| self.zone.at(name).filter(is_text).count() > 1)
    }

    /// Whether a signature has `l=`.
    pub fn has_length(&self) -> bool {
        self.tricks.iter().any(|trick| trick.starts_with("l-"))
    }

    /// Whether the name of a field holds a semicolon.
    pub fn has_semicolon_in_name(&self) -> bool {
        self.lines()
            .any(|line| line.split(|octet| *octet == b':').next().is_some_and(|name| name.contains(&b';')))
    }

    /// The lines of the header section that continue no other.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let end = find(&self.raw, b"\r\n\r\n").unwrap_or(self.raw.len());
        let header = &self.raw[..end];
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < header.len() {
                let length = find(&header[at..], b"\r\n").unwrap_or(header.len() - at);
                let line = &header[at..at + length];
                at += length + 2;
                if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                    return Some(line);
                }
            }
            None
        })
    }

    pub fn check(&self) -> Vec<Verdict> {
        let Ok(message) = Message::parse(&self.raw) else {
            return Vec::new();
        };
        match verify(&message, &Policy::default(), NOW).step(&self.zone.ours()) {
            Step::Done(verdicts) => verdicts,
            Step::Ask(_) => unreachable!("the zone knows everything"),
        }
    }

    pub fn make(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed ^ 0xd1c1, number);
        let random = &mut random;
        let mut case = Self { number, ..Self::default() };
        let mut fields = header(random);
        let mut body = body(random);
        let count = if random.chance(85) { 1 } else { 2 + random.below(2) };
        for index in 0..count {
            let key = if random.chance(50) { Key::Ed25519 } else { Key::Rsa };
            let selector = format!("s{index}");
            let plan = Plan::any(random, &mut case.tricks, key, &selector);
            case.publish(random, &plan, key);
            let field = plan.field(random, &fields, &body, &mut case.tricks);
            fields.insert(0, field);
        }
        if random.chance(45) {
            case.spoil(random, &mut fields, &mut body);
        }
        for field in &fields {
            case.raw.extend_from_slice(field);
            case.raw.extend_from_slice(b"\r\n");
        }
        case.raw.extend_from_slice(b"\r\n");
        case.raw.extend_from_slice(&body);
        case.describe(&fields, &body);
        case
    }

    /// Adds the features of the message that verifiers are known to differ about.
    fn describe(&mut self, fields: &[Vec<u8>], body: &[u8]) {
        let text = fields.join(&b"\r\n"[..]);
        let features: [(&'static str, bool); 13] = [
            ("m:lone-lf", has_lone_lf(body)),
            ("m:lone-cr", has_lone_cr(body)),
            ("m:header-lone-lf", has_lone_lf(&text)),
            ("m:no-final-crlf", !body.is_empty() && !body.ends_with(b"\r\n")),
            ("m:empty-body", body.is_empty()),
            ("m:white-tail", is_white_tail(body)),
            ("m:empty-tail", body == b"\r\n" || body.ends_with(b"\r\n\r\n")),
            ("m:field-space-colon", fields.iter().any(|field| field.starts_with(b"X-Space :"))),
            ("m:8bit-field", fields.iter().any(|field| !field.is_ascii())),
            ("m:begins-folded", fields.iter().any(|field| field.starts_with(b"X-Begins-Folded"))),
            ("m:empty-field", fields.iter().any(|field| field.starts_with(b"X-Empty"))),
            ("m:white-field", fields.iter().any(|field| field.starts_with(b"X-White"))),
            ("m:white-body-line", body.windows(3).any(|three| matches!(three, b" \r\n" | b"\t\r\n"))),
        ];
        self.tricks.extend(features.iter().filter(|feature| feature.1).map(|feature| feature.0));
    }

    pub fn trick(&mut self, word: &'static str) {
        self.tricks.push(word);
    }

    /// Changes the message after it was signed.
    fn spoil(&mut self, random: &mut Random, fields: &mut Vec<Vec<u8>>, body: &mut Vec<u8>) {
        let at = random.below(fields.len());
        match random.below(22) {
            0 => {
                self.trick("body-octet");
                random.mutate(body, b"x \t\r\n");
            }
            1 => {
                self.trick("body-appended");
                body.extend_from_slice(b"more\r\n");
            }
            2 => {
                self.trick("body-empty-lines");
                body.extend_from_slice(b"\r\n\r\n");
            }
            3 => {
                self.trick("body-white-line");
                body.extend_from_slice(b" \t\r\n");
            }
            4 => {
                self.trick("body-cut");
                body.truncate(random.below(body.len() + 1));
            }
            5 => {
                self.trick("body-space");
                if let Some(at) = find(body, b"\r\n") {
                    body.splice(at..at, *b" \t");
                }
            }
            6 => {
                self.trick("body-lone-lf");
                if let Some(at) = find(body, b"\r\n") {
                    body.remove(at);
                }
            }
            7 => {
                self.trick("body-lone-cr");
                if let Some(at) = find(body, b"\r\n") {
                    body.remove(at + 1);
                }
            }
            8 => {
                self.trick("field-octet");
                random.mutate(&mut fields[at], b"x =;:\t");
            }
            9 => {
                self.trick("field-doubled");
                let copy = fields[at].clone();
                fields.insert(at, copy);
            }
            10 => {
                self.trick("from-added");
                fields.insert(at, b"From: Eve <eve@evil.example>".to_vec());
            }
            11 => {
                self.trick("from-last");
                fields.push(b"From: Eve <eve@evil.example>".to_vec());
            }
            12 => {
                self.trick("subject-added");
                fields.insert(0, b"Subject: other".to_vec());
            }
            13 => {
                self.trick("field-removed");
                fields.remove(at);
            }
            14 => {
                self.trick("field-case");
                if let Some(colon) = find(&fields[at], b":") {
                    fields[at][..colon].make_ascii_uppercase();
                }
            }
            15 => {
                self.trick("field-space-before-colon");
                if let Some(colon) = find(&fields[at], b":") {
                    fields[at].insert(colon, b' ');
                }
            }
            16 => {
                self.trick("field-refolded");
                if let Some(space) = find(&fields[at], b" ") {
                    fields[at].splice(space..space, *b"\r\n");
                }
            }
            17 => {
                self.trick("field-spaces");
                if let Some(space) = find(&fields[at], b" ") {
                    fields[at].insert(space, b'\t');
                }
            }
            18 => {
                self.trick("field-trailing-space");
                fields[at].push(b' ');
            }
            19 => {
                self.trick("fields-moved");
                let field = fields.remove(at);
                fields.push(field);
            }
            20 => {
                self.trick("field-no-colon");
                fields.push(b"no colon here".to_vec());
            }
            _ => {
                self.trick("field-lone-lf");
                if let Some(space) = find(&fields[at], b" ") {
                    fields[at].insert(space, b'\n');
                }
            }
        }
    }
}

/// The words of all signatures, as the peers tell theirs: pass, temperror, and fail for all that is permanent.
pub fn words(verdicts: &[Verdict]) -> String {
    let words: Vec<&str> = verdicts
        .iter()
        .map(|verdict| match verdict.outcome {
            Outcome::Pass => "pass",
            Outcome::Temperror(_) => "temperror",
            Outcome::Fail(_) | Outcome::Policy(_) | Outcome::Neutral(_) | Outcome::Permerror(_) => "fail",
        })
        .collect();
    if words.is_empty() { String::from("none") } else { words.join(",") }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn has_lone_lf(text: &[u8]) -> bool {
    (0..text.len()).any(|at| text[at] == b'\n' && (at == 0 || text[at - 1] != b'\r'))
}

fn has_lone_cr(text: &[u8]) -> bool {
    (0..text.len()).any(|at| text[at] == b'\r' && text.get(at + 1) != Some(&b'\n'))
}

/// Whether the last line that is not empty is made of spaces and tabs.
fn is_white_tail(body: &[u8]) -> bool {
    let end = body.iter().rposition(|octet| !matches!(octet, b'\r' | b'\n')).map_or(0, |at| at + 1);
    let line = body[..end].iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
    line < end && body[line..end].iter().all(|octet| matches!(octet, b' ' | b'\t'))
}
