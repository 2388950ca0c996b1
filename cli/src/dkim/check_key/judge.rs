//! How a private key stands to what is published.

use mailproof::dkim::{Absence, KeyFlaw, KeyRecord, Publication, Unavailable, Unusable};

/// Bits of an RSA key that every verifier accepts, at most (RFC 8301 §3.2).
const VERIFIED_BITS: u32 = 4096;

/// What was found.
pub(super) struct Judgement {
    /// The public half of the private key.
    pub(super) own: KeyRecord,
    pub(super) fit: Fit,
    /// Every record at the name.
    pub(super) records: Vec<Result<KeyRecord, KeyFlaw>>,
    /// What is worth knowing, whatever the outcome.
    pub(super) notes: Vec<String>,
}

/// Whether signatures of the key verify.
pub(super) enum Fit {
    /// They do.
    Fits,
    /// There is a record, and no key in it.
    NoKey(KeyFlaw),
    /// There is no record.
    NotThere(Absence),
    /// Another key is published.
    Other,
    /// DNS did not tell.
    Undecided(Unavailable),
    /// The key is published, and its record does not permit what signers do.
    Unusable(Unusable),
}

impl Judgement {
    pub(super) fn new(own: KeyRecord, publication: Publication) -> Self {
        let (fit, records) = match publication {
            Publication::Absent(absence) => (Fit::NotThere(absence), Vec::new()),
            Publication::Records(records) => (compare(&own, &records), records),
            Publication::Unavailable(cause) => (Fit::Undecided(cause), Vec::new()),
        };
        let notes = notes(&own, &records);
        Self { own, fit, records, notes }
    }

    /// The keys that are published and are others.
    pub(super) fn others(&self) -> impl Iterator<Item = &KeyRecord> {
        self.records.iter().flatten().filter(|record| !is_same(record, &self.own))
    }

    /// Whether somebody published a private key.
    pub(super) fn is_betrayed(&self) -> bool {
        self.records.iter().any(|record| matches!(record, Err(KeyFlaw::Private)))
    }
}

fn compare(own: &KeyRecord, records: &[Result<KeyRecord, KeyFlaw>]) -> Fit {
    let hindrances: Vec<_> =
        records.iter().flatten().filter(|record| is_same(record, own)).map(hindrance).collect();
    // RFC 6376 §6.1.2: a verifier tries each record, and one that verifies decides.
    if hindrances.contains(&None) {
        return Fit::Fits;
    }
    if let Some(hindrance) = hindrances.into_iter().flatten().next() {
        return Fit::Unusable(hindrance);
    }
    if records.iter().any(Result::is_ok) {
        return Fit::Other;
    }
    let flaws = || records.iter().filter_map(|record| record.as_ref().err());
    let is_stray = |flaw: &&KeyFlaw| matches!(flaw, KeyFlaw::Spf | KeyFlaw::Stray);
    match flaws().find(|flaw| !is_stray(flaw)).or(flaws().next()) {
        Some(flaw) => Fit::NoKey(flaw.clone()),
        None => Fit::NotThere(Absence::NoData),
    }
}

fn is_same(one: &KeyRecord, other: &KeyRecord) -> bool {
    one.public_key() == other.public_key()
}

/// What keeps a verifier from using a key that is the right one. One too short is not read in the first place.
fn hindrance(record: &KeyRecord) -> Option<Unusable> {
    if !record.is_for_email() {
        return Some(Unusable::OtherService);
    }
    if !record.permits_sha256() {
        return Some(Unusable::HashNotPermitted);
    }
    None
}

fn notes(own: &KeyRecord, records: &[Result<KeyRecord, KeyFlaw>]) -> Vec<String> {
    let mut notes = Vec::new();
    let published = || records.iter().flatten();
    if published().any(KeyRecord::is_testing) {
        notes.push(
            "t=y: the domain only tests DKIM, and what fails counts as unsigned; take it out when the tests are over"
                .to_owned(),
        );
    }
    if published().any(KeyRecord::is_strict) {
        notes.push("t=s: signatures whose identity (i=) is below the domain do not verify".to_owned());
    }
    let bits = own.bits();
    if bits > VERIFIED_BITS {
        notes.push(format!("{bits} bits: verifiers need not accept more than {VERIFIED_BITS} (RFC 8301)"));
    }
    if records.len() > 1 {
        notes.push(format!(
            "{} TXT records at one name: which of them a receiver uses is undefined (RFC 6376 section 3.6.2.2); leave one",
            records.len()
        ));
    }
    notes
}
