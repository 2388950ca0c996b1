//! The explanation of a `fail` (RFC 7208 §6.2).

use super::cause::Stop;
use super::check::Run;
use super::macros::{DomainSpec, MacroString};
use super::parse::explain_string;
use crate::dns::{Answer, Kind, Outcome, Paused};
use crate::name::Name;

/// What the TXT records behind `exp=` hold: a single text of good syntax, or nothing of use.
struct Explanation(Option<MacroString>);

impl Explanation {
    fn of(answer: &Answer) -> Self {
        // RFC 7208 §6.2: no record, more than one, or a syntax error: as if there were no exp.
        match answer.txt() {
            [txt] => Self(explain_string(txt.octets())),
            _ => Self(None),
        }
    }
}

impl Run<'_> {
    /// The explanation that the record of `domain` wants. It costs no term and is no void lookup (RFC 7208 §4.6.4),
    /// and whatever goes wrong, the `fail` stands: there is no explanation then.
    pub(super) fn explanation(
        &mut self,
        target: &DomainSpec,
        domain: &Name,
    ) -> Result<Option<String>, Paused> {
        // It is no item of a list.
        self.list = None;
        match self.explain(target, domain) {
            Ok(explanation) => Ok(explanation),
            Err(Stop::Paused) => Err(Paused),
            Err(Stop::Permanent(_) | Stop::Temporary(_)) => Ok(None),
        }
    }

    fn explain(&mut self, target: &DomainSpec, domain: &Name) -> Result<Option<String>, Stop> {
        let Some(target) = self.target(target, domain)? else {
            return Ok(None);
        };
        let answer = self.ask(&target, Kind::Txt)?;
        if !matches!(answer.outcome(), Outcome::Found(_)) {
            return Ok(None);
        }
        let parsed = answer.parsed(Explanation::of);
        let Some(text) = &parsed.0 else {
            return Ok(None);
        };
        let validated = self.validated_name_for(text, domain)?;
        let values = self.values(domain, validated.as_ref());
        Ok(printable(text.expand(&values, self.request.limits.explanation_octets)))
    }
}

/// RFC 7208 §6.2, §11.5.2: an explanation is US-ASCII, and no control character of it may reach an SMTP reply.
fn printable(text: Vec<u8>) -> Option<String> {
    let is_printable = text.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ');
    if is_printable { String::from_utf8(text).ok() } else { None }
}
