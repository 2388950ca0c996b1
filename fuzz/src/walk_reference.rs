//! RFC 9989 §4.10 as plainly as it can be written, over what an invented zone says.

use mailproof::Name;

/// What `_dmarc` below a name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// No record, or several.
    Nothing,
    /// One record, with its `psd`.
    Record(Psd),
    /// No answer.
    Failure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Psd {
    Yes,
    No,
    Unspecified,
}

/// The names a walk passes at most: §4.10, "a maximum of eight".
pub(crate) const STATIONS: usize = 8;

/// §4.10: the names asked about, from the start on; the last one has no answer if the walk failed.
pub(crate) fn stations(start: &Name, said: impl Fn(&Name) -> Said) -> Vec<Name> {
    let labels: Vec<&str> = start.labels().collect();
    let mut stations = Vec::new();
    let mut count = labels.len();
    while count > 0 {
        let name = Name::parse(labels[labels.len() - count..].join(".")).expect("a part of a name is one");
        let said = said(&name);
        stations.push(name);
        // Steps 2 and 6: stop at psd=n and psd=y.
        if matches!(said, Said::Failure | Said::Record(Psd::Yes | Psd::No)) {
            break;
        }
        // Step 4: "if x < 8, remove the left-most label; if x >= 8, … leaving 7 labels".
        count = if count >= 8 { 7 } else { count - 1 };
    }
    stations
}

/// §4.10.2; none when the walk fails.
pub(crate) fn organizational_domain(start: &Name, said: impl Fn(&Name) -> Said) -> Option<Name> {
    let stations = stations(start, &said);
    let mut shortest = None;
    for name in &stations {
        match said(name) {
            Said::Failure => return None,
            Said::Nothing => {}
            Said::Record(Psd::No) => return Some(name.clone()),
            Said::Record(Psd::Yes) if name != start => {
                return Some(start.last_labels(name.label_count() + 1));
            }
            Said::Record(Psd::Yes | Psd::Unspecified) => shortest = Some(name),
        }
    }
    Some(shortest.unwrap_or(start).clone())
}
