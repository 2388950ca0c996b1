//! The judge's book: which disagreements are known, and how often each was met.

use std::collections::BTreeMap;

/// Who is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Ours,
    /// The text leaves it open, or asks for neither.
    Either,
}

/// A known class of disagreements of one peer.
pub struct Class<F> {
    pub id: &'static str,
    /// The peers that disagree so.
    pub peers: &'static [&'static str],
    pub right: Right,
    /// The clause that decides, and what it says of the case.
    pub why: &'static str,
    /// Whether a disagreement is of this class: a function of the facts of its protocol.
    pub holds: F,
}

/// What one run found for one protocol.
#[derive(Default)]
pub struct Tally {
    /// Cases judged and disagreements of each peer.
    pub judged: BTreeMap<&'static str, (u64, u64)>,
    /// How often a class was met by each peer, and the first case.
    pub met: BTreeMap<(&'static str, &'static str), (u64, u64)>,
    /// Disagreements without a class.
    pub undecided: Vec<String>,
}

impl Tally {
    /// One more case of this peer, with so many disagreements.
    pub fn judge(&mut self, peer: &'static str, disagreements: u64) {
        let judged = self.judged.entry(peer).or_default();
        judged.0 += 1;
        judged.1 += disagreements;
    }

    /// Puts a disagreement into the first class that holds.
    pub fn class<F>(
        &mut self,
        peer: &'static str,
        case: u64,
        classes: &[Class<F>],
        holds: impl Fn(&F) -> bool,
        text: impl FnOnce() -> String,
    ) {
        match classes.iter().find(|class| class.peers.contains(&peer) && holds(&class.holds)) {
            Some(class) => self.met.entry((class.id, peer)).or_insert((0, case)).0 += 1,
            None => self.undecided.push(text()),
        }
    }

    /// Classes of these peers that were not met.
    pub fn unmet<F>(&self, classes: &[Class<F>]) -> Vec<String> {
        let pairs = classes.iter().flat_map(|class| class.peers.iter().map(|peer| (class.id, *peer)));
        pairs
            .filter(|(id, peer)| self.judged.contains_key(peer) && !self.met.contains_key(&(*id, *peer)))
            .map(|(id, peer)| format!("{id} ({peer})"))
            .collect()
    }

    /// The classes as a table.
    pub fn table<F>(&self, classes: &[Class<F>]) -> String {
        let mut table = String::from("| class | peers: how often | right | why |\n|---|---|---|---|\n");
        for class in classes {
            let count = |peer: &&'static str| {
                format!("{peer}: {}", self.met.get(&(class.id, *peer)).map_or(0, |met| met.0))
            };
            let counts: Vec<String> = class.peers.iter().map(count).collect();
            let right = match class.right {
                Right::Ours => "ours",
                Right::Either => "either",
            };
            table.push_str(&format!(
                "| `{}` | {} | {right} | {} |\n",
                class.id,
                counts.join(", "),
                class.why
            ));
        }
        table
    }

    /// How many cases each peer judged.
    pub fn summary(&self, unit: &str) -> String {
        let mut summary = format!("| peer | {unit} judged | disagreements |\n|---|---|---|\n");
        for (peer, (judged, disagreements)) in &self.judged {
            summary.push_str(&format!("| {peer} | {judged} | {disagreements} |\n"));
        }
        summary
    }
}
