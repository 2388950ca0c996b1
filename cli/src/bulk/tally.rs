//! The summary.

use super::outcome::{Outcome, Word};
use mailproof::dns::Statistics;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Counts of what came of the items.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) items: u64,
    pub(super) undecided: u64,
    pub(super) unreadable: u64,
    /// How often an item was put back to be tried again.
    pub(super) retries: u64,
    /// By what was looked at, in the order in which that first came, and by word.
    words: Vec<(&'static str, BTreeMap<&'static str, u64>)>,
}

/// What one item adds.
#[derive(Debug)]
pub(super) struct Counted {
    word: Word,
    counts: Vec<(&'static str, &'static str)>,
}

impl Counted {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let counts = match outcome {
            Outcome::Seen(parts) => parts.iter().flat_map(|part| part.counts.iter().copied()).collect(),
            Outcome::Unreadable(_) => Vec::new(),
        };
        Self { word: outcome.word(), counts }
    }
}

impl Tally {
    pub(super) fn add(&mut self, counted: &Counted) {
        self.items += 1;
        match counted.word {
            Word::Done => {}
            Word::Temperror => self.undecided += 1,
            Word::Unreadable => self.unreadable += 1,
        }
        for (what, word) in &counted.counts {
            let index = self.words.iter().position(|(known, _)| known == what).unwrap_or_else(|| {
                self.words.push((what, BTreeMap::new()));
                self.words.len() - 1
            });
            if let Some((_, words)) = self.words.get_mut(index) {
                *words.entry(word).or_default() += 1;
            }
        }
    }

    /// The share of items that no answer decides, in percent.
    pub(super) fn undecided_percent(&self) -> f64 {
        percent(self.undecided, self.items)
    }

    /// In lines, for people. `earlier` is how many items an earlier run has done.
    pub(super) fn summary(&self, took: Duration, dns: Option<&Statistics>, earlier: u64) -> String {
        let Self { items, undecided, unreadable, retries, words } = self;
        let decided = items - undecided - unreadable;
        let mut out = format!(
            "{} {} in {:.1} s, {}/s: {} decided, {} undecided ({:.1}% temperror), {} unreadable",
            grouped(*items),
            if *items == 1 { "item" } else { "items" },
            took.as_secs_f64(),
            grouped(per_second(*items, took)),
            grouped(decided),
            grouped(*undecided),
            self.undecided_percent(),
            grouped(*unreadable),
        );
        if earlier > 0 {
            let _ = write!(out, "; {} were done before", grouped(earlier));
        }
        out.push('\n');
        for (what, counts) in words {
            let all: u64 = counts.values().sum();
            let mut counts: Vec<_> = counts.iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let shares: Vec<_> = counts
                .into_iter()
                .map(|(word, count)| format!("{word} {} ({:.1}%)", grouped(*count), percent(*count, all)))
                .collect();
            let _ = writeln!(out, "  {what:<6} {}", shares.join(", "));
        }
        if let Some(dns) = dns {
            let _ = writeln!(
                out,
                "  DNS    {} questions asked, {}/s, cache {:.0}%; {} retries",
                grouped(dns.misses),
                grouped(per_second(dns.misses, took)),
                cache_percent(dns),
                grouped(*retries),
            );
        }
        out
    }
}

/// The share of questions that nobody had to be asked for, in percent.
pub(super) fn cache_percent(dns: &Statistics) -> f64 {
    let spared = dns.hits.saturating_add(dns.coalesced);
    percent(spared, spared.saturating_add(dns.misses))
}

pub(super) fn per_second(count: u64, took: Duration) -> u64 {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1000) / milliseconds
}

/// Digits in threes.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn percent(part: u64, all: u64) -> f64 {
    // In tenths, which a f64 holds exactly as long as it is a u32.
    let tenths = part.saturating_mul(1000).checked_div(all).unwrap_or_default();
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
