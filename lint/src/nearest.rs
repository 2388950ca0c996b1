//! Which word was meant.

/// Octets of a word that is compared at most: nobody mistypes a keyword into something longer.
const LONGEST: usize = 16;

/// The one word that `typed` is nearest to, in any case: at most two letters away, and less than half of the word. No
/// word, where two are equally near.
pub(crate) fn nearest<'a>(typed: &[u8], words: &[&'a str]) -> Option<&'a str> {
    if typed.is_empty() || typed.len() > LONGEST {
        return None;
    }
    let typed = typed.to_ascii_lowercase();
    let mut best: Option<(usize, &str)> = None;
    let mut is_tie = false;
    for word in words.iter().copied() {
        let distance = distance(&typed, word.as_bytes());
        if distance > 2 || distance * 2 >= word.len() {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => is_tie = true,
            _ => (best, is_tie) = (Some((distance, word)), false),
        }
    }
    best.filter(|_| !is_tie).map(|(_, word)| word)
}

/// Letters inserted, removed, replaced, or swapped with their neighbour (optimal string alignment).
fn distance(one: &[u8], two: &[u8]) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX);
    for (i, left) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, right) in two.iter().enumerate() {
            let replaced = at(&row, j) + usize::from(left != right);
            let mut least = replaced.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let before = (i.checked_sub(1), j.checked_sub(1));
            if let (Some(i), Some(j)) = before
                && one.get(i) == Some(right)
                && two.get(j) == Some(left)
            {
                least = least.min(at(&above, j) + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let mechanisms = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];
        assert_eq!(nearest(b"inculde", &mechanisms), Some("include"));
        assert_eq!(nearest(b"ipv4", &mechanisms), Some("ip4"));
        assert_eq!(nearest(b"prt", &mechanisms), Some("ptr"));
        assert_eq!(nearest(b"ip", &mechanisms), None);
        assert_eq!(nearest(b"report", &mechanisms), None);
        assert_eq!(nearest(b"qurantine", &["none", "quarantine", "reject"]), Some("quarantine"));
        assert_eq!(distance(b"ab", b"ba"), 1);
    }
}
