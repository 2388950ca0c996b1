//! The classes of disagreements about SPF.

use crate::judge::{Class, Right};
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

pub type Holds = fn(&Facts<'_>) -> bool;

impl Facts<'_> {
    fn our_word(&self) -> &'static str {
        self.ours.outcome.word()
    }

    /// Whether ours is a result, not an error and not none.
    fn decided(&self) -> bool {
        !matches!(self.ours.outcome, Outcome::Permerror(_) | Outcome::Temperror(_) | Outcome::None(_))
    }

    /// Ours is permerror for this reason.
    fn broken(&self, reason: &str) -> bool {
        matches!(self.ours.outcome, Outcome::Permerror(_)) && self.ours.reason().to_string().contains(reason)
    }

    /// Ours is permerror for this reason, and they have a result.
    fn lenient(&self, reason: &str) -> bool {
        self.broken(reason) && !self.refuses()
    }

    /// Whether theirs is an error that is no DNS failure.
    fn refuses(&self) -> bool {
        matches!(self.word, "permerror" | "(invalid)")
    }

    /// What ours says under other limits.
    fn under(&self, change: fn(&mut Limits)) -> &'static str {
        let mut limits = Limits::default();
        change(&mut limits);
        self.case.check(&limits).0.outcome.word()
    }

    /// Every TXT record of the zone, in lower case.
    fn texts(&self) -> impl Iterator<Item = String> {
        self.case.zone.records.iter().filter_map(|(_, data)| match data {
            Data::Txt(strings) => Some(String::from_utf8_lossy(&strings.concat()).to_ascii_lowercase()),
            _ => None,
        })
    }

    /// Whether a record holds this, whatever the case of its letters.
    fn says(&self, text: &str) -> bool {
        self.texts().any(|record| record.contains(text))
    }

    /// The macros of all records, as written, without `%{` and `}`.
    fn macros(&self) -> Vec<String> {
        let mut macros = Vec::new();
        for (_, data) in &self.case.zone.records {
            if let Data::Txt(strings) = data {
                let text = String::from_utf8_lossy(&strings.concat()).into_owned();
                macros.extend(text.split("%{").skip(1).map(|rest| rest.split('}').next().unwrap_or_default().to_owned()));
            }
        }
        macros
    }

    fn has_macro(&self, is_so: fn(&str) -> bool) -> bool {
        self.macros().iter().any(|found| is_so(found))
    }

    fn has_percent(&self) -> bool {
        self.says("%")
    }

    /// Whether an `a`, `mx` or `ptr` stands in a record, or `%{p}`: what asks more than one question a term.
    fn asks_inside_terms(&self) -> bool {
        self.says("mx") || self.says("ptr") || self.has_macro(|found| found.starts_with(['p', 'P']))
    }

    fn asks_reverse(&self) -> bool {
        self.says("ptr") || self.has_macro(|found| found.starts_with(['p', 'P']))
    }

    /// Whether a DNS name in the zone fails.
    fn has_failure(&self) -> bool {
        self.case.zone.records.iter().any(|(_, data)| matches!(data, Data::Fails))
    }

    /// Whether a name has this many records or more.
    fn has_many(&self, least: usize) -> bool {
        self.case.zone.records.iter().any(|(name, _)| self.case.zone.at(name).count() >= least)
    }

    /// Whether the sender is written otherwise than `local@domain`.
    fn is_odd_sender(&self) -> bool {
        let sender = &self.case.sender;
        sender.is_empty() || sender.matches('@').count() != 1 || sender.starts_with('@') || sender.ends_with('.') || sender.contains(['%', '"'])
    }

    /// Whether a domain of the records is too long, has a label that is, or an empty one.
    fn has_odd_name(&self) -> bool {
        let is_odd = |label: &str| label.is_empty() || label.len() > 63;
        self.texts().any(|text| {
            text.split([' ', '/']).any(|term| {
                term.split_once([':', '=']).is_some_and(|(_, name)| name.len() > 200 || name.split('.').any(is_odd))
            })
        })
    }
}

macro_rules! class {
    ($id:literal, [$($peer:literal),*], $right:ident, $holds:expr, $why:literal) => {
        Class { id: $id, peers: &[$($peer),*], right: Right::$right, why: $why, holds: $holds }
    };
}

pub const CLASSES: &[Class<Holds>] = &[
    class!("no-word-for-permerror", ["libspf2"], Ours, |f| f.word == "(invalid)" && f.our_word() == "permerror", "a policy that cannot be interpreted has no result word (SPF_RESULT_INVALID); RFC 7208 §2.6.7: permerror"),
    class!("no-word-for-temperror", ["libspf2"], Ours, |f| f.word == "(invalid)" && f.our_word() == "temperror", "a failed DNS query has no result word (SPF_RESULT_INVALID), or a broken term behind it is found first; RFC 7208 §2.6.6: temperror"),
    class!("no-void-limit", ["libspf2", "mail-auth", "pyspf", "Mail::SPF"], Ours, |f| f.broken("void lookups") && f.word == f.under(|limits| limits.void_lookups = u32::MAX), "void lookups are not limited, or these are not counted; RFC 7208 §4.6.4: SHOULD limit them to two; ours without the limit gives their result"),
    class!("voids-within-terms", ["pyspf", "Mail::SPF"], Either, |f| f.detail.to_ascii_lowercase().contains("void") && f.asks_inside_terms(), "address queries within mx, ptr and %{p} that find nothing count against the void limit, each time they are asked; RFC 7208 §4.6.4 leaves open what a lookup is (ours counts terms: Limits::void_mx_hosts)"),
    class!("trivial-recursion", ["pyspf"], Ours, |f| f.detail.contains("trivial recursion"), "an include of the domain itself is permerror at once; RFC 7208 §4.6.4 knows the limit of 10 terms only, and what matches before it is reached decides"),
    class!("several-records", ["mail-auth"], Ours, |f| f.broken("SPF records"), "several SPF records, of which the first readable one is used; RFC 7208 §4.5: permerror"),
    class!("sender-form", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Ours, |f| f.is_odd_sender() && f.word != f.our_word(), "a sender without local part, with a final dot, an @ in quotes or a percent sign is taken apart otherwise or not at all; RFC 7208 §4.3: the part behind the last @ is the domain, an absent local part is postmaster"),
    class!("ptr-dns-error", ["pyspf", "Mail::SPF", "libspf2"], Ours, |f| f.word == "temperror" && f.asks_reverse() && f.has_failure(), "a DNS error during ptr or %{p} is temperror; RFC 7208 §5.5: a PTR error fails to match, a name whose address query fails is skipped"),
    class!("mx-order", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Either, |f| f.word == "temperror" && f.says("mx") && f.has_failure(), "an exchange that cannot be resolved is met before or after the one that matches; RFC 7208 §5.4 gives no order (ours: by preference and name)"),
    class!("capital-r", ["Mail::SPF", "libspf2", "mail-auth", "pyspf"], Ours, |f| (f.refuses() || f.decided()) && f.has_macro(|found| found.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('R') || found.chars().nth(1) == Some('R')), "the transformer R in upper case is refused; RFC 7208 §7.1 writes it as a quoted string, which RFC 5234 §2.3 matches in either case"),
    class!("macro-syntax-late", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Ours, |f| (f.lenient("macro") || f.lenient("percent sign") || f.broken("macro") && f.word == "temperror" || f.broken("percent") && f.word == "temperror"), "a macro that breaks the grammar is found only when it is expanded, or not at all; RFC 7208 §4.6: syntax errors anywhere in the record are permerror"),
    class!("unknown-mechanism", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("unknown mechanism"), "a term that is neither a known mechanism nor a modifier is passed over; RFC 7208 §4.6.1: unrecognized mechanisms are permerror"),
    class!("domain-grammar", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("the domain does not end") || f.lenient("the domain is missing"), "a domain-spec that does not end in a dot and a top-level label, or is missing, is looked up or passed over; RFC 7208 §7.1: domain-end"),
    class!("prefix-grammar", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("not a prefix length"), "a prefix length out of range, with a leading zero or empty; RFC 7208 §5.6: ip4-cidr-length, ip6-cidr-length"),
    class!("address-grammar", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("not an address"), "something that is no address behind ip4: or ip6:; RFC 7208 §5.6"),
    class!("trailing-text", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("more than this mechanism takes"), "text behind the end of a mechanism; RFC 7208 §5"),
    class!("character-set", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("a character that is not allowed"), "octets outside visible ASCII and space; RFC 7208 §4.5, §12"),
    class!("modifier-twice", ["mail-auth", "libspf2", "pyspf", "Mail::SPF"], Ours, |f| f.lenient("twice"), "redirect= or exp= twice; RFC 7208 §6: permerror"),
    class!("syntax-after-failure", ["mail-auth", "pyspf", "Mail::SPF", "libspf2"], Ours, |f| f.broken("syntax error") && f.word == "temperror", "DNS is asked before the whole record was read, and fails; RFC 7208 §4.6: syntax first"),
    class!("percent-in-names", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Ours, |f| (f.says("%%") || f.says("%_") || f.says("%-")) && !f.ours.outcome.word().is_empty(), "%%, %_ or %- in a domain-spec are refused or looked up otherwise; RFC 7208 §7.1, §7.3: percent sign, space, %20"),
    class!("escaped-names", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Ours, |f| f.has_macro(|found| found.starts_with(|letter: char| letter.is_ascii_uppercase())), "a macro letter in upper case is not URL-escaped in a name, or its letters change; RFC 7208 §7.3: expanded as in lower case, then escaped"),
    class!("mapped-network", ["pyspf", "Mail::SPF", "libspf2", "mail-auth"], Ours, |f| f.says("ip6:::"), "an IPv4 client is compared with an ip6 network as if it were mapped; RFC 7208 §5: an address only matches a network of its own family"),
];
