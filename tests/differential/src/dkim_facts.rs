//! What a class may ask of a disagreement about DKIM.

use crate::dkim::{Case, words};
use mailproof::dkim::Verdict;

/// One disagreement: about one signature, or about which signatures there are.
pub struct Facts<'c> {
    pub case: &'c Case,
    /// Our word for the signature, or our words for all.
    pub ours: String,
    /// Theirs.
    pub theirs: String,
    /// Why ours is what it is.
    pub reason: String,
}

/// Where ours and theirs differ.
pub fn disagreements<'c>(case: &'c Case, ours: &[Verdict], theirs: &str) -> Vec<Facts<'c>> {
    let all = words(ours);
    if all == theirs {
        return Vec::new();
    }
    let facts =
        |ours: &str, theirs: &str, reason| Facts { case, ours: ours.into(), theirs: theirs.into(), reason };
    let mut each: Vec<String> = theirs.split(',').map(String::from).collect();
    if theirs.contains('@') || theirs == "none" {
        each = aligned(ours, each);
    }
    if ours.is_empty() || each.len() != ours.len() || theirs == "unreadable" {
        let reasons: Vec<String> = ours.iter().map(|verdict| verdict.outcome.to_string()).collect();
        return vec![facts(&all, theirs, reasons.join(" | "))];
    }
    let pairs = all.split(',').zip(&each).zip(ours).filter(|((ours, theirs), _)| ours != theirs);
    pairs.map(|((ours, theirs), verdict)| facts(ours, theirs, verdict.outcome.to_string())).collect()
}

/// Their words in the places of ours, where they leave some out: told apart by their selectors, one each.
fn aligned(ours: &[Verdict], mut theirs: Vec<String>) -> Vec<String> {
    theirs.retain(|word| word != "none");
    let mut words = Vec::new();
    for verdict in ours {
        let selector = verdict.selector.as_ref().map_or("", |name| name.as_str());
        let found = theirs
            .iter()
            .position(|word| word.split_once('@').is_some_and(|(_, at)| at.eq_ignore_ascii_case(selector)));
        words.push(match found {
            Some(index) => theirs.remove(index).split('@').next().unwrap_or_default().to_owned(),
            None => String::from("unlisted"),
        });
    }
    // What is of no selector we could read stands where nothing else does.
    for word in &mut words {
        if word == "unlisted" && !theirs.is_empty() {
            *word = theirs.remove(0).split('@').next().unwrap_or_default().to_owned();
        }
    }
    words.append(&mut theirs);
    words
}

impl Facts<'_> {
    pub fn is(&self, ours: &str, theirs: &str) -> bool {
        self.ours == ours && self.theirs == theirs
    }

    /// About which signatures there are: they list fewer.
    pub fn lists_fewer(&self) -> bool {
        self.theirs != "unreadable" && self.theirs.split(',').count() < self.ours.split(',').count()
    }

    /// They pass what ours fails for this reason.
    pub fn lenient(&self, reason: &str) -> bool {
        self.is("fail", "pass") && self.reason.contains(reason)
    }

    /// They fail what ours passes, and the message has this about it.
    pub fn strict(&self, trick: &str) -> bool {
        self.is("pass", "fail") && self.case.has(trick)
    }
}
