//! DMARC records.

use super::field::assert_printable;
use mailproof::dmarc::{FAULTS, Record};

/// A record prints as a text that reads as the same record, but for what was wrong with it.
pub fn record(octets: &[u8]) {
    let Ok(record) = Record::parse(octets) else {
        return;
    };
    assert!(record.faults.len() <= FAULTS);
    assert!(record.pct.is_none_or(|pct| pct <= 100));
    let printed = record.to_string();
    assert_printable(&printed);
    let again = Record::parse(printed.as_bytes()).expect("what was read can be written");
    assert_eq!(again.to_string(), printed);
    assert_eq!(again.faults, [], "{printed:?}");
    if record.faults.is_empty() {
        assert_eq!(again, record, "{printed:?}");
    }
}
