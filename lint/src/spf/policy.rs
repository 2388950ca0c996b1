//! What a record says, once its terms can be read.

use super::Word;
use super::networks::{Network, Networks, covered};
use crate::finding::{Finding, shown};
use mailproof::spf::{Directive, Mechanism, Modifier, Qualifier, Term};
use std::collections::HashMap;

/// Terms that may ask DNS (RFC 7208 §4.6.4).
pub(crate) const TERMS: usize = 10;

/// From so many terms on, one edit of somebody else is enough.
pub(crate) const NEARLY: usize = 9;

/// Addresses that a record may permit before it is called wide.
const WIDE_ADDRESSES: u128 = 100_000;

/// Prefixes of IPv4 and IPv6 networks that are too wide for hosts of one owner.
const WIDE_PREFIX: (u8, u8) = (15, 19);

pub(super) fn judge(words: &[Word<'_>], findings: &mut Vec<Finding>) {
    let terms: Vec<_> = words.iter().filter_map(|word| Some((word, word.term.as_ref().ok()?))).collect();
    ends(words, &terms, findings);
    modifiers(&terms, findings);
    lookups(&terms, findings);
    for (word, term) in &terms {
        if let Term::Directive(directive) = term
            && matches!(directive.mechanism, Mechanism::Ptr(_))
        {
            findings.push(Finding::spf(34, "ptr should not be used").at(word.span()));
        }
    }
    repeated(&terms, findings);
    networks(&terms, findings);
}

type Terms<'t, 'a> = [(&'t Word<'a>, &'t Term)];

const fn directive(term: &Term) -> Option<&Directive> {
    match term {
        Term::Directive(directive) => Some(directive),
        Term::Modifier(_) => None,
    }
}

/// `all`, `redirect`, and what stands behind them.
fn ends(words: &[Word<'_>], terms: &Terms<'_, '_>, findings: &mut Vec<Finding>) {
    let is_all = |term: &Term| directive(term).is_some_and(|directive| directive.mechanism == Mechanism::All);
    let redirect = terms.iter().find(|(_, term)| matches!(term, Term::Modifier(Modifier::Redirect(_))));
    let Some(at) = terms.iter().position(|(_, term)| is_all(term)) else {
        // A word that cannot be read may have been meant as one of them.
        let is_meant = |word: &Word<'_>| {
            let text = word.text.to_ascii_lowercase();
            let holds = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
            let is_cut = matches!(word.text, b"+" | b"-" | b"?" | b"~");
            let is_like = holds(b"all") || holds(b"redirect") || holds(b"al") && text.len() < 5;
            word.term.is_err() && (is_cut || is_like)
        };
        if redirect.is_none() && !words.iter().any(is_meant) {
            let message = "the record ends without saying what becomes of other senders";
            findings.push(Finding::spf(29, message));
        }
        return;
    };
    let Some((word, Term::Directive(all))) = terms.get(at) else {
        return;
    };
    match all.qualifier {
        Qualifier::Pass => {
            let message = format!("\"{}\" lets everybody send", shown(word.text));
            findings.push(Finding::spf(30, message).at(word.span()));
        }
        Qualifier::Neutral => {
            findings.push(Finding::spf(31, "?all says nothing about other senders").at(word.span()))
        }
        Qualifier::Fail | Qualifier::Softfail => {}
    }
    let ignored: Vec<_> = terms.iter().skip(at + 1).filter(|(_, term)| directive(term).is_some()).collect();
    if let (Some((first, _)), Some((last, _))) = (ignored.first(), ignored.last()) {
        let are = if ignored.len() == 1 { "is" } else { "are" };
        let message =
            format!("{} behind \"{}\" {are} never reached", count(ignored.len(), "term"), shown(word.text));
        findings.push(Finding::spf(26, message).at(first.start..last.span().end));
    }
    if let Some((redirect, _)) = redirect {
        let message = format!("\"{}\" makes redirect void", shown(word.text));
        findings.push(Finding::spf(27, message).at(redirect.span()));
    }
}

pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn modifiers(terms: &Terms<'_, '_>, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, &Word<'_>> = HashMap::new();
    for (word, term) in terms {
        let name = match term {
            Term::Modifier(Modifier::Explanation(_)) => "exp",
            Term::Modifier(Modifier::Redirect(_)) => "redirect",
            _ => continue,
        };
        let Some(earlier) = first.get(name) else {
            first.insert(name, word);
            continue;
        };
        let finding = Finding::spf(28, format!("{name} occurs a second time")).at(word.span()).breaking();
        let is_same = earlier.text.eq_ignore_ascii_case(word.text);
        findings.push(if is_same { finding.mended(word.span_with_space(), *b"") } else { finding });
    }
    let named = |wanted: &str| {
        terms.iter().find(|(_, term)| match term {
            Term::Modifier(Modifier::Unknown { name, .. }) => name.eq_ignore_ascii_case(wanted),
            _ => false,
        })
    };
    for name in ["rp", "rr"] {
        if let (Some((word, _)), None) = (named(name), named("ra")) {
            let message = format!("{name}= says how to report, and no ra= says to whom");
            findings.push(Finding::spf(49, message).at(word.span()).mended(word.span_with_space(), *b""));
        }
    }
}

fn lookups(terms: &Terms<'_, '_>, findings: &mut Vec<Finding>) {
    let is_all = |term: &Term| directive(term).is_some_and(|directive| directive.mechanism == Mechanism::All);
    let has_all = terms.iter().any(|(_, term)| is_all(term));
    let reached = terms.iter().take_while(|(_, term)| !is_all(term)).filter(|(_, term)| match term {
        Term::Directive(directive) => directive.mechanism.asks(),
        Term::Modifier(_) => false,
    });
    let redirects =
        terms.iter().filter(|(_, term)| !has_all && matches!(term, Term::Modifier(Modifier::Redirect(_))));
    let asking: Vec<_> = reached.chain(redirects.take(1)).collect();
    match asking.len() {
        0..NEARLY => {}
        used @ NEARLY..=TERMS => {
            let message = format!("{used} of {TERMS} lookups in this record alone");
            findings.push(Finding::spf(2, message));
        }
        used => {
            let message = format!("{used} lookups in this record alone; the limit is {TERMS}");
            let finding = Finding::spf(1, message);
            let eleventh = asking.get(TERMS).map(|(word, _)| word.span());
            findings.push(match eleventh {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
    }
}

/// Terms that ask DNS, written twice.
fn repeated(terms: &Terms<'_, '_>, findings: &mut Vec<Finding>) {
    let mut seen = HashMap::new();
    for (word, term) in terms {
        let Some(directive) = directive(term).filter(|directive| directive.mechanism.asks()) else {
            continue;
        };
        // Capitals of a macro mean something (RFC 7208 §7.3).
        let text = directive.mechanism.to_string();
        let text = if text.contains('%') { text } else { text.to_ascii_lowercase() };
        if seen.insert(text.clone(), ()).is_some() {
            let message = format!("\"{}\" stands here already", shown(text.as_bytes()));
            findings.push(Finding::spf(37, message).at(word.span()).mended(word.span_with_space(), *b""));
        }
    }
}

fn networks(terms: &Terms<'_, '_>, findings: &mut Vec<Finding>) {
    let mut all = Vec::new();
    let mut permitted = Vec::new();
    let mut wide = None;
    let mut everybody = None;
    for (index, (word, term)) in terms.iter().enumerate() {
        let Some(directive) = directive(term) else {
            continue;
        };
        let network = Network::of(directive);
        all.extend(network.map(|network| (index, network)));
        if directive.qualifier != Qualifier::Pass {
            continue;
        }
        permitted.extend(network);
        match width(&directive.mechanism) {
            (Some(0), _) | (_, Some(0..=3)) => everybody = everybody.or(Some(word)),
            (v4, v6)
                if v4.is_some_and(|v4| v4 <= WIDE_PREFIX.0) || v6.is_some_and(|v6| v6 <= WIDE_PREFIX.1) =>
            {
                wide = wide.or(Some(word));
            }
            _ => {}
        }
    }
    let union = Networks::union(permitted);
    if let Some(word) = everybody {
        let message = format!("\"{}\" is every address there is", shown(word.text));
        findings.push(Finding::spf(32, message).at(word.span()));
    } else if union.covers_family() {
        findings.push(Finding::spf(32, "the networks together are every address there is"));
    } else if let Some(word) = wide {
        let message = format!("\"{}\" is wider than any one owner's hosts", shown(word.text));
        findings.push(Finding::spf(33, message).at(word.span()));
    } else if union.v4_addresses() > WIDE_ADDRESSES {
        let message = format!("{} IPv4 addresses may send", union.v4_addresses());
        findings.push(Finding::spf(33, message));
    }
    let course = Course::of(terms);
    for (inner, outer) in covered(&all) {
        let is_behind = outer < inner;
        let (is_same, is_uniform) = (course.is_same(inner, outer), course.is_uniform(inner, outer));
        // In front of the other it is an exception when one of them, or a term between them, says something else.
        if !is_behind && !is_uniform {
            continue;
        }
        // Without it, a term between them that asks DNS would be asked for its clients, too.
        let is_mended = if is_behind { is_same } else { !course.asks(inner, outer) };
        let (Some((inner, _)), Some((outer, _))) = (terms.get(inner), terms.get(outer)) else {
            continue;
        };
        let message = format!("\"{}\" is covered by \"{}\"", shown(inner.text), shown(outer.text));
        let finding = Finding::spf(38, message).at(inner.span());
        findings.push(if is_mended { finding.mended(inner.span_with_space(), *b"") } else { finding });
    }
}

/// What stands between two terms, told without looking at each term between them.
struct Course {
    qualifiers: Vec<Option<Qualifier>>,
    /// For each term, where the directives begin that say the same up to it.
    runs: Vec<usize>,
    /// For each term, how many up to it ask DNS.
    asking: Vec<usize>,
}

impl Course {
    fn of(terms: &Terms<'_, '_>) -> Self {
        let mut course = Self { qualifiers: Vec::new(), runs: Vec::new(), asking: Vec::new() };
        let (mut run, mut asking, mut last) = (0, 0, None);
        for (index, (_, term)) in terms.iter().enumerate() {
            let own = directive(term);
            let qualifier = own.map(|own| own.qualifier);
            if qualifier.is_some() && qualifier != last {
                (run, last) = (index, qualifier);
            }
            asking += usize::from(own.is_some_and(|own| own.mechanism.asks()));
            course.qualifiers.push(qualifier);
            course.runs.push(run);
            course.asking.push(asking);
        }
        course
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        self.qualifiers.get(one) == self.qualifiers.get(other)
    }

    /// Whether all directives from the first to the last say the same.
    fn is_uniform(&self, first: usize, last: usize) -> bool {
        self.runs.get(last).is_some_and(|run| *run <= first)
    }

    fn asks(&self, first: usize, last: usize) -> bool {
        self.asking.get(first) != self.asking.get(last)
    }
}

/// The prefixes of a mechanism, IPv4 and IPv6.
const fn width(mechanism: &Mechanism) -> (Option<u8>, Option<u8>) {
    match mechanism {
        Mechanism::A { prefixes, .. } | Mechanism::Mx { prefixes, .. } => (prefixes.v4, prefixes.v6),
        Mechanism::Ip4 { prefix, .. } => (*prefix, None),
        Mechanism::Ip6 { prefix, .. } => (None, *prefix),
        Mechanism::All | Mechanism::Exists(_) | Mechanism::Include(_) | Mechanism::Ptr(_) => (None, None),
    }
}
