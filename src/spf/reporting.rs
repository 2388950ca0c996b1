//! What a record says about failure reports (RFC 6652 §3).

use super::record::Record;
use super::verdict::{Outcome, Verdict};
use crate::message::is_local_part;

/// The modifiers `ra=`, `rp=` and `rr=` of a record that asks for reports. They never change a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// `ra=`: the local part of the address reports are for, its quoted-printable octets decoded: a dot-string or a
    /// quoted string of printable ASCII (RFC 5321 §4.1.2). The domain is the one checked.
    pub local_part: Vec<u8>,
    /// `rp=`: of how many failures in a hundred a report is wanted.
    pub percentage: u8,
    /// Whether `rr=` names `e`: `temperror` and `permerror`.
    pub errors: bool,
    /// Whether `rr=` names `f`: `fail`.
    pub fails: bool,
    /// Whether `rr=` names `s`: `softfail`.
    pub softfails: bool,
    /// Whether `rr=` names `n`: `neutral` and `none`.
    pub neutrals: bool,
}

impl Record {
    /// Whom this record asks to be told of failures; `None` without a usable `ra=` (RFC 6652 §3). Of a modifier that
    /// occurs twice the first counts.
    pub fn reporting(&self) -> Option<Reporting> {
        let value = |name: &str| self.unknown_modifier(name).map(ToString::to_string);
        // RFC 6652 §3: ra= MUST be a local-part.
        let local_part =
            decode_quoted_printable(value("ra")?.as_bytes()).filter(|text| is_local_part(text))?;
        // RFC 6652 §3: an integer from 0 to 100, as EID 6579 has the grammar; anything else is ignored.
        let percentage = value("rp")
            .filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|number| *number <= 100);
        let kinds = value("rr").unwrap_or_else(|| "all".to_owned());
        let wants = |wanted: &str| {
            kinds.split(':').any(|kind| kind.eq_ignore_ascii_case(wanted) || kind.eq_ignore_ascii_case("all"))
        };
        Some(Reporting {
            local_part,
            percentage: percentage.unwrap_or(100),
            errors: wants("e"),
            fails: wants("f"),
            softfails: wants("s"),
            neutrals: wants("n"),
        })
    }
}

impl Verdict {
    /// What the record in force asks for, if it asks to be told of this result (RFC 6652 §3, §4). The address is
    /// [`Reporting::local_part`] at [`Verdict::domain`], also after a `redirect`.
    pub fn reporting(&self) -> Option<Reporting> {
        self.record()?.reporting().filter(|reporting| reporting.wants(&self.outcome))
    }
}

impl Reporting {
    /// Whether a report of this result is asked for (RFC 6652 §4.1). What is left is to send it in
    /// [`Reporting::percentage`] of a hundred cases.
    pub const fn wants(&self, outcome: &Outcome) -> bool {
        let is_named = match outcome {
            Outcome::Pass => false,
            Outcome::Fail => self.fails,
            Outcome::Softfail => self.softfails,
            Outcome::Neutral(_) | Outcome::None(_) => self.neutrals,
            Outcome::Temperror(_) | Outcome::Permerror(_) => self.errors,
        };
        is_named && self.percentage > 0
    }
}

/// `qp-section` of RFC 2045 §6.7: `=` and two hexadecimal digits stand for an octet.
fn decode_quoted_printable(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => break,
            [b'=', high, low, rest @ ..] => {
                decoded.push(hex_value(*high)? << 4 | hex_value(*low)?);
                rest
            }
            [b'=', ..] => return None,
            [octet, rest @ ..] => {
                decoded.push(*octet);
                rest
            }
        };
    }
    (!decoded.is_empty()).then_some(decoded)
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
