//! What a class may ask of a disagreement about SPF.

use crate::spf::Case;
use crate::zone::Data;
use mailproof::spf::{Limits, Outcome, Verdict};

/// One disagreement: the case, ours, theirs.
pub struct Facts<'c> {
    pub case: &'c Case,
    pub ours: &'c Verdict,
    /// Their result word.
    pub word: &'c str,
    /// What they say about it.
    pub detail: &'c str,
}

impl Facts<'_> {
    pub fn our_word(&self) -> &'static str {
        self.ours.outcome.word()
    }

    /// Whether ours is a result, not an error and not none.
    pub fn decided(&self) -> bool {
        !matches!(self.ours.outcome, Outcome::Permerror(_) | Outcome::Temperror(_) | Outcome::None(_))
    }

    /// Ours is permerror for this reason.
    pub fn broken(&self, reason: &str) -> bool {
        matches!(self.ours.outcome, Outcome::Permerror(_)) && self.ours.reason().to_string().contains(reason)
    }

    /// Ours is permerror for this reason, and they have a result.
    pub fn lenient(&self, reason: &str) -> bool {
        self.broken(reason) && !self.refuses()
    }

    /// Whether theirs is an error that is no DNS failure.
    pub fn refuses(&self) -> bool {
        matches!(self.word, "permerror" | "(invalid)")
    }

    /// What ours says under other limits.
    pub fn under(&self, change: fn(&mut Limits)) -> &'static str {
        let mut limits = Limits::default();
        change(&mut limits);
        self.case.check(&limits).0.outcome.word()
    }

    /// What ours says if every TXT record is changed so.
    pub fn with_texts(&self, change: fn(&str) -> String) -> &'static str {
        let mut case = self.case.clone();
        for (_, data) in &mut case.zone.records {
            if let Data::Txt(strings) = data {
                let text: String = strings.concat().iter().map(|octet| char::from(*octet)).collect();
                *strings = vec![change(&text).chars().map(|character| character as u8).collect()];
            }
        }
        case.check(&Limits::default()).0.outcome.word()
    }

    /// Every TXT record of the zone, in lower case.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.case.zone.records.iter().filter_map(|(_, data)| match data {
            Data::Txt(strings) => Some(String::from_utf8_lossy(&strings.concat()).to_ascii_lowercase()),
            _ => None,
        })
    }

    /// Whether a record holds this, whatever the case of its letters.
    pub fn says(&self, text: &str) -> bool {
        self.texts().any(|record| record.contains(text))
    }

    /// The macros of all records, as written, without `%{` and `}`.
    pub fn macros(&self) -> Vec<String> {
        let mut macros = Vec::new();
        for (_, data) in &self.case.zone.records {
            if let Data::Txt(strings) = data {
                let text = String::from_utf8_lossy(&strings.concat()).into_owned();
                macros.extend(
                    text.split("%{")
                        .skip(1)
                        .map(|rest| rest.split('}').next().unwrap_or_default().to_owned()),
                );
            }
        }
        macros
    }

    pub fn has_macro(&self, is_so: fn(&str) -> bool) -> bool {
        self.macros().iter().any(|found| is_so(found))
    }

    pub fn has_percent(&self) -> bool {
        self.says("%")
    }

    /// Whether an `a`, `mx` or `ptr` stands in a record, or `%{p}`: what asks more than one question a term.
    pub fn asks_inside_terms(&self) -> bool {
        self.says("mx") || self.says("ptr") || self.has_macro(|found| found.starts_with(['p', 'P']))
    }

    pub fn asks_reverse(&self) -> bool {
        self.says("ptr") || self.has_macro(|found| found.starts_with(['p', 'P']))
    }

    /// Whether a DNS name in the zone fails.
    pub fn has_failure(&self) -> bool {
        self.case.zone.records.iter().any(|(_, data)| matches!(data, Data::Fails))
    }

    /// Whether a name has this many records or more.
    pub fn has_many(&self, least: usize) -> bool {
        self.case.zone.records.iter().any(|(name, _)| self.case.zone.at(name).count() >= least)
    }

    /// Whether a record that is not the first one has an include or a redirect.
    pub fn has_nested_include(&self) -> bool {
        let first = self.case.zone.records.first().map(|(name, _)| name.clone());
        let texts = self.case.zone.records.iter().filter(|(name, _)| Some(name) != first.as_ref());
        texts
            .filter_map(|(_, data)| match data {
                Data::Txt(strings) => Some(strings.concat().to_ascii_lowercase()),
                _ => None,
            })
            .any(|text| {
                [&b"include:"[..], b"redirect="]
                    .iter()
                    .any(|term| text.windows(term.len()).any(|window| window == *term))
            })
    }

    /// Whether a domain of the records is too long, has a label that is, or an empty one.
    pub fn has_odd_name(&self) -> bool {
        let is_odd = |label: &str| label.is_empty() || label.len() > 63;
        self.texts().any(|text| {
            text.split([' ', '/']).any(|term| {
                term.split_once([':', '='])
                    .is_some_and(|(_, name)| name.len() > 200 || name.split('.').any(is_odd))
            })
        })
    }
}
