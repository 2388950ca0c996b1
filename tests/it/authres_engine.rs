//! What the whole engine writes into Authentication-Results, read back by the grammar of RFC 8601 §2.2.

use mailproof::authres::{AuthResults, Entry};
use mailproof::dns::Zone;
use mailproof::message::Message;
use mailproof::{Authenticator, Connection, Evaluation};
use proptest::prelude::*;

/// Octets of a line at most (RFC 5322 §2.1.1).
const LINE: usize = 998;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Read {
    authserv_id: String,
    results: Vec<ReadEntry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ReadEntry {
    method: String,
    result: String,
    reason: Option<String>,
    properties: Vec<(String, String, String)>,
}

/// A reader that knows nothing but the grammar, and is content with nothing else.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn space(&mut self) -> bool {
        let before = self.0.len();
        loop {
            self.0 = self.0.trim_start_matches(' ');
            if !self.0.starts_with('(') {
                return self.0.len() < before;
            }
            let mut depth = 0;
            loop {
                match self.take() {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    '\\' => drop(self.take()),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        }
    }

    fn take(&mut self) -> char {
        let first = self.0.chars().next().expect("more");
        assert!(!first.is_control(), "{first:?}");
        self.0 = &self.0[first.len_utf8()..];
        first
    }

    fn eat(&mut self, expected: char) {
        assert_eq!(self.0.chars().next(), Some(expected), "{}", self.0);
        self.take();
    }

    /// RFC 5321 §4.1.1.1: `Keyword`.
    fn keyword(&mut self) -> String {
        let end = self.0.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(self.0.len());
        let word = self.0[..end].to_owned();
        assert!(!word.is_empty() && !word.starts_with('-') && !word.ends_with('-'), "{}", self.0);
        self.0 = &self.0[end..];
        word
    }

    /// RFC 2045 §5.1: `value`.
    fn value(&mut self) -> String {
        if self.0.starts_with('"') {
            return self.quoted();
        }
        let is_token = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c);
        let end = self.0.find(|c| !is_token(c)).unwrap_or(self.0.len());
        assert!(end > 0, "no value: {}", self.0);
        let token = self.0[..end].to_owned();
        self.0 = &self.0[end..];
        token
    }

    fn quoted(&mut self) -> String {
        self.eat('"');
        let mut text = String::new();
        loop {
            match self.take() {
                '"' => return text,
                '\\' => text.push(self.take()),
                octet => text.push(octet),
            }
        }
    }

    /// `pvalue`: a value, or an address with or without a local part.
    fn pvalue(&mut self) -> String {
        let end = self.0.find([' ', ';']).unwrap_or(self.0.len());
        let Some((local, domain)) = self.0[..end].rsplit_once('@').filter(|_| !self.0.starts_with('"'))
        else {
            return self.value();
        };
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        assert!(
            local.is_empty() || local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
        );
        assert!(domain.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) && !domain.is_empty());
        let address = self.0[..end].to_owned();
        self.0 = &self.0[end..];
        address
    }

    fn entry(&mut self) -> ReadEntry {
        let method = self.keyword();
        self.eat('=');
        let mut entry = ReadEntry { method, result: self.keyword(), ..ReadEntry::default() };
        while self.space() && !self.0.starts_with(';') && !self.0.is_empty() {
            let word = self.keyword();
            if word == "reason" {
                assert!(entry.reason.is_none() && entry.properties.is_empty(), "a reason out of place");
                self.eat('=');
                entry.reason = Some(self.value());
                continue;
            }
            self.eat('.');
            let property = self.keyword();
            self.eat('=');
            entry.properties.push((word, property, self.pvalue()));
        }
        entry
    }
}

/// The field, unfolded and read; it panics where the field is not what RFC 8601 and RFC 5322 ask for.
fn read(field: &str) -> Read {
    let lines = field.strip_suffix("\r\n").expect("an end of line").split("\r\n");
    for (index, line) in lines.clone().enumerate() {
        assert!(line.len() <= LINE && !line.trim().is_empty(), "{line:?}");
        assert!(index == 0 || line.starts_with(' '), "{line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    let unfolded = lines.collect::<String>();
    let mut reader = Reader(unfolded.strip_prefix("Authentication-Results:").expect("a name"));
    reader.space();
    let mut read = Read { authserv_id: reader.value(), results: Vec::new() };
    loop {
        reader.space();
        if reader.0.is_empty() {
            return read;
        }
        reader.eat(';');
        reader.space();
        if read.results.is_empty() && reader.0 == "none" {
            return read;
        }
        read.results.push(reader.entry());
    }
}

fn field(entry: Entry) -> String {
    let mut results = AuthResults::new("mx.example.org");
    results.push(entry);
    results.field()
}

#[test]
fn a_property_is_whole_or_not_there() {
    for value in ["\\".repeat(300), "\"".repeat(320), format!("\"{}\"@example.com", "\\\\".repeat(120))] {
        let read = read(&field(Entry::new("dkim", "pass").with("header", "i", value.clone())));
        assert_eq!(read.results[0].properties, [("header".into(), "i".into(), value)]);
    }
}

/// Every signature may be one of thousands; what is written stays small, and keeps those that passed.
#[test]
fn thousands_of_signatures_do_not_make_a_field_of_megabytes() {
    let mail = format!("{}From: a@example.com\r\n\r\n", "DKIM-Signature:x\r\n".repeat(5_000));
    let message = Message::parse(mail.as_bytes()).unwrap();
    let report = Authenticator::new("mx").check(&message, Connection::unknown()).run_blocking(&Zone::new());
    assert_eq!(report.dkim.len(), 5_000);
    let field = report.auth_results().field();
    assert!(field.len() < 16 << 10, "{}", field.len());
    let read = read(&field);
    let last = read.results.iter().rfind(|entry| entry.method == "dkim").unwrap();
    assert_eq!(last.reason.as_deref(), Some("4980 more signatures, none of which passed, are not listed"));
    assert_eq!(read.results.last().unwrap().method, "dmarc");
}

/// What attackers put where a name or an identity should be.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "example.com",
        "@",
        ".",
        ";",
        " dkim=pass",
        "\"",
        "\\",
        "(",
        ")",
        "=",
        "  ",
        "\t",
        "\r\n ",
        "\u{85}",
        "é",
        "\u{2028}",
        "\u{202e}",
        "%",
        "header.d=bank.example",
        "/",
        "[",
        "]",
        ":",
        "<",
        ">",
        ",",
        "xn--",
        "_",
        "-",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_arrives_one_well_formed_field_is_written(
        authserv_id in hostile(), helo in hostile(), mail_from in hostile(), from in hostile(), domain in hostile(),
        selector in hostile(), identity in hostile(), signature in hostile(), spf in hostile(), dmarc in hostile(),
    ) {
        let line = |text: &str| text.replace(';', "=3B");
        let mail = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d={}; s={}; i={}@{}; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b={}\r\n\
             DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=s; i={}@example.com; h=from; \
             bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nFrom: {from}\r\n\r\nx\r\n",
            line(&domain), line(&selector), line(&identity), line(&domain), line(&signature), line(&identity),
        );
        let zone = Zone::from_json_value(&serde_json::json!({
            "example.com": { "TXT": [format!("v=spf1 {spf} exists:{spf}.example.com -all exp=e.example.com")] },
            "e.example.com": { "TXT": [spf] },
            "_dmarc.example.com": { "TXT": [format!("v=DMARC1; p=reject; rua=mailto:{dmarc}; sp={dmarc}")] },
            "s._domainkey.example.com": { "TXT": [format!("v=DKIM1; k={dmarc}; p={dmarc}")] },
        }));
        let zone = zone.unwrap_or_default();
        for sender in [mail_from.clone(), format!("{mail_from}@example.com"), String::new()] {
            let connection = Connection::new([192, 0, 2, 1].into(), helo.clone(), sender);
            let authenticator = Authenticator::new(authserv_id.clone());
            let Ok(message) = Message::parse(mail.as_bytes()) else { continue };
            let report = authenticator.check(&message, connection).run_blocking(&zone);
            let field = report.auth_results().field();
            let read = read(&field);
            // Each verdict is written once, under its own word, and nothing else is.
            let words: Vec<_> = read.results.iter().map(|entry| (entry.method.as_str(), entry.result.as_str())).collect();
            let dkim: Vec<_> = report.dkim.iter().map(|verdict| ("dkim", verdict.outcome.word())).collect();
            let spf = words.iter().take_while(|(method, _)| *method == "spf").count();
            prop_assert!(spf <= 2 && words.len() >= spf + 3, "{field}");
            let told = &words[spf..words.len() - 2];
            prop_assert!(told == dkim || (dkim.is_empty() && told == [("dkim", "none")]), "{field}");
            let last = [("dmarc", report.dmarc.outcome.word()), ("iprev", report.iprev.as_ref().unwrap().outcome.word())];
            prop_assert_eq!(&words[words.len() - 2..], &last);
            let known = ["mailfrom", "helo", "d", "i", "s", "a", "b", "from", "dmarc", "iprev"];
            for (ptype, name, _) in read.results.iter().flat_map(|entry| &entry.properties) {
                prop_assert!(["smtp", "header", "policy"].contains(&ptype.as_str()) && known.contains(&name.as_str()));
            }
            if std::env::var_os("MAILPROOF_SHOW_FIELDS").is_some() {
                println!("FIELD {}", field.replace("\r\n", "\\r\\n"));
            }
        }
    }
}
