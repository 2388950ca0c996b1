//! DKIM: a signed message with its keys, how it is made and spoilt, and what ours says of it.

use crate::random::Random;
use crate::signing::{Key, Keys, Plan};
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

    fn trick(&mut self, word: &'static str) {
        self.tricks.push(word);
    }

    /// Puts the key record where it is looked for.
    fn publish(&mut self, random: &mut Random, plan: &Plan, key: Key) {
        let name = format!("{}._domainkey.{}", plan.selector, plan.domain).to_ascii_lowercase();
        let (public, kind) = match key {
            Key::Ed25519 => (Keys::get().ed25519_public.clone(), "ed25519"),
            Key::Rsa => (Keys::get().rsa_public.clone(), "rsa"),
        };
        let mut data = public;
        let mut tags: Vec<(String, String)> = vec![("v".into(), "DKIM1".into()), ("k".into(), kind.into())];
        let mut separator = "; ";
        match random.below(60) {
            0 => {
                self.trick("key-no-version");
                tags.remove(0);
            }
            1 => {
                self.trick("key-version-late");
                tags.swap(0, 1);
            }
            2 => {
                self.trick("key-version-other");
                tags[0].1 = "DKIM2".into();
            }
            3 => {
                self.trick("key-version-case");
                tags[0].1 = "dkim1".into();
            }
            4 => {
                self.trick("key-no-type");
                tags.remove(1);
            }
            5 => {
                self.trick("key-type-unknown");
                tags[1].1 = "dsa".into();
            }
            6 => {
                self.trick("key-type-case");
                tags[1].1 = kind.to_ascii_uppercase();
            }
            7 => {
                self.trick("key-hash-256");
                tags.push(("h".into(), "sha1:sha256".into()));
            }
            8 => {
                self.trick("key-hash-1");
                tags.push(("h".into(), "sha1".into()));
            }
            9 => {
                self.trick("key-hash-unknown");
                tags.push(("h".into(), "sha512 : sha256".into()));
            }
            10 => {
                self.trick("key-service-mail");
                tags.push(("s".into(), "email".into()));
            }
            11 => {
                self.trick("key-service-any");
                tags.push(("s".into(), "other:*".into()));
            }
            12 => {
                self.trick("key-service-other");
                tags.push(("s".into(), "tlsrpt".into()));
            }
            13 => {
                self.trick("key-testing");
                tags.push(("t".into(), "y".into()));
            }
            14 | 15 => {
                self.trick("key-strict");
                tags.push(("t".into(), "s".into()));
            }
            16 => {
                self.trick("key-note");
                tags.push(("n".into(), "a note=with = signs".into()));
            }
            17 => {
                self.trick("key-unknown-tag");
                tags.push(("zz".into(), "1".into()));
            }
            18 => {
                self.trick("key-duplicate");
                tags.push(("k".into(), kind.into()));
            }
            19 => {
                self.trick("key-revoked");
                data.clear();
            }
            20 => {
                self.trick("key-broken");
                data.insert(10, '!');
            }
            21 => {
                self.trick("key-spaced");
                data.insert_str(20, " \t ");
            }
            22 => {
                self.trick("key-unpadded");
                data = data.trim_end_matches('=').into();
            }
            23 => {
                self.trick("key-short");
                data.truncate(data.len() / 8 * 4);
            }
            24 => {
                self.trick("key-pkcs1");
                if key == Key::Rsa {
                    data = Keys::get().rsa_pkcs1.clone();
                }
            }
            25 => {
                self.trick("key-semicolons");
                separator = ";";
            }
            26 => {
                self.trick("key-empty-tag");
                separator = " ; ; ";
            }
            27 => {
                self.trick("key-other-key");
                data = Keys::get().rsa_512.clone();
                tags[1].1 = "rsa".into();
            }
            28 => {
                self.trick("key-wrong-kind");
                tags[1].1 = if kind == "rsa" { "ed25519" } else { "rsa" }.into();
            }
            _ => {}
        }
        if random.chance(95) {
            tags.push(("p".into(), data));
        } else {
            // RFC 6376 §3.2: tags may stand in any order.
            let at = tags.len().min(1);
            tags.insert(at, ("p".into(), data));
        }
        let equals = if random.chance(4) {
            self.trick("key-spaces");
            " = "
        } else {
            "="
        };
        let mut record = tags
            .iter()
            .map(|(name, value)| format!("{name}{equals}{value}"))
            .collect::<Vec<_>>()
            .join(separator)
            .into_bytes();
        if random.chance(20) {
            record.push(b';');
        }
        if random.chance(3) {
            self.trick("key-mutated");
            random.mutate(&mut record, b"; =:\tvkpDKIM1");
        }
        let strings: Vec<Vec<u8>> =
            record.chunks(if random.chance(10) { 100 } else { 255 }).map(Vec::from).collect();
        match random.below(60) {
            0 => {
                self.trick("key-fails");
                return self.zone.add(&name, Data::Fails);
            }
            1 => {
                self.trick("key-absent");
                return;
            }
            2 => {
                self.trick("key-nothing");
                return self.zone.add(&name, Data::Nothing);
            }
            3 => {
                self.trick("key-second-first");
                self.zone.add(&name, Data::Txt(vec![b"v=spf1 -all".to_vec()]));
            }
            4 => {
                self.trick("key-other-first");
                self.zone.add(
                    &name,
                    Data::Txt(vec![format!("v=DKIM1; k=rsa; p={}", Keys::get().rsa_4096).into_bytes()]),
                );
            }
            _ => {}
        }
        self.zone.add(&name, Data::Txt(strings));
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

fn header(random: &mut Random) -> Vec<Vec<u8>> {
    let mut fields: Vec<Vec<u8>> = vec![
        b"Received: from a by b;\r\n\tMon, 1 Jan 2024 00:00:00 +0000".to_vec(),
        b"Date: Mon, 1 Jan 2024 00:00:00 +0000".to_vec(),
        b"From: Joe  SixPack <joe@example.com>".to_vec(),
        b"To: Suzie Q <suzie@example.net>".to_vec(),
        b"Subject: Is dinner   ready?".to_vec(),
        b"Message-ID: <1@example.com>".to_vec(),
    ];
    let others: [&[u8]; 14] = [
        b"subject:second", b"Comments: one", b"Comments:\t two  \t", b"X-Empty:", b"X-White: \t ", b"X-Folded: a\r\n b\r\n\tc", b"X-Begins-Folded:\r\n with it",
        b"MIME-Version: 1.0", b"Content-Type: text/plain;\r\n charset=utf-8", b"X-8Bit: caf\xc3\xa9 \xff", b"X-Space : before the colon", b"List-Id: <l.example.com>",
        b"X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", b"Reply-To: \"a;b=c\" <a@example.com>",
    ];
    for _ in 0..random.below(5) {
        let at = random.below(fields.len() + 1);
        fields.insert(at, others[random.below(others.len())].to_vec());
    }
    fields
}

fn body(random: &mut Random) -> Vec<u8> {
    let pieces: [&[u8]; 16] = [
        b"Hi.\r\n",
        b"\r\n",
        b"We lost the game. Are you hungry yet?\r\n",
        b"trailing  \r\n",
        b"\ttabs\t\tand  spaces \t\r\n",
        b" \r\n",
        b"\t\r\n",
        b".\r\n",
        b"..x\r\n",
        b"--\r\n",
        b"caf\xc3\xa9\r\n",
        b" leading\r\n",
        b"\r\n\r\n",
        b"=3D=20\r\n",
        b"a b\r\n",
        b"x\r\n",
    ];
    let mut body = Vec::new();
    for _ in 0..random.below(9) {
        body.extend_from_slice(pieces[random.below(pieces.len())]);
    }
    match random.below(30) {
        0 => body.extend_from_slice(b"no end of line"),
        1 => body.extend_from_slice(b"white end \t "),
        2 => body.extend_from_slice(b"lone\nfeed\r\n"),
        3 => body.extend_from_slice(b"lone\rreturn\r\n"),
        4 => body.extend_from_slice(b"\r\r\n"),
        5 => body.extend_from_slice(b"\r"),
        _ => {}
    }
    body
}
