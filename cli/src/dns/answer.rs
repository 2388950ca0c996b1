//! One answer, for a person and as JSON.

use crate::plain::coloured;
use crate::terminal::visible;
use mailproof::dns::{Answer, Exchange, Failure, Freshness, Outcome, Question, Recording, Records, Txt};
use serde_json::Value;
use std::fmt::Write;
use std::time::Duration;

/// What came of a question, in a word or two.
pub(super) fn word(answer: &Answer) -> String {
    match answer.outcome() {
        Outcome::Found(_) => "found".to_owned(),
        Outcome::NoData => "no data".to_owned(),
        Outcome::NxDomain => "NXDOMAIN".to_owned(),
        Outcome::Failed(failure) => failure.to_string(),
    }
}

/// The answer as one of a recording.
pub(super) fn json(question: &Question, answer: &Answer) -> Value {
    let recording: Recording = std::iter::once((question.clone(), answer.clone())).collect();
    recording.to_json().pointer("/answers/0").cloned().unwrap_or_default()
}

/// The answer in lines.
pub(super) fn plain(question: &Question, answer: &Answer, trusts_ad: bool, took: Option<Duration>) -> String {
    let mut out = format!("{}  {question}\n", coloured(&word(answer)));
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<8} {}", visible(text));
    };
    if let Some(meaning) = meaning(answer.outcome()) {
        line("meaning", meaning);
    }
    for record in records(answer) {
        line("record", &record);
    }
    for (hop, alias) in answer.aliases().iter().enumerate() {
        let is_end = hop + 1 == answer.aliases().len();
        let end =
            if is_end && *answer.outcome() == Outcome::NxDomain { ", which does not exist" } else { "" };
        line("alias", &format!("CNAME {alias}{end}"));
    }
    if !matches!(answer.outcome(), Outcome::Failed(_)) {
        let odd = if answer.details().lacks_soa { "; odd: no SOA record says how long it holds" } else { "" };
        line("ttl", &format!("{} s{odd}", answer.ttl().as_secs()));
    }
    line("dnssec", dnssec(answer, trusts_ad));
    if let Some(error) = &answer.details().extended_error {
        let text = if error.text.is_empty() { String::new() } else { format!(": \"{}\"", error.text) };
        line("says", &format!("{error}{text}"));
    }
    line("from", &from(answer, took));
    line("cache", &cache(answer.freshness()));
    out
}

const fn meaning(outcome: &Outcome) -> Option<&'static str> {
    Some(match outcome {
        Outcome::Found(_) => return None,
        Outcome::NoData => "the name exists and has no record of this type",
        Outcome::NxDomain => "the name does not exist",
        Outcome::Failed(failure) => match failure {
            Failure::AliasLoop => "the aliases lead nowhere",
            Failure::Budget => "nothing is said about the name: the time was up; allow more with --timeout",
            Failure::Unrecorded => "nothing is said about the name: it was not asked when this was recorded",
            _ => "nothing is known about the name; checks that need it end in temperror",
        },
    })
}

fn dnssec(answer: &Answer, trusts_ad: bool) -> &'static str {
    match (answer.is_authentic(), trusts_ad) {
        (true, _) => "authentic: the AD bit is set, and believed",
        (false, true) => "not authenticated: no AD bit from a server that is believed",
        (false, false) => "not believed: the AD bit counts with --trust-ad alone",
    }
}

fn from(answer: &Answer, took: Option<Duration>) -> String {
    let Some(exchange) = &answer.details().exchange else {
        return "no server: nothing came over the network".to_owned();
    };
    let mut text = exchange_text(exchange);
    if let Some(took) = took {
        let _ = write!(text, ", {} ms", took.as_millis());
    }
    text
}

/// Which server, over what, after how many queries.
pub(super) fn exchange_text(exchange: &Exchange) -> String {
    let Exchange { server, transport, attempts, .. } = exchange;
    let queries = if *attempts == 1 { "query" } else { "queries" };
    let mut text = format!("{server} over {transport}, {attempts} {queries}");
    if exchange.truncated {
        text.push_str(", truncated over UDP first");
    }
    if exchange.without_edns {
        text.push_str(", EDNS refused and left out");
    }
    text
}

/// How long a cache had it.
pub(super) fn cache(freshness: Freshness) -> String {
    match freshness {
        Freshness::Fresh => "not from a cache of ours".to_owned(),
        Freshness::Cached(age) => format!("kept for {} s", age.as_secs()),
        Freshness::Stale(age) => format!("stale: kept for {} s, beyond its time to live", age.as_secs()),
    }
}

/// Each record as it stands in a zone.
pub(super) fn records(answer: &Answer) -> Vec<String> {
    let Outcome::Found(records) = answer.outcome() else {
        return Vec::new();
    };
    match records {
        Records::A(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Records::Aaaa(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Records::Mx(exchanges) => {
            exchanges.iter().map(|mx| format!("{} {}", mx.preference, mx.exchange)).collect()
        }
        Records::Ptr(names) => names.iter().map(ToString::to_string).collect(),
        Records::Txt(texts) => texts.iter().map(text).collect(),
    }
}

/// The strings of a TXT record, each in quotes, as a master file writes them (RFC 1035 §5.1).
fn text(txt: &Txt) -> String {
    let ends = txt.joints().iter().copied().chain([txt.octets().len()]);
    let mut out = String::new();
    let mut start = 0;
    for end in ends {
        if start > 0 {
            out.push(' ');
        }
        out.push('"');
        txt.octets()
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .for_each(|octet| push_octet(&mut out, *octet));
        out.push('"');
        start = end;
    }
    out
}

fn push_octet(out: &mut String, octet: u8) {
    match octet {
        b'"' | b'\\' => out.extend(['\\', char::from(octet)]),
        b' '..=b'~' => out.push(char::from(octet)),
        _ => {
            let _ = write!(out, "\\{octet:03}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_show_their_strings_and_every_octet() {
        assert_eq!(
            text(&Txt::new([&b"v=spf1 \"x\\"[..], b"\x1b\xc3 -all"])),
            r#""v=spf1 \"x\\" "\027\195 -all""#
        );
        assert_eq!(text(&Txt::new([""])), "\"\"");
    }
}
