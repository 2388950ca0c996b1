//! The DKIM-Signature fields of a message, without DNS.

use crate::finding::{Finding, shown};
use mailproof::Name;
use mailproof::message::Message;
use mailproof::tags::TagList;
use std::sync::Arc;

/// Seconds by which the clocks of signer and verifier may differ, as the engine has it.
const SKEW: u64 = 300;

/// Signatures looked at, from the top.
const SIGNATURES: usize = 100;

/// Everything that is wrong with the signatures of a message at `now`, in Unix seconds, whatever their keys say.
///
/// The span of a finding is one in the value of the field that [`Finding::text`] holds.
pub fn signatures(message: &Message<'_>, now: u64) -> Vec<Finding> {
    let authors = message.headers.named("From").count();
    let fields = message.headers.named("DKIM-Signature").take(SIGNATURES);
    fields.flat_map(|field| judge(field.value(), authors, now)).collect()
}

fn judge(value: &[u8], authors: usize, now: u64) -> Vec<Finding> {
    // What cannot be read at all, the verifier tells.
    let Ok(tags) = TagList::parse(value) else {
        return Vec::new();
    };
    let domain = tags.value("d").map(shown).unwrap_or_default();
    let mut findings = Vec::new();
    let text = Arc::from(value);
    let mut found = |tag: &str, number, message: String| {
        let finding = Finding::dkim(number, format!("d={domain}: {message}")).quoting(&text);
        findings.push(match tags.tag(tag) {
            Some(tag) => finding.at(trimmed(value, tag.span)),
            None => finding,
        });
    };
    if let Some(length) = tags.value("l") {
        found("l", 31, format!("l={} signs only so many octets of the body", shown(length)));
    }
    if let Some(names) = tags.value("h") {
        let is_from = |name: &&[u8]| name.trim_ascii().eq_ignore_ascii_case(b"from");
        let times = names.split(|octet| *octet == b':').filter(is_from).count();
        if times == 0 {
            found("h", 32, "h= does not name From".to_owned());
        } else if times <= authors {
            let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            let message =
                format!("h= names From {times} and the message has {authors}: one more may be put in front");
            found("h", 33, message);
        }
    }
    let number =
        |tag: &str| tags.value(tag).and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
    match (number("t"), number("x")) {
        (Some(made), Some(ends)) if ends <= made => {
            found("x", 34, format!("x={ends} is not after t={made}"));
        }
        (_, Some(ends)) if ends.saturating_add(SKEW) < now => {
            found("x", 34, format!("the signature has expired {} seconds ago", now - ends));
        }
        (Some(made), _) if made > now.saturating_add(SKEW) => {
            found("t", 34, format!("the signature is made {} seconds in the future", made - now));
        }
        _ => {}
    }
    if let (Some(identity), Some(domain)) = (tags.value("i"), tags.value("d")) {
        let at = identity.iter().rposition(|octet| *octet == b'@').map_or(0, |at| at + 1);
        let identity = Name::parse(identity.get(at..).unwrap_or_default());
        if let (Ok(identity), Ok(domain)) = (identity, Name::parse(domain))
            && !identity.is_within(&domain)
        {
            found("i", 35, format!("i= is in {identity}, which is not within {domain}"));
        }
    }
    if tags.value("a").is_some_and(|algorithm| algorithm.ends_with(b"-sha1")) {
        found("a", 36, "the hash is SHA-1".to_owned());
    }
    findings
}

fn trimmed(value: &[u8], (start, end): (usize, usize)) -> std::ops::Range<usize> {
    let inside = value.get(start..end).unwrap_or_default();
    let front = inside.len() - inside.trim_ascii_start().len();
    start + front..start + front + inside.trim_ascii().len()
}
